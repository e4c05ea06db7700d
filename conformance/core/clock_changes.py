"""When the clocks of a time zone were last set forward and back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_YEAR = 366 * _DAY


@dataclass(frozen=True, slots=True)
class ClockChange:
    """A change of the clocks of a zone: of summer time, or for another reason."""

    moment: datetime
    """When the clocks were set, in UTC."""
    first: datetime
    """The beginning of the times that the clocks skip or show twice, with the same digits in UTC.

    Clocks of Berlin skip 02:00 to 02:59. So this is 02:00 UTC, an hour after the clocks were set.
    """
    length: timedelta
    """How long the clocks skip, or show twice."""
    end_of_day: datetime
    """The end of the zone's day with the change, in UTC."""


@cache
def last_clock_changes(zone: str, before: datetime) -> tuple[ClockChange | None, ClockChange | None]:
    """Return the last change forward and the last change back in the year before a time; None if there was none."""
    try:
        where = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError):
        return None, None
    found: dict[bool, ClockChange] = {}
    hour = before.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    earliest = hour - _YEAR
    after = _offset(hour, where)
    while hour > earliest:
        if _offset(hour - _DAY, where) == after:  # no zone sets its clocks forward and back within a day
            hour -= _DAY
            continue
        hour -= _HOUR
        offset, later = _offset(hour, where), after
        after = offset
        if offset != later:
            found.setdefault(later > offset, _change_between(hour, where))
            if len(found) == 2:
                break
    return found.get(True), found.get(False)


def _offset(moment: datetime, where: ZoneInfo) -> timedelta:
    return moment.astimezone(where).utcoffset() or timedelta(0)


def _change_between(hour: datetime, where: ZoneInfo) -> ClockChange:
    """Return the change in the hour that begins then."""
    old = _offset(hour, where)
    moment = next(at for minute in range(1, 61) if _offset(at := hour + minute * _MINUTE, where) != old)
    new = _offset(moment, where)
    midnight = (moment.astimezone(where) + timedelta(days=1)).replace(hour=0, minute=0)
    return ClockChange(moment, moment + min(old, new), abs(new - old), midnight.astimezone(UTC))

"""Moments from outside: up to the limits of the calendar, in any zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

EARLIEST = datetime(1, 2, 1, tzinfo=UTC)
LATEST = datetime(9999, 11, 30, 23, 59, 59, tzinfo=UTC)
"""The store keeps moments from :data:`EARLIEST` to :data:`LATEST`.

A month of margin lets every step add days to a moment, or convert it to any zone. Without it such a step
would fail at the limits of the calendar.
"""
RANGE = f"must be from {EARLIEST.year:04}-02-01 to {LATEST:%Y-%m-%d} in UTC"
"""Why another moment is refused."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_kept(moment: datetime) -> bool:
    """True if the store can keep a moment that has a zone."""
    return EARLIEST <= moment <= LATEST


def clamped(moment: datetime) -> datetime:
    """Return a moment that has a zone in UTC; the nearest moment that the store can keep if it is outside."""
    return min(max(moment, EARLIEST), LATEST).astimezone(UTC)


def added(moment: datetime, time: timedelta) -> datetime:
    """Return a moment and a time together, never later than :data:`LATEST` or earlier than :data:`EARLIEST`."""
    room = LATEST - moment if time > timedelta(0) else EARLIEST - moment
    return moment + (min(time, room) if time > timedelta(0) else max(time, room))


def from_unix(seconds: int) -> datetime | None:
    """Return the moment of Unix seconds; None if the store cannot keep it."""
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return moment if is_kept(moment) else None

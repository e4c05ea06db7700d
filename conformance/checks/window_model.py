"""Which orders a window must, may and must not hold, and the windows in which that is tried.

A store may include or leave out the first and the last minute of a window. So orders of these minutes may come.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from conformance.client.shipstation import MINUTE, Window
from conformance.core.clock_changes import ClockChange


class Belongs(Enum):
    """Whether an order belongs in a window."""

    MUST = "must come"
    MAY = "may come"
    MUST_NOT = "must not come"


def belongs(modified_at: datetime, window: Window) -> Belongs:
    """Return whether an order that was modified at this time belongs in a window."""
    if window.start + MINUTE <= modified_at < window.end:
        return Belongs.MUST
    return Belongs.MAY if window.start <= modified_at < window.end + MINUTE else Belongs.MUST_NOT


def distance(modified_at: datetime, window: Window) -> timedelta:
    """Return how far outside of a window a time is; zero if it is inside."""
    return max(window.start - modified_at, modified_at - (window.end + MINUTE), timedelta(0))


def compare_window(
    modified: Mapping[str, datetime], came: Iterable[str], window: Window
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the numbers of orders that a whole reply lacks, and of those that don't belong in its window.

    ``modified`` has the times of the orders whose last change is known; no other order is judged.
    """
    arrived = set(came)
    lost = [number for number, at in modified.items() if belongs(at, window) is Belongs.MUST and number not in arrived]
    strays = [
        number for number in arrived if number in modified and belongs(modified[number], window) is Belongs.MUST_NOT
    ]
    return tuple(lost), tuple(sorted(strays))


@dataclass(frozen=True, slots=True)
class WindowShape:
    """A window, and what is special about it, as the end of "a window that"."""

    sentence: str
    window: Window


Around = Callable[[datetime], tuple[WindowShape, ...]]
"""Returns windows before and after the minute of an order, which don't hold the order."""


def _before_and_after(sentence: str, near: int, far: int) -> Around:
    """Return the windows from ``near`` to ``far`` minutes before and after a minute."""

    def shapes(minute: datetime) -> tuple[WindowShape, ...]:
        after = Window(minute + near * MINUTE, minute + far * MINUTE)
        before = Window(minute - far * MINUTE, minute - near * MINUTE)
        return WindowShape(sentence, after), WindowShape(sentence, before)

    return shapes


EQUAL_BOUNDS = _before_and_after("has equal bounds", 1, 1)
ONE_MINUTE = _before_and_after("is a minute long", 1, 2)
THREE_MINUTES = _before_and_after("is three minutes long", 1, 4)

TURN_OF_YEAR = {
    "the last minute of the year": timedelta(seconds=-30),
    "the second minute of the year": timedelta(minutes=1, seconds=20),
    "the first morning of the year": timedelta(hours=6),
}
"""Name of an order that the suite makes → when it is modified, after midnight."""
LONG_AGO = {
    "the beginning of a long window": datetime(2002, 5, 31, 7, 20, tzinfo=UTC),
    "the end of a long window": datetime(2003, 6, 18, 8, 40, tzinfo=UTC),
}
"""Name of an order that the suite makes → when it is modified. No other order is that old, so the window is small.

The window begins on a day that the month of its end doesn't have: code that puts another month into the first date gets
a date of the month after.
"""
AFTER_LONG_AGO = {"after a long window": datetime(2003, 7, 9, 9, 10, tzinfo=UTC)}
"""The same of an order that a window of such code holds."""
LONGEST_YEAR = timedelta(days=366)
CLOCK_CHANGE = {
    "the first twenty past": timedelta(minutes=-40),
    "five minutes before": timedelta(minutes=-5),
    "the second twenty past": timedelta(minutes=20),
}
"""Name of an order that the suite makes → when it is modified, after clocks were set back by an hour.

The first and the last are modified at the same time on the clock of the store's zone.
"""

CACHED_TOGETHER = {
    "the first of two windows alike": timedelta(hours=3, minutes=2, seconds=20),
    "the second of two windows alike": timedelta(hours=3, minutes=32, seconds=20),
}
"""Name of an order that the suite makes → when it is modified, after midnight of the turn of the year."""
LONGER_THAN_A_DAY = timedelta(hours=26)
INTO_NEXT_DAY = timedelta(hours=8)


def windows_alike(midnight: datetime) -> tuple[WindowShape, ...]:
    """Return two windows, each with one order of :data:`CACHED_TOGETHER`.

    Rounded down to 5, 10, 15, 30 or 60 minutes, their bounds are equal.
    """
    hour = midnight + timedelta(hours=3)
    shapes = ((1, 31), (3, 33))
    sentence = "is requested right beside another one, with bounds in the same five minutes"
    return tuple(WindowShape(sentence, Window(hour + start * MINUTE, hour + end * MINUTE)) for start, end in shapes)


def orders_around(change: ClockChange, word: str) -> dict[str, datetime]:
    """Return the orders that windows over a change of the clocks are tried with: the name of each, and its time.

    They are in the hours that a store loses or repeats if it reads bounds in its zone, or counts 24 hours a day.
    """
    half = change.length / 2
    return {
        f"before the {word} hour": change.first - 5 * MINUTE,
        f"early in the {word} hour": change.first + half / 2,
        f"late in the {word} hour": change.first + half + half / 2,
        f"after the {word} hour": change.first + change.length + 10 * MINUTE,
        f"the last hour of the day with the {word} hour": change.end_of_day - 30 * MINUTE,
        f"the first hour after the day with the {word} hour": change.end_of_day + 30 * MINUTE,
    }


def window_into(change: ClockChange, word: str) -> WindowShape:
    """Return a short window that ends in the hour that clocks skip or show twice, as digits."""
    half = change.length / 2
    sentence = f"ends in the hour that is {word} on the clocks of the store's zone"
    return WindowShape(sentence, Window(change.first - 10 * MINUTE, change.first + half))


def long_window_from(change: ClockChange) -> Window:
    """Return a window of more than a day that begins in that hour and holds the end of the zone's day."""
    start = change.first + change.length / 2
    return Window(start, max(change.end_of_day + INTO_NEXT_DAY, start + LONGER_THAN_A_DAY))


def midnight_windows(midnight: datetime) -> Iterator[WindowShape]:
    """Yield windows that end and begin at midnight. The suite's own orders are around it."""
    yield WindowShape("ends at midnight", Window(midnight - 10 * MINUTE, midnight))
    yield WindowShape("begins at midnight", Window(midnight, midnight + 10 * MINUTE))


def clock_change_windows(change: datetime) -> Iterator[WindowShape]:
    """Yield windows in the two hours that clocks show alike: around one order, and from one hour to the other."""
    sentence = "lies in the hour that the clocks of the store's zone show twice"
    twenty_past = change + CLOCK_CHANGE["the first twenty past"]
    yield WindowShape(sentence, Window(twenty_past - MINUTE, twenty_past + MINUTE))
    yield WindowShape(sentence, Window(change - 10 * MINUTE, change + 25 * MINUTE))


def long_window(modified_at: Iterable[datetime]) -> Window | None:
    """Return the window that holds orders of long ago; None if it isn't longer than a year."""
    moments = sorted(modified_at)
    if not moments or moments[-1] - moments[0] <= LONGEST_YEAR:
        return None
    first, last = (moment.replace(second=0, microsecond=0) for moment in (moments[0], moments[-1]))
    return Window(first - 2 * MINUTE, last + 2 * MINUTE)


def last_turn_of_year(before: datetime) -> datetime:
    """Return the beginning of the year of a moment, in UTC."""
    return datetime(before.astimezone(UTC).year, 1, 1, tzinfo=UTC)

"""Which orders a window must, may and must not hold, and the windows in which that is tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.checks.window_model import (
    CACHED_TOGETHER,
    CLOCK_CHANGE,
    EQUAL_BOUNDS,
    LONG_AGO,
    ONE_MINUTE,
    THREE_MINUTES,
    TURN_OF_YEAR,
    Belongs,
    belongs,
    clock_change_windows,
    compare_window,
    distance,
    last_turn_of_year,
    long_window,
    long_window_from,
    midnight_windows,
    orders_around,
    window_into,
    windows_alike,
)
from conformance.client.shipstation import MINUTE, Window
from conformance.core.clock_changes import last_clock_changes
from mockstore.orders.specimens import last_clock_change_back

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (-1, Belongs.MUST_NOT),
        (0, Belongs.MAY),
        (59, Belongs.MAY),
        (60, Belongs.MUST),
        (179, Belongs.MUST),
        (180, Belongs.MAY),
        (239, Belongs.MAY),
        (240, Belongs.MUST_NOT),
    ],
)
def test_the_first_and_last_minute_are_left_to_the_store(seconds: int, expected: Belongs) -> None:
    """A window of three minutes: 12:00 to 12:03."""
    assert belongs(NOON + timedelta(seconds=seconds), Window(NOON, NOON + 3 * MINUTE)) is expected


def test_equal_bounds_hold_one_minute_at_most() -> None:
    """No order must come in such a window."""
    window = Window(NOON, NOON)
    assert belongs(NOON + timedelta(seconds=30), window) is Belongs.MAY
    assert {belongs(NOON + away * MINUTE, window) for away in (-1, 1, 2)} == {Belongs.MUST_NOT}


@given(st.integers(-300, 300), st.integers(0, 5))
def test_stores_that_read_bounds_in_any_allowed_way_are_never_accused(seconds: int, length: int) -> None:
    """Both ends included, either left out, or both: each holds what must come, and nothing that must not."""
    window, moment = Window(NOON, NOON + length * MINUTE), NOON + timedelta(seconds=seconds)
    for first, last in ((0, 1), (0, 0), (1, 1), (1, 0)):
        holds = window.start + first * MINUTE <= moment < window.end + last * MINUTE
        lost, strays = compare_window({"1": moment}, ["1"] if holds else [], window)
        assert not lost
        assert not strays


def test_lost_orders_and_strays_are_told_apart() -> None:
    """Orders whose time is unknown are not judged."""
    times = {"in": NOON, "out": NOON + timedelta(hours=1), "edge": NOON + MINUTE}
    window = Window(NOON - MINUTE, NOON + MINUTE)
    assert compare_window(times, ["out", "unknown"], window) == (("in",), ("out",))
    assert distance(times["out"], window) == timedelta(minutes=58)
    assert not distance(NOON, window)


@pytest.mark.parametrize("around", [EQUAL_BOUNDS, ONE_MINUTE, THREE_MINUTES])
@pytest.mark.parametrize("second", [0, 59])
def test_windows_beside_an_order_do_not_hold_it(around: object, second: int) -> None:
    """In whatever second of the minute it was modified."""
    assert callable(around)
    for shape in around(NOON):
        assert belongs(NOON + timedelta(seconds=second), shape.window) is Belongs.MUST_NOT


def test_each_special_window_has_an_order_that_must_and_one_that_must_not_come() -> None:
    """Otherwise it would show nothing."""
    change = last_clock_change_back("Europe/Berlin", NOON)
    for shapes, moments in (
        (
            midnight_windows(last_turn_of_year(NOON)),
            [last_turn_of_year(NOON) + after for after in TURN_OF_YEAR.values()],
        ),
        (clock_change_windows(change), [change + after for after in CLOCK_CHANGE.values()]),
    ):
        for shape in shapes:
            assert {belongs(moment, shape.window) for moment in moments} == {Belongs.MUST, Belongs.MUST_NOT}


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Sydney"])
def test_two_orders_of_the_doubled_hour_look_alike_on_the_wall_clock(zone: str) -> None:
    """And one window of this hour ends before it begins, on the wall clock."""
    change = last_clock_change_back(zone, NOON)

    def shown(moment: datetime) -> datetime:
        return moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    first, _, second = (shown(change + after) for after in CLOCK_CHANGE.values())
    assert first == second
    assert any(shown(shape.window.start) > shown(shape.window.end) for shape in clock_change_windows(change))


def test_the_long_window_holds_its_orders() -> None:
    """It is longer than a year, and both orders certainly belong in it."""
    window = long_window(LONG_AGO.values())
    assert window is not None
    assert window.end - window.start > timedelta(days=366)
    assert {belongs(at, window) for at in LONG_AGO.values()} == {Belongs.MUST}


def test_a_store_that_keeps_no_old_time_has_no_long_window() -> None:
    """It may have made only one of the orders, or both now."""
    assert long_window([]) is None
    assert long_window([NOON]) is None
    assert long_window([NOON, NOON + timedelta(days=366)]) is None


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"])
def test_windows_over_a_change_of_the_clocks_hold_orders_and_leave_some_out(zone: str) -> None:
    """The short one ends within the hour that clocks skip. The long one begins in it, and is longer than a day."""
    for change, word in zip(last_clock_changes(zone, NOON), ("skipped", "repeated"), strict=True):
        assert change is not None
        moments = orders_around(change, word).values()
        long = long_window_from(change)
        for window in (window_into(change, word).window, long):
            assert {belongs(moment, window) for moment in moments} == {Belongs.MUST, Belongs.MUST_NOT}
        assert long.end - long.start > timedelta(days=1)
        assert long.start < change.end_of_day - timedelta(hours=1)
        assert long.end > change.end_of_day + timedelta(hours=1)
        assert change.first <= long.start < change.first + change.length


def test_two_windows_share_their_bounds_if_those_are_rounded_down() -> None:
    """Each holds an order that the other must not hold."""
    midnight = last_turn_of_year(NOON)
    first, second = (shape.window for shape in windows_alike(midnight))
    for minutes in (5, 10, 15, 30, 60):
        for one, other in ((first.start, second.start), (first.end, second.end)):
            assert one.minute // minutes == other.minute // minutes
    moments = [midnight + after for after in CACHED_TOGETHER.values()]
    assert [belongs(moment, first) for moment in moments] == [Belongs.MUST, Belongs.MUST_NOT]
    assert [belongs(moment, second) for moment in moments] == [Belongs.MUST_NOT, Belongs.MUST]

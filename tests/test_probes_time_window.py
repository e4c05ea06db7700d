"""WIN: how evidence about windows is judged, and which windows are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import MINUTE, Window
from conformance.core.errors import NotExercised
from conformance.probes.time_window import (
    AdjoiningWindows,
    BackwardsWindow,
    CalendarWindows,
    LateChange,
    LateChanges,
    MinutesAroundOrder,
    MinutesBeforeAndAfter,
    MinutesInSeasons,
    OrderInWindow,
    SplitWindow,
    StrayOrder,
    WindowsWithNeighbours,
    backwards_window_is_empty_or_refused,
    bounds_are_exact_to_the_minute,
    bounds_are_utc,
    calendar_windows,
    comes_in_each_window,
    comes_in_window_of_last_change,
    halves_hold_what_the_window_holds,
    no_order_from_elsewhere,
    no_order_only_placed_in_window,
    one_of_two_adjoining_windows_holds_the_order,
)
from conformance.survey.windows import window_around
from tests.support.judged import ORDER, document, element_of, exported, reading

AROUND = window_around(ORDER)
EMPTY = reading("<Orders/>")
FULL = document(element_of(ORDER))
REFUSED = reading("no", status=400, content_type="text/plain")


def reply(found: bool | None, window: Window = AROUND) -> OrderInWindow:
    """What a window says of the plain order."""
    return OrderInWindow(ORDER, window, FULL if found else EMPTY, found)


def test_a_window_around_an_order_has_its_minute_in_the_middle() -> None:
    """A minute before and a minute after; shifted as the store reads bounds."""
    minute = ORDER.modified_at.replace(second=0)
    assert Window(minute - MINUTE, minute + MINUTE) == AROUND
    assert window_around(ORDER, timedelta(hours=1)).start == AROUND.start + timedelta(hours=1)


@given(st.integers(0, 3 * 366 * 24 * 60))
def test_calendar_windows_hold_the_moment(minutes: int) -> None:
    """Whatever the day, and none ends in the future."""
    now = datetime(2026, 6, 1, tzinfo=UTC)
    moment = datetime(2023, 1, 1, tzinfo=UTC) + minutes * MINUTE
    for window in calendar_windows(moment, now):
        assert window.start < moment < window.end
        assert window.end < now


@pytest.mark.parametrize(("found", "findings"), [(True, 0), (None, 0), (False, 1)])
def test_an_order_that_a_window_lacks_is_found(found: bool | None, findings: int) -> None:
    """A window with too many pages to read gives no finding."""
    assert len(list(comes_in_each_window(CalendarWindows((reply(found),))))) == findings


def stray(placed_days_before: int) -> StrayOrder:
    """An order of another week, placed so many days before the window."""
    placed = AROUND.start - timedelta(days=placed_days_before)
    return StrayOrder(AROUND, exported(), placed, AROUND.end + timedelta(days=9))


def test_orders_from_elsewhere_and_orders_only_placed_in_a_window_are_told_apart() -> None:
    """WIN-2 reports the former, WIN-12 the latter."""
    only_placed = WindowsWithNeighbours((stray(0),), has_candidates=True)
    assert not list(no_order_from_elsewhere(only_placed))
    assert len(list(no_order_only_placed_in_window(only_placed))) == 1
    elsewhere = WindowsWithNeighbours((stray(20),), has_candidates=True)
    assert len(list(no_order_from_elsewhere(elsewhere))) == 1
    with pytest.raises(NotExercised, match="WIN-2"):
        list(no_order_only_placed_in_window(elsewhere))


def test_without_an_order_that_could_come_nothing_is_judged() -> None:
    """WIN-12 needs an order that was placed in a window and changed later."""
    assert not list(no_order_only_placed_in_window(WindowsWithNeighbours((), has_candidates=True)))
    with pytest.raises(NotExercised):
        list(no_order_only_placed_in_window(WindowsWithNeighbours((), has_candidates=False)))


@pytest.mark.parametrize(
    ("changes", "findings"),
    [
        ((LateChange(ORDER, exported=True, is_specimen=True),), 0),
        ((LateChange(ORDER, exported=False, is_specimen=False, at_placement=reply(found=True)),), 1),
        ((LateChange(ORDER, exported=False, is_specimen=False, at_placement=reply(found=False)),), 0),
        ((LateChange(ORDER, exported=False, is_specimen=True, at_placement=reply(found=False)),), 1),
        (
            (
                LateChange(ORDER, exported=False, is_specimen=True, at_placement=reply(found=False)),
                LateChange(ORDER, exported=True, is_specimen=False),
            ),
            0,
        ),
    ],
)
def test_an_order_in_the_window_of_its_placement_is_found(changes: tuple[LateChange, ...], findings: int) -> None:
    """One that comes nowhere is found only if none comes, and the suite made it."""
    assert len(list(comes_in_window_of_last_change(LateChanges(changes)))) == findings


@pytest.mark.parametrize(("hours", "message"), [(0, None), (-5, "5 h behind UTC"), (1.5, "1.5 h ahead of UTC")])
def test_a_shift_of_bounds_is_found(hours: float, message: str | None) -> None:
    """With its direction."""
    around = MinutesAroundOrder(ORDER, timedelta(hours=hours), EMPTY)
    found = [finding.message for finding in bounds_are_utc(MinutesInSeasons((around,)))]
    assert found == ([] if message is None else [f"Bounds are read {message}."])


def test_bounds_are_judged_on_both_sides() -> None:
    """An order that is missing around its change, and one that comes before or after it."""
    minute = ORDER.modified_at.replace(second=0)
    after, before = Window(minute + MINUTE, minute + 4 * MINUTE), Window(minute - 4 * MINUTE, minute - MINUTE)
    neighbours = (reply(found=True, window=after), reply(found=True, window=before))
    minutes = MinutesBeforeAndAfter(
        (MinutesAroundOrder(ORDER, None, EMPTY), MinutesAroundOrder(ORDER, timedelta(0), FULL, neighbours))
    )
    assert [finding.message for finding in bounds_are_exact_to_the_minute(minutes)] == [
        "The order is missing in a window of two minutes around its last change.",
        "The order comes in a window that begins after its last change.",
        "The order comes in a window that ends before its last change.",
    ]
    right = MinutesAroundOrder(ORDER, timedelta(hours=2), FULL)
    assert not list(bounds_are_exact_to_the_minute(MinutesBeforeAndAfter((right,))))


@pytest.mark.parametrize(
    ("pair", "findings"),
    [
        ((reply(found=True), None), 0),
        ((reply(found=False), reply(found=True)), 0),
        ((reply(found=False), reply(found=None)), 0),
        ((reply(found=False), reply(found=False)), 1),
    ],
)
def test_an_order_between_two_windows_is_found(pair: tuple[OrderInWindow, OrderInWindow | None], findings: int) -> None:
    """One of the two has to hold it."""
    assert len(list(one_of_two_adjoining_windows_holds_the_order(AdjoiningWindows((pair,))))) == findings


@pytest.mark.parametrize(("lost", "findings"), [((), 0), (("1001",), 1)])
def test_an_order_in_neither_half_is_found(lost: tuple[str, ...], findings: int) -> None:
    """It stood in the whole window."""
    split = SplitWindow(AROUND, FULL, (EMPTY, EMPTY), lost)
    assert len(list(halves_hold_what_the_window_holds(split))) == findings


@pytest.mark.parametrize(("page", "findings"), [(EMPTY, 0), (REFUSED, 0), (FULL, 1)])
def test_a_backwards_window_is_empty_or_refused(page: ExportPage, findings: int) -> None:
    """Orders in it are found."""
    assert len(list(backwards_window_is_empty_or_refused(BackwardsWindow(page, EMPTY)))) == findings


def test_a_store_without_readable_empty_documents_is_not_judged_by_one() -> None:
    """CON-1 reports it."""
    broken = reading("")
    with pytest.raises(NotExercised, match="CON-1"):
        list(backwards_window_is_empty_or_refused(BackwardsWindow(broken, broken)))
    assert len(list(backwards_window_is_empty_or_refused(BackwardsWindow(broken, EMPTY)))) == 1

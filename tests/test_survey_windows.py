"""Windows: what they hold, how they are split, and which ones a survey reads."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import msgspec
import pytest

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import MINUTE, Window
from conformance.survey.record import StoreRecord
from conformance.survey.windows import (
    ANY_ZONE_MARGIN,
    floor_to_minute,
    is_certainly_in,
    is_modified_in,
    recent_window,
    split_window,
    window_of_specimens,
)
from conformance.truth.source import OrderRef
from tests.support.judged import FACTS, document, element_of, order
from tests.support.small_store import NOW, SmallStore

START = datetime(2026, 3, 10, 8, tzinfo=UTC)
HOUR = Window(START, START + timedelta(hours=1))


def refs(*minutes: int) -> list[OrderRef]:
    """Orders modified so many minutes after the start."""
    return [OrderRef(str(minute), START + timedelta(minutes=minute)) for minute in minutes]


def test_a_minute_is_in_utc() -> None:
    """Whatever zone the moment is given in."""
    assert floor_to_minute(datetime(2026, 3, 10, 10, 5, 59, tzinfo=timezone(timedelta(hours=2)))) == START + 5 * MINUTE


@pytest.mark.parametrize(
    ("seconds", "modified_in", "certainly_in"),
    [
        (-1, False, False),
        (0, True, False),
        (59, True, False),
        (60, True, True),
        (3599, True, True),
        (3600, True, False),
        (3659, True, False),
        (3660, False, False),
    ],
)
def test_the_first_and_the_last_minute_are_the_stores_choice(
    seconds: int, modified_in: bool, certainly_in: bool
) -> None:
    """An order modified in them may be exported, but need not be."""
    modified = order(modified_at=START + timedelta(seconds=seconds))
    assert (is_modified_in(modified, HOUR), is_certainly_in(modified, HOUR)) == (modified_in, certainly_in)


def test_a_window_with_orders_of_several_minutes_is_split_between_them() -> None:
    """Every minute lies inside one of the parts: a store may leave out the first and last minute of a window."""
    early, late = split_window(HOUR, refs(10, 20, 30, 40))
    assert (early, late) == (
        Window(START, START + 29 * MINUTE),
        Window(START + 28 * MINUTE, HOUR.end),
    )


@pytest.mark.parametrize(
    ("minutes", "end", "start"),
    [
        ((10, 11, 12, 20), 19, 18),  # not between 11 and 12, where parts can't overlap
        ((10, 12), 11, 11),
        ((10, 11), 10, 11),
    ],
)
def test_parts_overlap_where_no_order_is(minutes: tuple[int, ...], end: int, start: int) -> None:
    """Orders of adjoining minutes are separated only if nothing else is left."""
    early, late = split_window(HOUR, refs(*minutes))
    assert (early.end, late.start) == (START + end * MINUTE, START + start * MINUTE)


def test_a_window_with_orders_of_one_minute_is_narrowed_to_it() -> None:
    """With a minute before and after, because the bounds are the store's choice."""
    assert split_window(HOUR, refs(10)) == (Window(START + 9 * MINUTE, START + 11 * MINUTE),)


def test_the_narrowest_window_is_not_split() -> None:
    """Nor is a window in whose first minute all orders but one minute's are."""
    assert split_window(Window(START, START + 2 * MINUTE), refs(1)) == ()
    assert split_window(HOUR, refs(0, 1)) == ()


def test_without_known_orders_a_window_is_halved_down_to_an_hour() -> None:
    """A record without times doesn't say where the orders are."""
    assert split_window(Window(START, START + timedelta(hours=4)), []) == (
        Window(START, START + timedelta(hours=2, minutes=1)),
        Window(START + timedelta(hours=2), START + timedelta(hours=4)),
    )
    assert split_window(HOUR, []) == ()


def test_the_window_of_the_specimens_holds_them_in_any_zone() -> None:
    """A specimen that is years from the others is left out."""
    times = [START, START + timedelta(hours=9), START - timedelta(days=700)]
    assert window_of_specimens(times, START) == Window(START - ANY_ZONE_MARGIN, times[1] + ANY_ZONE_MARGIN)


def test_specimens_far_from_their_beginning_have_a_window_all_the_same() -> None:
    """A store that sets the times itself makes them all now."""
    assert window_of_specimens([NOW], START) == Window(NOW - ANY_ZONE_MARGIN, NOW + ANY_ZONE_MARGIN)


def no_export(window: Window) -> ExportPage:
    """Fail: nothing may be exported."""
    pytest.fail(f"{window} was requested")


def recent(store: SmallStore, max_orders: int = 2, specimens: frozenset[str] = frozenset()) -> Window | None:
    """The recent window by the store's record."""
    record = StoreRecord(store)
    return recent_window(record, NOW, max_orders=max_orders, specimens=specimens, first_page=no_export)


def days_ago(*days: int) -> SmallStore:
    """A store with orders modified so many days ago, numbered by the days."""
    return SmallStore(*(order(order_number=str(each), modified_at=NOW - timedelta(days=each)) for each in days))


def test_the_recent_window_holds_the_last_orders() -> None:
    """As many as may be looked up, and none of the last two minutes, which may still change."""
    assert recent(days_ago(1, 2, 20)) == Window(NOW - timedelta(days=2, minutes=1), NOW - 2 * MINUTE)


@pytest.mark.parametrize(("days", "oldest"), [((1, 20), 20), ((1, 20, 200), 20), ((1, 200), 200), ((1, 400), 1)])
def test_it_goes_back_a_year_at_most(days: tuple[int, ...], oldest: int) -> None:
    """And no further than necessary."""
    found = recent(days_ago(*days))
    assert found is not None
    assert found.start == NOW - timedelta(days=oldest, minutes=1)


def test_specimens_are_not_recent_orders() -> None:
    """The window is for orders that the store held before."""
    assert recent(days_ago(1, 2), specimens=frozenset({"1", "2"})) is None


def test_a_record_without_times_lets_the_export_decide() -> None:
    """A month, or a year if that exports nothing."""
    facts = msgspec.structs.replace(FACTS, lacks=("modified_at",))
    empty, full = document(), document(element_of(order()))
    requested: list[Window] = []

    def page(window: Window) -> ExportPage:
        requested.append(window)
        return full if len(requested) > 1 else empty

    found = recent_window(
        StoreRecord(SmallStore(facts=facts)), NOW, max_orders=2, specimens=frozenset(), first_page=page
    )
    assert found == requested[1] == Window(NOW - timedelta(days=365, minutes=2), NOW - 2 * MINUTE)
    assert requested[0].start == NOW - timedelta(days=30, minutes=2)

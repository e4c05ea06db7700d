"""Completeness: which orders are missing from the export, and what kind of fault that is."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from conformance.client.shipstation import Window
from conformance.survey.completeness import Completeness
from conformance.survey.limits import SurveyLimits
from conformance.survey.pages import ExportedPages, UnreadableWindow
from mockstore.orders.model import Order
from tests.support.judged import ORDER
from tests.support.small_store import DAY, WINDOW, SmallStore, orders, survey_of

MINUTES = (10, 20, 30, 40, 50)
LIMITS = SurveyLimits(windows=(WINDOW,))


def numbers(found: tuple[Order, ...]) -> list[str]:
    """The numbers of orders."""
    return [order.order_number for order in found]


def limited(store: SmallStore, limits: SurveyLimits) -> Completeness:
    """The completeness of the window's export, within limits."""
    return survey_of(store, limits=limits).completeness


def test_nothing_is_missing_from_a_right_store() -> None:
    """Every order is found, and none is requested alone."""
    store = SmallStore(*orders(*MINUTES), page_size=2)
    found = survey_of(store).completeness
    assert (found.missing_orders, found.missing_on_pages, found.never_exported) == ((), (), ())
    assert {window for window, _ in store.requested} == {WINDOW}


def test_an_order_that_no_window_has_is_never_exported() -> None:
    """WIN-1."""
    store = SmallStore(*orders(*MINUTES))
    store.unexported = {"1002", "1004"}
    found = survey_of(store).completeness
    assert numbers(found.missing_orders) == numbers(found.never_exported) == ["1002", "1004"]
    assert found.missing_on_pages == ()


@pytest.mark.parametrize(
    "changes", [{"customer": msgspec.structs.replace(ORDER.customer, shipping=None)}, {"items": ()}]
)
def test_an_order_that_cannot_be_shipped_is_not_missing(changes: dict[str, object]) -> None:
    """The contract lets a store leave it out."""
    first, second = orders(10, 20)
    store = SmallStore(first, msgspec.structs.replace(second, **changes))
    store.unexported = {second.order_number}
    assert survey_of(store).completeness.missing_orders == ()


def test_an_order_in_the_first_minute_is_not_missing() -> None:
    """Whether a bound is inclusive is the store's choice."""
    store = SmallStore(*orders(0, 10))
    store.unexported = {"1001"}
    assert survey_of(store).completeness.missing_orders == ()


def test_an_order_that_other_people_changed_is_not_missing() -> None:
    """It has left the window."""
    store = SmallStore(*orders(*range(10, 210, 10)))
    survey = survey_of(store)
    assert survey.known_orders
    store.held.pop("1003")
    assert survey.completeness.missing_orders == ()
    assert survey.stability.changed_meanwhile == {"1003"}


def test_an_order_that_only_a_window_of_minutes_has_is_lost_between_pages() -> None:
    """PAG-2: it is requested alone."""
    store = SmallStore(*orders(*MINUTES), page_size=2)
    store.lost_between_pages = {"1003"}
    found = survey_of(store).completeness
    assert numbers(found.missing_on_pages) == numbers(found.lost_between_pages) == ["1003"]
    assert found.never_exported == ()


def test_an_order_on_a_page_that_was_not_read_is_not_lost() -> None:
    """The window has more pages than the suite may read."""
    store = SmallStore(*orders(*MINUTES), page_size=1)
    store.lost_between_pages = {"1001"}
    found = limited(store, replace(LIMITS, max_pages=2))
    assert "1001" in numbers(found.missing_on_pages)
    assert found.lost_between_pages == ()


def test_of_very_many_missing_orders_only_some_are_requested() -> None:
    """The others are missing for the same reason as most."""
    store = SmallStore(*orders(*range(10, 110, 10)), page_size=2)
    store.lost_between_pages = {"1002", "1003", "1004", "1005"}
    found = limited(store, replace(LIMITS, max_bisections=2))
    assert numbers(found.missing_on_pages) == ["1002", "1003", "1004", "1005"]
    assert len({window for window, _ in store.requested}) == 3


def test_if_most_of_those_requested_are_never_exported_the_others_are_too() -> None:
    """Only what was seen in a window of minutes is lost between pages."""
    store = SmallStore(*orders(*range(10, 110, 10)), page_size=2)
    store.unexported = {"1002", "1003"}
    store.lost_between_pages = {"1004", "1005"}
    found = limited(store, replace(LIMITS, max_bisections=2))
    assert found.missing_on_pages == ()
    assert numbers(found.never_exported) == ["1002", "1003", "1004", "1005"]


def test_orders_that_were_exported_unrecognised_may_be_the_missing_ones() -> None:
    """A wrong number and a wrong e-mail address are findings of their own, not missing orders."""
    store = SmallStore(*orders(10, 20))
    store.exports_as = lambda each: msgspec.structs.replace(
        each,
        order_number=f"X{each.order_number}",
        order_id="X",
        customer=msgspec.structs.replace(each.customer, email="x@example.org"),
    )
    survey = survey_of(store)
    assert len(survey.unmatched_exports) == 2
    assert len(survey.completeness.missing_orders) == 2
    assert survey.completeness.never_exported == ()


def test_orders_that_another_makes_unreadable_are_not_missing() -> None:
    """If the window can't be narrowed further, any of its orders may be the cause."""
    store = SmallStore(*orders(10, 20, 30, 40))
    store.breaking = {"1003"}
    assert numbers(survey_of(store).completeness.missing_orders) == ["1003"]
    assert limited(store, replace(LIMITS, max_bisections=1)).missing_orders == ()


def test_a_record_without_times_does_not_say_which_orders_a_window_holds() -> None:
    """So no order near an unreadable window counts as missing."""
    known = orders(10, 900)
    failed = ExportedPages((WINDOW,))
    page = survey_of(SmallStore()).exported.pages[0].page
    failed.unreadable_windows.append(UnreadableWindow(Window(DAY, DAY + timedelta(minutes=20)), page, (), "status 500"))

    def missing(*, knows_times: bool) -> list[str]:
        return numbers(
            Completeness(
                failed,
                known,
                found=(),
                unmatched_exports=(),
                is_exported_in=lambda window, order: False,
                max_requested=1,
                knows_modification_times=knows_times,
            ).missing_orders
        )

    assert missing(knows_times=True) == ["1001", "1002"]
    assert missing(knows_times=False) == []


@pytest.mark.parametrize("lost", [{"1004", "1005"}, {"1001", "1002"}])
def test_a_single_page_that_is_cut_off_has_lost_its_other_pages(lost: set[str]) -> None:
    """PAG-2: all missing orders are newer than those that came, or all are older, and smaller windows have them."""
    store = SmallStore(*orders(*MINUTES), page_size=3)
    store.lost_between_pages = lost
    found = survey_of(store).completeness
    assert set(numbers(found.lost_between_pages)) == lost
    assert found.never_exported == ()


def test_orders_missing_here_and_there_are_not_cut_off() -> None:
    """One page, and orders between those that came are missing: no page is missing for that."""
    store = SmallStore(*orders(*MINUTES), page_size=3)
    store.lost_between_pages = {"1002", "1004"}
    assert survey_of(store).completeness.lost_between_pages == ()

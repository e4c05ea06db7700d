"""Pages: a window is read whole, and one that fails is narrowed to the order that makes it fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from conformance.client.parsing.document import ExportPage, stated_pages
from conformance.client.shipstation import Credentials, ShipStation, Window
from conformance.core.errors import NotExercised, NotRecorded
from conformance.survey.limits import SurveyLimits
from conformance.survey.pages import ExportedPages, PageReader, export_problem
from tests.support.judged import reading
from tests.support.small_store import DAY, WINDOW, SmallStore, orders

SHIPSTATION = ("http://shop.example/", Credentials("ship-user", "secret"))
LIMITS = SurveyLimits()


def read(
    store: SmallStore,
    limits: SurveyLimits = LIMITS,
    *,
    with_times: bool = True,
    not_recorded: int | None = None,
    shift: timedelta = timedelta(0),
) -> ExportedPages:
    """The window of the store's orders, read through its export. The store reads bounds with this shift."""
    shipstation = ShipStation(*SHIPSTATION, store)

    def page(window: Window, number: int) -> ExportPage:
        if number == not_recorded:
            raise NotRecorded("not on the tape")
        return shipstation.export(Window(window.start - shift, window.end - shift), number)

    exported = ExportedPages((WINDOW,))
    reader = PageReader(page, limits, knows_modification_times=with_times, shift=lambda: shift)
    reader.read(WINDOW, store.modified_between(WINDOW.start, WINDOW.end) if with_times else (), exported)
    return exported


def numbers(exported: ExportedPages) -> list[str]:
    """The numbers of the exported orders."""
    return [order.number for order in exported.orders]


def test_all_pages_are_read() -> None:
    """As many as the first one states, each once."""
    store = SmallStore(*orders(1, 2, 3, 4, 5), page_size=2)
    exported = read(store)
    assert numbers(exported) == list(store.held)
    assert store.requested == [(WINDOW, 1), (WINDOW, 2), (WINDOW, 3)]
    assert [len(page.orders) for page in exported.pages_of(WINDOW)] == [2, 2, 1]
    assert exported.complete


def test_a_window_with_too_many_pages_is_truncated() -> None:
    """Nothing can be said of orders on the pages that were not read."""
    store = SmallStore(*orders(1, 2, 3, 4, 5), page_size=1)
    exported = read(store, SurveyLimits(max_pages=3))
    assert (len(exported.orders), exported.truncated_windows, exported.complete) == (3, [WINDOW], False)


def test_a_page_that_is_not_recorded_truncates_its_window() -> None:
    """Of recorded traffic, only some pages may be there."""
    exported = read(SmallStore(*orders(1, 2, 3), page_size=1), not_recorded=3)
    assert (len(exported.orders), exported.truncated_windows) == (2, [WINDOW])


def test_pages_beyond_the_stated_number_are_found() -> None:
    """PAG-1: the store's record has more orders than the stated pages."""
    store = SmallStore(*orders(1, 2, 3), page_size=1)
    store.states_pages = lambda pages: 1
    exported = read(store)
    assert len(exported.orders) == 3
    assert exported.understated_pages is not None
    first, beyond = exported.understated_pages
    assert (first.order_numbers, beyond.order_numbers) == (("1001",), ("1002",))


def test_no_further_page_is_requested_if_all_orders_came() -> None:
    """The record says how many there are; without its times, one more page is requested."""
    store = SmallStore(*orders(1, 2))
    read(store)
    assert store.requested == [(WINDOW, 1)]
    read(store, with_times=False)
    assert store.requested[1:] == [(WINDOW, 1), (WINDOW, 2)]


def test_a_failing_window_is_narrowed_to_the_order_that_makes_it_fail() -> None:
    """All other orders are still exported."""
    store = SmallStore(*orders(10, 20, 30, 40, 50))
    store.breaking = {"1003"}
    exported = read(store)
    (failed,) = exported.unreadable_windows
    assert failed.order_numbers == ("1003",)
    assert failed.window == Window(DAY + timedelta(minutes=29), DAY + timedelta(minutes=31))
    assert failed.reason == "status 500 OK"
    assert exported.failures_by_order == {"1003": "status 500 OK"}
    assert sorted(numbers(exported)) == ["1001", "1002", "1004", "1005"]
    assert len(exported.failed_pages) == len(exported.divided_windows) + 1


def test_narrowing_has_a_limit() -> None:
    """Then all orders of the part that fails are named."""
    store = SmallStore(*orders(10, 20, 30, 40))
    store.breaking = {"1003"}
    (failed,) = read(store, SurveyLimits(max_bisections=1)).unreadable_windows
    assert failed.order_numbers == ("1003", "1004")


def test_the_same_order_twice_is_one_order() -> None:
    """Orders are told apart by number and id."""
    exported = read(SmallStore(*orders(1, 2)))
    exported.pages += exported.pages
    assert [order.number for order in exported.distinct_orders] == ["1001", "1002"]


def test_missing_orders_need_a_window_that_can_be_read() -> None:
    """Otherwise every order would count as missing."""
    store = SmallStore(*orders(10))
    read(store).require_readable()
    store.breaking = {"1001"}
    with pytest.raises(NotExercised, match="no export of orders can be read: status 500"):
        read(store).require_readable()


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (reading("<Orders/>"), None),
        (reading("<html/>"), "the document's root element is html, not Orders"),
        (reading("<Orders>"), "not well-formed XML"),
        (reading("", status=404), "status 404 OK"),
        (reading(""), "the body is empty"),
    ],
)
def test_a_reply_that_is_no_orders_document_has_a_reason(page: ExportPage, problem: str | None) -> None:
    """In words for a finding."""
    found = export_problem(page)
    assert found == problem or (found is not None and problem is not None and found.startswith(problem))


@pytest.mark.parametrize(
    ("attribute", "pages"), [("3", 3), (" 3.0 ", 3), ("0", None), ("-1", None), ("many", None), ("9999999999", None)]
)
def test_the_number_of_pages_is_read_in_any_form(attribute: str, pages: int | None) -> None:
    """PAG-6 judges the form."""
    assert stated_pages(reading(f'<Orders pages="{attribute}"/>')) == pages
    assert stated_pages(reading("<Orders/>")) is None


@pytest.mark.parametrize("hours", [0, 2, -3])
def test_a_window_is_divided_where_the_store_has_its_orders(hours: int) -> None:
    """If the store reads bounds in another zone, the orders beside the one that fails are read all the same."""
    store = SmallStore(*orders(300, 310, 320, 330))
    store.breaking = {"1003"}
    exported = read(store, shift=timedelta(hours=hours))
    assert numbers(exported) == ["1001", "1002", "1004"]
    assert [each.order_numbers for each in exported.unreadable_windows] == [("1003",)]

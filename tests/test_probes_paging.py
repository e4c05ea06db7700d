"""PAG: how evidence about pages is judged."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from conformance.client.parsing.document import ExportPage
from conformance.client.shipstation import Window
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.paging import (
    AllPages,
    FullPage,
    InvalidPage,
    OrdersOfOneSecond,
    OrdersOnPages,
    PagesAskedTwice,
    PagesPastLast,
    RepeatedOrder,
    SeveralPages,
    UnderstatedPages,
    each_page_holds_the_same_orders_again,
    each_reply_is_empty_or_4xx,
    every_order_comes_once,
    is_page_1_or_refused,
    no_order_of_a_full_page_is_lost,
    one_full_page_is_one_page,
    orders_of_one_second_come_once,
    page_1_states_the_pages,
    pages_is_a_valid_number,
    sizes_of_pages,
)
from conformance.survey.stability import RepeatedPage
from tests.support.judged import ORDER, reading

START = datetime(2026, 3, 10, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=1))
REFUSED = reading("no such page", status=400, content_type="text/plain")
FAILED = reading("sorry", status=500, content_type="text/plain")


def page(*numbers: str, pages: str | None = None) -> ExportPage:
    """A page with these orders, that states so many pages."""
    stated = "" if pages is None else f' pages="{pages}"'
    orders = "".join(
        f"<Order><OrderNumber>{number}</OrderNumber><OrderID>{number}</OrderID></Order>" for number in numbers
    )
    return reading(f"<Orders{stated}>{orders}</Orders>")


def messages(findings: list[Finding]) -> list[str]:
    """What is found."""
    return [finding.message for finding in findings]


# ---------------------------------------------------------------------- PAG-1


@pytest.mark.parametrize(
    ("stated", "stored", "is_complete", "expected"),
    [
        ("2", 3, True, []),
        ("2", None, True, []),
        ("3", None, True, []),
        ("3", 3, True, ["Page 1 states more pages than there are."]),
        ("4", None, True, ["Page 1 states more pages than there are."]),
        ("9", 3, False, []),
        ("many", 3, True, []),
    ],
)
def test_page_1_states_no_more_pages_than_there_are(
    stated: str, stored: int | None, is_complete: bool, expected: list[str]
) -> None:
    """Two pages hold three orders; one page more is tolerated if nobody knows how many orders the store holds."""
    pages = (page("1", "2", pages=stated), page("3"))
    assert messages(list(page_1_states_the_pages(SeveralPages(pages, stored, is_complete)))) == expected


def test_a_number_that_is_none_is_reported_elsewhere() -> None:
    """By PAG-6."""
    with pytest.raises(NotExercised, match="PAG-6"):
        list(page_1_states_the_pages(SeveralPages((page("1", pages="-2"), page("2")), 2, is_complete=True)))


@pytest.mark.parametrize(
    ("stated", "message"), [(None, "Page 1 doesn't say that there are more pages."), ("1", "Page 1 states fewer pages")]
)
def test_page_1_states_no_fewer_pages_than_there_are(stated: str | None, message: str) -> None:
    """A deviation: page 1 states no number although page 2 has orders, or states too low a number."""
    (finding,) = page_1_states_the_pages(UnderstatedPages(page("1", pages=stated), page("2"), overlap=False))
    assert finding.message.startswith(message)
    assert finding.order == "2"


@pytest.mark.parametrize(("stated", "overlap", "reason"), [("x", False, "PAG-6"), ("1", True, "PAG-2")])
def test_where_pages_can_not_be_counted_page_1_is_not_judged(stated: str, overlap: bool, reason: str) -> None:
    """The number is no number, or pages share orders."""
    with pytest.raises(NotExercised, match=reason):
        list(page_1_states_the_pages(UnderstatedPages(page("1", pages=stated), page("2"), overlap=overlap)))


@pytest.mark.parametrize(("stated", "found"), [(None, 0), ("0", 0), ("1", 0), ("2", 1), ("x", 0)])
def test_a_full_page_is_one_page(stated: str | None, found: int) -> None:
    """It states one, or nothing."""
    assert len(list(one_full_page_is_one_page(FullPage(page("1", "2", pages=stated), 2)))) == found


def test_a_full_page_loses_no_order() -> None:
    """PAG-2 reports it; how many pages there are is not judged then."""
    full = FullPage(page("1", pages="1"), 2, lost=(ORDER,))
    assert [finding.order for finding in no_order_of_a_full_page_is_lost(full)] == [ORDER.order_number]
    assert not list(no_order_of_a_full_page_is_lost(FullPage(page("1", "2"), 2)))
    with pytest.raises(NotExercised, match="PAG-2"):
        list(one_full_page_is_one_page(full))


# ---------------------------------------------------------------------- PAG-2, PAG-3


def test_an_order_that_comes_twice_or_never_is_found() -> None:
    """Each with its number."""
    repeated = RepeatedOrder("7", 2, page("7"))
    findings = list(every_order_comes_once(OrdersOnPages((repeated,), (ORDER,), ())))
    assert [finding.order for finding in findings] == ["7", ORDER.order_number]
    assert not list(every_order_comes_once(OrdersOnPages((), (), ())))


def test_orders_of_one_second_come_once() -> None:
    """Not twice, and not never."""
    times = tuple((ORDER, count) for count in (1, 0, 2))
    found = orders_of_one_second_come_once(OrdersOfOneSecond(WINDOW, page("1"), times))
    assert [finding.actual for finding in found] == ["0 times", "2 times"]


def test_pages_are_compared_without_order() -> None:
    """The same orders in another sequence are the same page."""
    twice = (
        RepeatedPage(WINDOW, 1, page("1", "2"), page("2", "1")),
        RepeatedPage(WINDOW, 2, page("3", "4"), page("4", "5")),
    )
    (finding,) = each_page_holds_the_same_orders_again(PagesAskedTwice(twice))
    assert finding.order == "3"


# ---------------------------------------------------------------------- PAG-4, PAG-5


@pytest.mark.parametrize(
    ("last", "message"),
    [
        (page(), None),
        (REFUSED, None),
        (page("1"), "Page 9, past the last, isn't empty."),
        (FAILED, "Page 9, past the last, fails."),
    ],
)
def test_a_page_past_the_last_is_empty_or_refused(last: ExportPage, message: str | None) -> None:
    """Orders and failures are found."""
    found = each_reply_is_empty_or_4xx(PagesPastLast(((9, last),)))
    assert [finding.message for finding in found] == ([] if message is None else [message])


@pytest.mark.parametrize(
    ("came", "found"), [(page("1", "2"), 0), (page("2", "1"), 0), (REFUSED, 0), (page("1"), 1), (FAILED, 1)]
)
def test_an_invalid_page_is_page_1_or_refused(came: ExportPage, found: int) -> None:
    """Other orders and failures are found."""
    assert len(list(is_page_1_or_refused(InvalidPage("0", came, page("1", "2"))))) == found


# ---------------------------------------------------------------------- PAG-6, PAG-7


@pytest.mark.parametrize(
    ("stated", "empty", "is_changed", "expected"),
    [
        (("2", "2"), "0", False, []),
        (("2", None), None, False, []),
        (("2", "3"), None, False, ["pages isn't the same number on every page."]),
        (("2", "3"), None, True, []),
        (("2", "32768"), None, False, ["pages isn't a whole number from 0 to 32767."]),
        (("two", "2"), None, False, ["pages isn't a whole number from 0 to 32767."]),
        (("2", "2"), "2", False, ["An empty document states several pages."]),
    ],
)
def test_pages_is_a_number_and_the_same_everywhere(
    stated: tuple[str | None, str | None], empty: str | None, is_changed: bool, expected: list[str]
) -> None:
    """A page may leave it out; if exporting changes the orders, the number may change."""
    pages = tuple((WINDOW, page("1", pages=number)) for number in stated)
    assert messages(list(pages_is_a_valid_number(AllPages(pages, page(pages=empty), is_changed)))) == expected


def test_the_largest_page_is_noted() -> None:
    """With its orders; without any order there is nothing to note."""
    (said,) = sizes_of_pages(
        AllPages(((WINDOW, page("1")), (WINDOW, page("1", "2"))), page(), is_changed_by_export=False)
    )
    assert said.startswith("up to 2 orders and ")
    with pytest.raises(NotExercised):
        list(sizes_of_pages(AllPages(((WINDOW, page()),), page(), is_changed_by_export=False)))

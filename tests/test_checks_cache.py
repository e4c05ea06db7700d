"""Checks are made once for the same content; findings always name their own place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from inspect import signature
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from lxml import etree

from conformance.checks.cache import CheckCache
from conformance.checks.findings import at
from conformance.checks.line_matching import LineMatch
from conformance.checks.matching import Pair, match_lines
from conformance.client.parsing.document import parse_export
from conformance.client.parsing.order import ExportedLine
from conformance.core.finding import Finding
from conformance.suite.given import ONLY
from conformance.suite.then import PER_ORDER
from mockstore.orders.model import Order
from tests.support.judged import FACTS, ORDER, discounted, edited, element_of, exchange, order, pair

ASKED = CheckCache()
"""Asked over all examples, as a process asks one over all stores."""


class Counting:
    """A check that says how often it looked."""

    def __init__(self, wrong: Callable[[Pair], bool] = lambda pair: False) -> None:
        self.times, self._wrong = 0, wrong

    def __call__(self, judged: Pair) -> Iterator[Finding]:
        self.times += 1
        if self._wrong(judged):
            yield at(judged.exported["OrderID"], judged.exported, "It is wrong.", "right")


def placed(held: Order, edits: dict[str, str | None], place: int, number: int) -> Pair:
    """An order beside its export, as the order of that place in the exchange of that number."""
    root = etree.Element("Orders")
    root.extend([element_of(order(order_number="other")) for _ in range(place - 1)])
    root.append(edited(element_of(held), edits))
    reading = parse_export(exchange(etree.tostring(root), number=number))
    return Pair(reading.orders[place - 1], held, FACTS)


def test_the_same_content_is_judged_once() -> None:
    """The place of an order and the exchange that brought it make no difference."""
    knowledge, check = CheckCache(), Counting()
    for place, number in ((1, 7), (3, 9), (2, 8)):
        assert knowledge.judged(check, placed(ORDER, {}, place, number)) == []
    assert check.times == 1
    other = Counting()
    assert knowledge.judged(other, pair()) == []
    assert other.times == 1


@pytest.mark.parametrize(
    "other",
    [
        pair(ORDER, {"CustomerNotes": " "}),
        pair(ORDER, {"Source": ""}),
        pair(ORDER, {"Items/Item[2]/Location": "b2"}),
        pair(ORDER, {"OrderID": " 77"}),
        pair(ORDER, facts=msgspec.structs.replace(FACTS, orders_per_page=9)),
        pair(ORDER, facts=msgspec.structs.replace(FACTS, lacks=("gift",))),
        Pair(pair().exported, order(total=Decimal("70.8")), FACTS),
        Pair(pair().exported, order(customer_notes="\n"), FACTS),
        Pair(pair().exported, order(items=ORDER.items[::-1]), FACTS),
    ],
)
def test_any_difference_is_judged_again(other: Pair) -> None:
    """A difference in the export, in the store's record or in the store's facts counts."""
    knowledge, check = CheckCache(), Counting(lambda judged: judged is other)
    assert knowledge.judged(check, pair()) == []
    assert len(knowledge.judged(check, other)) == 1
    assert check.times == 2
    assert knowledge.holds(lambda judged: True, other)


def test_a_finding_names_its_own_place() -> None:
    """Place and exchange are those of this order, not of an equal one that was checked before."""
    knowledge, check = CheckCache(), Counting(lambda judged: True)
    for place, number in ((1, 7), (3, 9), (2, 8)):
        (finding,) = knowledge.judged(check, placed(ORDER, {}, place, number))
        assert (finding.xpath, finding.exchange) == (f"/Orders/Order[{place}]/OrderID", number)


def test_a_check_that_raises_is_not_remembered() -> None:
    """The next equal order raises the error again."""

    def failing(judged: Pair) -> Iterator[Finding]:
        raise RuntimeError("an error of the suite")
        yield

    knowledge = CheckCache()
    for _ in range(2):
        with pytest.raises(RuntimeError):
            knowledge.judged(failing, pair())


def test_a_record_that_can_not_be_encoded_is_judged_each_time() -> None:
    """A lone surrogate has no bytes, so there is no digest to remember."""
    held, check = order(customer_notes="\ud800"), Counting()
    for _ in range(2):
        assert ASKED.judged(check, Pair(pair().exported, held, FACTS)) == []
    assert check.times == 2


def test_only_the_latest_are_remembered() -> None:
    """The order that was checked longest ago is forgotten, and checked again."""
    cache, check = CheckCache(max_contents=2), Counting()
    first, second, third = (pair(order(order_id=each)) for each in ("1", "2", "3"))
    for judged, times in ((first, 1), (second, 2), (first, 2), (third, 3), (first, 3), (second, 4)):
        assert cache.judged(check, judged) == []
        assert check.times == times


PATHS = (
    *("OrderID", "OrderNumber", "OrderDate", "OrderStatus", "LastModified", "ShippingMethod", "CurrencyCode"),
    *("OrderTotal", "TaxAmount", "ShippingAmount", "CustomerNotes", "InternalNotes", "Gift", "GiftMessage"),
    *("Customer/CustomerCode", "Customer/BillTo/Name", "Customer/BillTo/Email", "Customer/ShipTo/Address1"),
    *("Customer/ShipTo/State", "Customer/ShipTo/Country", "Items", "Items/Item[1]", "Items/Item[2]"),
    *(f"Items/Item[1]/{name}" for name in ("LineItemID", "SKU", "Name", "Quantity", "UnitPrice", "Weight", "ImageUrl")),
    *("Items/Item[2]/SKU", "Items/Item[2]/UnitPrice", "Items/Item[1]/Location", "Items/Item[1]/Adjustment"),
)
TEXTS = (None, "", " ", "0", "1", "-1", "2.5", "true", "LAMP", "B2", "45.00", "x" * 1001, "é&<", "03/10/2026 08:00")
RECORDS = (
    ORDER,
    discounted(("Summer", "5.00", "SUN5")),
    order(gift=True, gift_message="Für dich", customer_notes="Bitte\nklingeln"),
    order(items=()),
)


@given(
    held=st.sampled_from(RECORDS),
    edits=st.dictionaries(st.sampled_from(PATHS), st.sampled_from(TEXTS), max_size=2),
    places=st.tuples(st.integers(1, 3), st.integers(1, 3)),
)
@example(held=ORDER, edits={}, places=(1, 2))
@example(held=ORDER, edits={"Items/Item[1]": None, "Items/Item[2]": None}, places=(1, 1))
def test_the_cache_changes_no_result(held: Order, edits: dict[str, str | None], places: tuple[int, int]) -> None:
    """Every check and every predicate returns the same with and without the cache."""
    first_line_removed = edits.get("Items/Item[1]", "") is None
    for path in set(edits):  # skip the edits of elements that are not there
        inside_another = any(path.startswith(f"{other}/") for other in edits)
        no_such_line = path.startswith("Items") and not held.items
        renumbered = first_line_removed and path.startswith("Items/Item[2]")
        if inside_another or no_such_line or renumbered:
            del edits[path]
    edits = dict(
        sorted(edits.items(), reverse=True)
    )  # the second line first: it is no longer the second without the first
    for number, place in enumerate(places, start=7):
        asked, afresh = (placed(held, edits, place, number) for _ in range(2))
        assert told(asked.lines) == told(match_lines(afresh.exported.lines, held.items))
        for check in PER_ORDER.values():
            piece, other = (taken_by(check, each) for each in (asked, afresh))
            assert ASKED.judged(check, piece) == list(check(other) or ())
        for kind in ONLY.values():
            piece, other = (taken_by(kind, each) for each in (asked, afresh))
            assert ASKED.holds(kind, piece) == kind(other)


def taken_by(function: Callable[[Any], object], pair: Pair) -> Any:
    """Return what the function takes: the exported order alone, or with the store's record of it."""
    return pair.exported if next(iter(signature(function).parameters)) == "order" else pair


def told(lines: LineMatch[ExportedLine]) -> object:
    """A match, with lines by their place."""
    matched = [(line.xpath, item) for line, item in lines.matched]
    return matched, lines.missing, [line.xpath for line in lines.surplus]

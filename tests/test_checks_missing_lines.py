"""Which scenario reports a lost line: the one about the line's property, or the one about all lines."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from conformance.checks.matching import Pair
from conformance.checks.missing_lines import explain
from conformance.probes.items import OrderLines, every_line_arrives_once, none_missing_because_of_property
from mockstore.orders.model import Item, Option, Order
from tests.support.judged import LAMP, MUG, found, order, worked

SCENARIOS = {
    "ITM-6": "free",
    "ITM-7": "one of several with the same SKU",
    "ITM-9": "without a SKU",
    "ITM-10": "in an order with 200 or more lines",
}
"""Requirement → the property of lines that its scenario is about."""


def item(number: int, **changes: object) -> Item:
    """A line unlike the others."""
    plain = Item(line_id=str(number), sku=f"P{number}", name=f"Product {number}", unit_price=Decimal(number))
    return msgspec.structs.replace(plain, **changes)


PLAIN = order(items=(MUG, LAMP))
FREE = order(order_number="2", items=(MUG, item(3, unit_price=Decimal(0))))
SKULESS = order(order_number="3", items=(item(4, sku=""), LAMP))
TWINS = order(
    order_number="4", items=(MUG, msgspec.structs.replace(MUG, line_id="twin", options=(Option("Colour", "B"),)))
)
MANY = order(order_number="5", items=tuple(item(number) for number in range(1, 201)))
ALL = (PLAIN, FREE, SKULESS, TWINS, MANY)


def without(lost: Callable[[Item, Order], bool], held: tuple[Order, ...] = ALL) -> list[Pair]:
    """The orders beside exports that lack these lines."""

    def pruned(of: Order) -> Callable[[etree._Element], None]:
        def prune(element: etree._Element) -> None:
            lines = element.find("Items")
            assert lines is not None
            for line, each in zip(list(lines), of.items, strict=True):
                if lost(each, of):
                    lines.remove(line)

        return prune

    return [worked(each, pruned(each)) for each in held]


def blamed(pairs: list[Pair]) -> dict[str, int]:
    """Requirement → how many lines it misses."""
    missing = tuple(explain(pairs))
    counts = {
        name: len(found(none_missing_because_of_property(OrderLines(which, tuple(pairs), missing))))
        for name, which in SCENARIOS.items()
    }
    counts["ITM-1"] = len(found(every_line_arrives_once(OrderLines("", tuple(pairs), missing))))
    return {name: count for name, count in counts.items() if count}


def test_complete_orders_have_no_finding() -> None:
    """All lines arrived."""
    assert blamed(without(lambda each, of: False)) == {}


@pytest.mark.parametrize(
    ("lost", "expected"),
    [
        (lambda each, of: each.unit_price == 0, {"ITM-6": 1}),
        (lambda each, of: not each.sku, {"ITM-1": 1, "ITM-9": 1}),
        (lambda each, of: each.line_id == "twin", {"ITM-7": 1}),
        (lambda each, of: of is MANY and each in of.items[50:], {"ITM-10": 150}),
    ],
)
def test_lines_with_a_property_are_reported_by_its_scenario(
    lost: Callable[[Item, Order], bool], expected: dict[str, int]
) -> None:
    """If only lines with one property are lost, only the scenario about it reports them."""
    assert blamed(without(lost)) == expected


def test_two_properties_are_reported_by_two_scenarios() -> None:
    """One bug doesn't hide another."""
    assert blamed(without(lambda each, of: each.unit_price == 0 or of is MANY)) == {"ITM-6": 1, "ITM-10": 200}


def test_lines_of_all_kinds_are_reported_by_one_scenario() -> None:
    """The last line of each order is lost, whatever it is."""
    assert blamed(without(lambda each, of: each is of.items[-1])) == {"ITM-1": 5}


def test_one_plain_line_lost_is_found() -> None:
    """In an order without anything special, and in one with many lines."""
    assert blamed(without(lambda each, of: of is PLAIN and each is LAMP)) == {"ITM-1": 1}
    assert blamed(without(lambda each, of: each is LAMP, (PLAIN,))) == {"ITM-1": 1}


def test_a_line_that_needs_no_shipping_may_be_missing() -> None:
    """ITM-1: a store may leave out downloads."""
    mixed = order(items=(MUG, item(3, shippable=False)))
    assert blamed(without(lambda each, of: not each.shippable, (mixed,))) == {}
    assert blamed(without(lambda each, of: each is MUG, (mixed,))) == {"ITM-1": 1}


def test_a_lost_line_is_named() -> None:
    """The finding says which line is missing, and how many arrived."""
    (missing,) = explain(without(lambda each, of: each is LAMP, (PLAIN,)))
    assert found([missing.finding()]) == [("Items", "LAMP Lamp × 1, 45.00 each", "1 of 2 lines")]

"""Which requirement a lost line is a matter of: of the kind that is lost, or of all lines."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from conformance.checks import missing_lines
from conformance.checks.matching import Pair
from mockstore.orders.model import Item, Option, Order
from tests.support.judged import LAMP, MUG, found, order, worked

REQUIREMENTS = ("ITM-1", "ITM-6", "ITM-7", "ITM-9", "ITM-10")


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
    counts = {name: len(found(missing_lines.findings(name, pairs))) for name in REQUIREMENTS}
    return {name: count for name, count in counts.items() if count}


def test_nothing_is_said_where_all_lines_come() -> None:
    """Right exports have no finding."""
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
def test_a_kind_of_line_is_its_requirements_matter(
    lost: Callable[[Item, Order], bool], expected: dict[str, int]
) -> None:
    """Where orders lose lines of one kind and no others, that kind's requirement has the findings alone."""
    assert blamed(without(lost)) == expected


def test_two_kinds_lost_are_two_matters() -> None:
    """One bug doesn't hide another."""
    assert blamed(without(lambda each, of: each.unit_price == 0 or of is MANY)) == {"ITM-6": 1, "ITM-10": 200}


def test_lines_of_every_kind_lost_are_one_matter() -> None:
    """The last line of each order is lost: nothing to do with what it is."""
    assert blamed(without(lambda each, of: each is of.items[-1])) == {"ITM-1": 5}


def test_one_plain_line_lost_is_found() -> None:
    """In an order without anything special about it, and in one with many lines."""
    assert blamed(without(lambda each, of: of is PLAIN and each is LAMP)) == {"ITM-1": 1}
    assert blamed(without(lambda each, of: each is LAMP, (PLAIN,))) == {"ITM-1": 1}


def test_a_lost_line_is_named() -> None:
    """The finding says which line is missing, and how many came."""
    assert found(missing_lines.findings("ITM-1", without(lambda each, of: each is LAMP, (PLAIN,)))) == [
        ("Items", "LAMP Lamp × 1, 45.00 each", "1 of 2 lines")
    ]

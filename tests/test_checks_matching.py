"""Exported orders and lines are paired with the store's, whatever else is wrong with them."""

from __future__ import annotations

from copy import deepcopy
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from conformance.checks.matching import Pair, pair_orders
from mockstore.orders.model import Item, Option
from tests.support.judged import FACTS, LAMP, MUG, document, edited, element_of, order, pair, worked

RED = msgspec.structs.replace(MUG, quantity=1)
BLUE = msgspec.structs.replace(MUG, line_id="13", quantity=1, options=(Option("Colour", "Blue"),))


def matched(judged: Pair) -> list[tuple[str, str]]:
    """XPath of each matched line, and the id of the line that it is."""
    return [(line.xpath.rpartition("/")[2], item.line_id) for line, item in judged.lines.matched]


def reversed_lines(element: etree._Element) -> None:
    """The lines the other way round."""
    lines = element.find("Items")
    assert lines is not None
    lines[:] = list(lines)[::-1]


def test_lines_may_stand_in_any_order() -> None:
    """A line is paired by its values, not by its place."""
    assert matched(worked(order(), reversed_lines)) == [("Item[1]", "12"), ("Item[2]", "11")]


@pytest.mark.parametrize("element", ["LineItemID", "SKU", "Name", "Quantity", "UnitPrice", "Options"])
def test_a_line_is_paired_without_any_one_of_its_values(element: str) -> None:
    """One wrong or missing value doesn't make it another line."""
    edits = {f"Items/Item[1]/{element}": None if element == "Options" else "9"}
    assert matched(pair(edits=edits)) == [("Item[1]", "11"), ("Item[2]", "12")]


@pytest.mark.parametrize("names", [("LineItemID", "SKU"), ("SKU", "Name"), ("LineItemID", "Name", "UnitPrice")])
def test_a_line_is_paired_by_its_remaining_values(names: tuple[str, ...]) -> None:
    """Several values may be wrong."""
    edits = {f"Items/Item[{place}]/{name}": f"9{place}" for name in names for place in (1, 2)}
    assert matched(pair(edits=edits)) == [("Item[1]", "11"), ("Item[2]", "12")]


def test_lines_of_one_sku_are_paired_by_their_options() -> None:
    """Two lines without ids stand in the opposite order."""
    judged = worked(order(items=(RED, BLUE)), reversed_lines, edits={f"Items/Item[{n}]/LineItemID": "" for n in (1, 2)})
    assert matched(judged) == [("Item[1]", "13"), ("Item[2]", "11")]


def test_a_copy_is_no_partner_of_another_line() -> None:
    """If a line comes twice instead of another, the other is missing and the copy is surplus."""

    def copied(element: etree._Element) -> None:
        lines = element.find("Items")
        assert lines is not None
        lines[1:] = [deepcopy(lines[0])]

    judged = worked(order(items=(MUG, msgspec.structs.replace(LAMP, quantity=2))), copied)
    assert matched(judged) == [("Item[1]", "11")]
    assert [item.line_id for item in judged.lines.missing] == ["12"]
    assert [line.xpath.rpartition("/")[2] for line in judged.lines.surplus] == ["Item[2]"]


def test_two_equal_lines_are_two_lines() -> None:
    """The same product bought twice in one order isn't a copy."""
    judged = pair(order(items=(MUG, msgspec.structs.replace(MUG, line_id="14"))))
    assert len(judged.lines.matched) == 2
    assert not judged.lines.surplus


def test_an_unknown_line_is_surplus() -> None:
    """A line that has no value of the missing one isn't paired with it."""
    stranger = Item(line_id="99", sku="SHIPPING", name="Shipping", quantity=7, unit_price=Decimal("4.90"))

    def instead(element: etree._Element) -> None:
        lines, other = element.find("Items"), element_of(order(items=(stranger,))).find("Items")
        assert lines is not None
        assert other is not None
        lines[0:1] = list(other)

    judged = worked(order(items=(LAMP, MUG)), instead)
    assert [item.line_id for item in judged.lines.missing] == ["12"]
    assert len(judged.lines.surplus) == 1


@pytest.mark.parametrize(
    "edits",
    [{"OrderNumber": "other"}, {"OrderID": "other"}, {"OrderID": "x", "OrderNumber": "y"}, {"OrderNumber": "77"}],
)
def test_an_order_is_paired_by_number_id_or_email(edits: dict[str, str]) -> None:
    """A wrong number is one finding, not a missing order."""
    reading = document(edited(element_of(order()), edits))
    pairs, strangers = pair_orders(reading.orders, (order(),), FACTS)
    assert [each.truth.order_number for each in pairs] == ["1001"]
    assert not strangers


def test_an_email_address_of_several_orders_pairs_none() -> None:
    """A customer with several orders doesn't identify one."""
    known = (order(), order(order_number="1002", order_id="78"))
    reading = document(edited(element_of(order()), {"OrderID": "x", "OrderNumber": "y"}))
    pairs, strangers = pair_orders(reading.orders, known, FACTS)
    assert not pairs
    assert len(strangers) == 1


def test_a_line_is_its_own_twin_by_its_id() -> None:
    """A line that lost its options looks like its twin without options. Its LineItemID tells which it is."""
    bare = msgspec.structs.replace(RED, line_id="13", options=())
    held = order(items=(RED, bare))
    judged = worked(held, edits={"Items/Item[1]/Options": None})
    assert matched(judged) == [("Item[1]", RED.line_id), ("Item[2]", "13")]


def test_an_order_is_not_paired_with_another_order_of_its_customer() -> None:
    """An e-mail address pairs orders only if one order alone has it."""
    shown = worked(order(order_number="7")).exported
    stranger = document(edited(element_of(order()), {"OrderNumber": "8", "OrderID": "8"})).orders[0]
    held = [order(order_number=number) for number in ("7", "9")]
    pairs, unmatched = pair_orders([shown, stranger], held, FACTS)
    assert [each.truth.order_number for each in pairs] == ["7"]
    assert len(unmatched) == 1

"""ITM: SKUs, names, quantities, prices and ids of lines, and which line a value belongs to."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from decimal import Decimal

import msgspec
import pytest
from lxml import etree

from conformance.checks import items
from conformance.checks.missing_lines import FREE, ONE_OF_MANY, TWIN, WITHOUT_SKU
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Option
from tests.support.judged import LAMP, MUG, exported, found, one_line, order, pair, worked

FIRST, SECOND = "Items/Item[1]", "Items/Item[2]"


def at_first(element: str, text: str | None, *, of: Item = MUG) -> list[tuple[str | None, str | None, str | None]]:
    """The findings of all checks of lines if an element of the only line has another text."""
    judged = pair(one_line(of), {f"{FIRST}/{element}": text})
    judges: tuple[Callable[..., object], ...] = (
        items.sku_matches,
        items.name_matches,
        items.quantity_matches,
        items.unit_price_matches,
        items.no_value_of_another_line,
        items.no_surplus_line,
    )
    findings: list[Finding] = []
    for judge in judges:
        findings += judge(judged)  # type: ignore[arg-type]
    return found(findings)


@pytest.mark.parametrize(
    ("element", "text", "expected"),
    [
        ("SKU", "CUP", "MUG"),
        ("SKU", "mug", "MUG"),
        ("Name", "Mug (Colour)", "Mug"),
        ("Name", "Cup Colour: Red", "Mug"),
        ("Name", "", "Mug"),
        ("Quantity", "1", "2"),
        ("UnitPrice", "19.00", "9.50"),
        ("UnitPrice", "950", "9.50"),
        ("UnitPrice", "9", "9.50"),
        ("UnitPrice", "9,50", "9.50"),
    ],
)
def test_a_wrong_value_is_one_finding(element: str, text: str, expected: str) -> None:
    """The finding names the element, the expected value and the actual one; no other check reports the line."""
    assert at_first(element, text) == [(f"{FIRST}/{element}", expected, text)]


@pytest.mark.parametrize(
    ("element", "text"),
    [
        ("SKU", " MUG "),
        ("Name", "Mug (Colour: Red)"),
        ("Name", "Mug, Red"),
        ("Quantity", "2.0"),  # that it is no whole number is said of the document alone
        ("UnitPrice", "9.5"),
        ("UnitPrice", "9.5000"),
        ("UnitPrice", "9.5049"),
    ],
)
def test_another_form_of_a_value_is_right(element: str, text: str) -> None:
    """Blanks at the ends and the number of decimals make no difference."""
    assert at_first(element, text) == []


@pytest.mark.parametrize(("length", "right"), [(50, True), (100, True), (49, True), (20, False), (70, False)])
def test_a_long_sku_may_be_cut_at_50_or_100(length: int, right: bool) -> None:
    """Both limits of the sources are accepted, with room for an ellipsis; no other is."""
    long = Item(line_id="1", sku="S" + "0123456789" * 12, name="Long", unit_price=Decimal(1))
    judged = pair(one_line(long), {f"{FIRST}/SKU": long.sku[:length]})
    assert bool(found(items.sku_matches(judged))) is not right


@pytest.mark.parametrize(("length", "right"), [(200, True), (197, True), (100, False)])
def test_a_long_name_may_be_cut_at_200(length: int, right: bool) -> None:
    """A name is cut at its field's length, not before."""
    judged = pair(one_line(MUG, name="N" * 250), {f"{FIRST}/Name": "N" * length})
    assert bool(found(items.name_matches(judged))) is not right


def test_damaged_characters_of_a_name_are_reported_once() -> None:
    """ORD-13 reports a name that is escaped twice, ITM-2 such a SKU."""
    judged = pair(
        one_line(MUG, name="Cup & saucer", sku="C&S"),
        {f"{FIRST}/Name": "Cup &amp; saucer", f"{FIRST}/SKU": "C&amp;S"},
    )
    assert found(items.name_matches(judged)) == []
    assert found(items.sku_matches(judged)) == [(f"{FIRST}/SKU", "C&S", "C&amp;S")]


@pytest.mark.parametrize("text", ["NO-SKU", "", "n/a"])
def test_a_product_without_sku_may_show_a_placeholder(text: str) -> None:
    """Any text may stand in for a missing SKU, unless it is another line's SKU."""
    judged = pair(order(items=(msgspec.structs.replace(MUG, sku=""), LAMP)), {f"{FIRST}/SKU": text})
    assert found([*items.sku_matches(judged), *items.no_value_of_another_line(judged)]) == []


def test_a_product_without_sku_does_not_get_another_lines() -> None:
    """ITM-11 reports the SKU of another line."""
    judged = pair(order(items=(msgspec.structs.replace(MUG, sku=""), LAMP)), {f"{FIRST}/SKU": "LAMP"})
    assert found(items.no_value_of_another_line(judged)) == [(f"{FIRST}/SKU", "(nothing)", "LAMP")]


@pytest.mark.parametrize("text", ["2.0000", "0", "100000", "-1", "two", "99,999", ""])
def test_a_quantity_is_a_whole_number(text: str) -> None:
    """ITM-4: from 1 to 99999, and written without decimals."""
    assert found(items.quantity_is_whole(exported(one_line(), {f"{FIRST}/Quantity": text}))) == [
        (f"{FIRST}/Quantity", "1 to 99999", text)
    ]


@pytest.mark.parametrize("text", ["1", "99999", " 7 "])
def test_the_ends_of_the_range_are_quantities(text: str) -> None:
    """ITM-4: 1 and 99999 are accepted."""
    assert found(items.quantity_is_whole(exported(one_line(), {f"{FIRST}/Quantity": text}))) == []


def test_a_price_may_be_that_before_the_lines_discount() -> None:
    """ITM-5 accepts the full price and the reduced one; DIS-7 judges them with the adjustments."""
    held = one_line(MUG, unit_price=Decimal("8.00"), discount=Decimal("1.50"))
    assert found(items.unit_price_matches(pair(held, {f"{FIRST}/UnitPrice": "9.50"}))) == []
    assert found(items.unit_price_matches(pair(held, {f"{FIRST}/UnitPrice": "6.50"}))) == [
        (f"{FIRST}/UnitPrice", "8.00", "6.50")
    ]


def test_swapped_prices_are_reported_as_another_lines() -> None:
    """ITM-11 reports lines that have each other's prices; ITM-5 doesn't."""
    judged = pair(edits={f"{FIRST}/UnitPrice": "45.00", f"{SECOND}/UnitPrice": "9.50"})
    assert found(items.unit_price_matches(judged)) == []
    assert found(items.no_value_of_another_line(judged)) == [
        (f"{FIRST}/UnitPrice", "9.50", "45.00"),
        (f"{SECOND}/UnitPrice", "45.00", "9.50"),
    ]


def test_a_price_that_equals_anothers_by_chance_is_wrong() -> None:
    """ITM-5 reports it if another price of the order is wrong without being another line's."""
    judged = pair(edits={f"{FIRST}/UnitPrice": "45.00", f"{SECOND}/UnitPrice": "46.00"})
    assert len(found(items.unit_price_matches(judged))) == 2
    assert found(items.no_value_of_another_line(judged)) == []


@pytest.mark.parametrize(
    ("element", "own", "others"),
    [("Name", "Mug", "Lamp"), ("ImageUrl", "https://shop.example/mug.png", "https://shop.example/lamp.png")],
)
def test_another_lines_value_is_reported_once(element: str, own: str, others: str) -> None:
    """ITM-11 reports it, and the field's own requirement doesn't."""
    judged = pair(edits={f"{FIRST}/{element}": others})
    assert found(items.no_value_of_another_line(judged)) == [(f"{FIRST}/{element}", own, others)]
    assert found(items.name_matches(judged)) == []


def test_line_ids_are_present_and_unique() -> None:
    """ITM-8: a shipped line is named by its id."""
    assert found(items.line_ids_unique(exported())) == []
    assert found(items.line_ids_unique(exported(edits={f"{SECOND}/LineItemID": "11"}))) == [
        (f"{SECOND}/LineItemID", "an id of the line's own", "11")
    ]
    assert found(items.line_ids_unique(exported(edits={f"{FIRST}/LineItemID": None}))) == [
        (f"{FIRST}/LineItemID", "an id of the line's own", "(no such element)")
    ]


def test_a_line_that_comes_twice_is_surplus() -> None:
    """ITM-1: the copy is not taken for another line with wrong values."""

    def doubled(element: etree._Element) -> None:
        lines = element.find("Items")
        assert lines is not None
        lines.insert(1, deepcopy(lines[0]))

    judged = worked(order(), doubled)
    assert found(items.no_surplus_line(judged)) == [(SECOND, "2 lines", "MUG Mug × 2")]
    assert [item for _, item in judged.lines.matched] == [MUG, LAMP]


def test_an_unmarked_discount_is_no_surplus_line() -> None:
    """DIS-1 reports a line with a negative price as a discount without Adjustment."""
    judged = pair(one_line(), {"Items/Item[1]/UnitPrice": "9.50"})
    items_element = judged.exported.element.find("Items")
    assert items_element is not None
    added = etree.SubElement(items_element, "Item")
    for tag, text in (("SKU", "SALE"), ("Name", "Sale"), ("Quantity", "1"), ("UnitPrice", "-2.00")):
        etree.SubElement(added, tag).text = text
    assert found(items.no_surplus_line(judged)) == []


def test_which_orders_are_judged() -> None:
    """Each scenario looks at the orders that have what it is about."""
    assert items.has_several_lines(pair())
    assert not items.has_several_lines(pair(one_line()))


def test_which_lines_are_judged() -> None:
    """Each scenario looks at the lines that have what it is about."""
    twin = msgspec.structs.replace(MUG, line_id="13", options=(Option("Colour", "Blue"),))
    twins = order(items=(MUG, twin))
    assert TWIN.holds(twin, twins)
    assert not TWIN.holds(MUG, order())
    assert not ONE_OF_MANY.holds(MUG, order())
    assert FREE.holds(msgspec.structs.replace(MUG, unit_price=Decimal(0)), order())
    assert WITHOUT_SKU.holds(msgspec.structs.replace(MUG, sku=" "), order())

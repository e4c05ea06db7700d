"""WGT: weights, their units and precision, and the weight of the order."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from lxml import etree

from conformance.checks import weight
from conformance.checks.matching import Pair
from mockstore.orders.model import Item, Option, Order, Weight
from tests.support.judged import LAMP, MUG, Edits, exported, found, one_line, order, pair, worked

FIRST = "Items/Item[1]"
HELD = one_line(MUG, options=(), weight=Weight(Decimal("0.375"), "kg"), quantity=4)


def sent(value: str | None, unit: str | None, held: Order = HELD) -> Pair:
    """The plain order beside an export with this weight on its first line."""
    edits: Edits = {f"{FIRST}/Weight": value, f"{FIRST}/WeightUnits": unit}
    return pair(held, edits)


def judged(each: Pair) -> set[str]:
    """The requirements that have findings."""
    judges: dict[str, Callable[[Pair], object]] = {
        "WGT-1": weight.weight_is_of_one_unit,
        "WGT-2": lambda each: weight.unit_is_known(each.exported),
        "WGT-3": weight.weight_matches,
        "WGT-4": weight.total_weight_matches,
        "WGT-5": lambda each: [*weight.weightless_line_says_so(each), *weight.not_negative(each.exported)],
    }
    return {name for name, judge in judges.items() if found(judge(each))}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("375", "Grams"),
        ("375.00", "gm"),
        ("0.83", "Pounds"),
        ("0.8", "lb"),
        ("13.23", "oz"),
        ("13", "OUNCES"),
    ],
)
def test_any_unit_of_shipstation_is_right(value: str, unit: str) -> None:
    """Each weight is compared to the decimals that were sent."""
    assert judged(sent(value, unit)) == set()


@pytest.mark.parametrize(
    ("value", "unit"),
    [
        ("0.38", "Grams"),  # kilograms, relabelled
        ("375", "Pounds"),
        ("13.23", "lb"),  # ounces, relabelled
        ("375000", "Grams"),
        ("1", "Pounds"),  # rounded to whole pounds
        ("0", "Pounds"),  # cut to whole pounds
        ("0.82", "Pounds"),
        ("374", "Grams"),
        ("0.83 lb", "Pounds"),
    ],
)
def test_a_weight_that_is_not_the_products_is_one_finding(value: str, unit: str) -> None:
    """WGT-3 alone reports it; WGT-4 doesn't report the order's weight."""
    assert judged(sent(value, unit)) == {"WGT-3"}


@pytest.mark.parametrize(
    ("value", "unit"), [("1500", "Grams"), ("3.31", "Pounds"), ("3.32", "Pounds"), (None, None), ("", "Grams")]
)
def test_the_weight_of_all_units_or_none_is_not_that_of_one(value: str | None, unit: str | None) -> None:
    """WGT-1 alone reports weights that are multiplied, before or after rounding, or missing."""
    assert judged(sent(value, unit)) == {"WGT-1"}


@pytest.mark.parametrize("unit", ["kg", "", "Kilograms", "stone", None])
def test_a_unit_that_shipstation_lacks_is_one_finding(unit: str | None) -> None:
    """WGT-2: without a unit, a value means nothing."""
    assert judged(sent("0.375", unit)) == {"WGT-2"}


@pytest.mark.parametrize("unit", ["kg", "KG", "kilograms", "g", "gram", "lbs", "lb", "Pounds", "oz", "ounces"])
def test_the_records_unit_may_be_spelt_in_any_way(unit: str) -> None:
    """Letter case and plural make no difference."""
    own = one_line(MUG, options=(), weight=Weight(Decimal(2), unit))
    grams = {"k": 2000, "g": 2, "l": "907.18", "p": "907.18", "o": "56.70"}[unit[0].lower()]
    assert judged(_in_grams(own, f"{grams}")) == set()
    assert judged(_in_grams(own, "450")) == {"WGT-3"}


def _in_grams(held: Order, value: str) -> Pair:
    plain = order(items=(_lighter(held.items[0]),))
    other = pair(plain, {f"{FIRST}/Weight": value})
    return Pair(other.exported, held, other.facts)


def _lighter(item: Item) -> Item:
    return Item(item.line_id, item.sku, item.name, item.quantity, item.unit_price, Weight(Decimal(1), "g"))


def test_a_record_in_an_unknown_unit_is_not_judged() -> None:
    """The suite doesn't know what such a line weighs."""
    assert judged(_in_grams(one_line(MUG, options=(), weight=Weight(Decimal(2), "pood")), "450")) == set()


HEAVY = Option("Case", "Steel", Weight(Decimal("0.25"), "kg"))
WITH_OPTION = one_line(MUG, options=(HEAVY, Option("Colour", "Red")), quantity=3)


def option_weight(value: str | None) -> Callable[[etree._Element], None]:
    """Puts this weight to the first option, or takes it away."""

    def put(element: etree._Element) -> None:
        found = element.find(f"{FIRST}/Options/Option[1]/Weight")
        assert found is not None
        if value is None:
            found.getparent().remove(found)  # type: ignore[union-attr]
        else:
            found.text = value

    return put


def test_option_weights_may_be_part_of_the_lines() -> None:
    """The order's weight is the same either way."""
    assert judged(pair(WITH_OPTION)) == set()
    assert judged(worked(WITH_OPTION, option_weight(None), edits={f"{FIRST}/Weight": "600"})) == set()


@pytest.mark.parametrize(("own", "options"), [("350", None), ("600", "250"), ("350", "750"), ("350", "0.25")])
def test_options_that_weigh_nothing_or_twice_are_one_finding(own: str, options: str | None) -> None:
    """WGT-4: option weights are left out, counted twice, for all units or in another unit; each line is right."""
    assert judged(worked(WITH_OPTION, option_weight(options), edits={f"{FIRST}/Weight": own})) == {"WGT-4"}


def test_the_total_is_not_judged_if_something_else_is_wrong() -> None:
    """Other requirements report missing lines, quantities and options."""
    assert judged(pair(WITH_OPTION, {f"{FIRST}/Quantity": "1"})) == set()
    assert judged(pair(WITH_OPTION, {f"{FIRST}/Options": None})) == set()
    assert judged(pair(WITH_OPTION, {f"{FIRST}/Options/Option[1]/Value": "47"})) == set()


def test_the_total_may_be_the_sum_or_the_stores_own() -> None:
    """The store may round its own total."""
    held = order(items=(MUG, LAMP), weight=Weight(Decimal("2.7"), "kg"))
    assert judged(pair(held)) == set()
    stated = order(items=(MUG, LAMP), weight=Weight(Decimal("9.9"), "kg"))
    assert judged(pair(stated)) == set()


def test_the_tolerances_of_many_units_add_up() -> None:
    """Each of 99999 units may be rounded."""
    held = one_line(MUG, options=(), quantity=99999, weight=Weight(Decimal("0.0004"), "kg"))
    assert judged(sent("0", "Grams", held)) == set()
    assert judged(sent("2", "Grams", held)) == {"WGT-3"}


NOTHING = one_line(MUG, options=(), weight=None)


@pytest.mark.parametrize(("value", "unit"), [("0", "Grams"), ("0.00", ""), ("", ""), ("0", "kg")])
def test_a_line_without_weight_has_none_or_0(value: str, unit: str) -> None:
    """A weight of 0 needs no unit."""
    assert judged(sent(value, unit, NOTHING)) == set()


@pytest.mark.parametrize("value", ["1", "0.01", "-1"])
def test_a_line_without_weight_weighs_nothing(value: str) -> None:
    """WGT-5 alone reports a weight for it."""
    assert judged(sent(value, "Grams", NOTHING)) == {"WGT-5"}


def test_no_weight_is_negative() -> None:
    """WGT-5: neither a line's nor an option's, whatever the record says."""
    damaged = exported(WITH_OPTION, {f"{FIRST}/Options/Option[1]/Weight": "-1"})
    assert found(weight.not_negative(damaged)) == [
        (f"{FIRST}/Options/Option[1]/Weight", "0 or more, or no Weight", "-1")
    ]


def test_which_orders_are_judged() -> None:
    """Each scenario looks at the orders that have what it is about."""
    assert weight.has_weight(pair())
    assert not weight.has_weight(pair(NOTHING))
    assert weight.has_weightless_line(pair(NOTHING))
    assert not weight.has_weightless_line(pair())
    assert weight.has_exported_weight(exported())


CASE = one_line(
    MUG, weight=None, quantity=2, options=(Option("Case", "Steel", Weight(Decimal("0.25"), "kg")), Option("Size", "L"))
)
"""A line without a weight of its own, whose option weighs 250 g."""
OPTION = f"{FIRST}/Options/Option[1]/Weight"


@pytest.mark.parametrize(
    ("line", "unit", "option", "requirements"),
    [
        ("0.00", "Grams", "250.00", set()),
        (None, "Grams", "250.00", set()),
        ("250.00", "Grams", None, set()),
        (None, None, None, {"WGT-4"}),
        ("0.00", "Grams", None, {"WGT-4"}),
        (None, None, "250.00", {"WGT-2"}),
    ],
)
def test_options_of_a_line_without_a_weight_weigh_something(
    line: str | None, unit: str | None, option: str | None, requirements: set[str]
) -> None:
    """WGT-4: they count, with their own weight or in that of the line."""
    own = {f"{FIRST}/Weight": line, f"{FIRST}/WeightUnits": unit}
    edits: Edits = {OPTION: option, **{path: text for path, text in own.items() if text is not None}}
    came = pair(CASE, edits)
    assert judged(came) == requirements
    assert weight.has_weight(came)

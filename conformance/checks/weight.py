"""WGT: weights, of a line and of the order, in whatever unit they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from conformance.checks.compare import is_same_weight, weight_tolerance
from conformance.checks.findings import about, at
from conformance.checks.item_options import has_all_options, has_no_other_option
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Value
from conformance.client.parsing.values import grams_per_unit
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Weight

KILOGRAMS = dict.fromkeys(("kg", "kgs", "kilogram", "kilograms"), Decimal(1000))
"""Spellings of the unit that stores have and ShipStation lacks."""


def in_grams(weight: Weight | None) -> Decimal | None:
    """A weight of the store's in grams; none weighs nothing. None where its unit isn't known."""
    if weight is None or not weight.value:
        return Decimal(0)
    unit = grams_per_unit(weight.unit) or KILOGRAMS.get(weight.unit.strip().lower())
    return None if unit is None else weight.value * unit


def options_in_grams(item: Item) -> Decimal:
    """What the options of one unit add; what isn't known adds nothing."""
    return sum((in_grams(option.weight) or Decimal(0) for option in item.options), Decimal(0))


def lines_of_known_weight(pair: Pair) -> list[tuple[ExportedLine, Item, Decimal]]:
    """The lines of which is known what they weigh, with that in grams, their options apart."""
    return [(line, item, own) for line, item in pair.lines.matched if (own := in_grams(item.weight)) is not None]


def has_weight(pair: Pair) -> bool:
    """Whether a line of the order weighs anything."""
    return any(in_grams(item.weight) for item in pair.truth.items)


def states_weight(order: ExportedOrder) -> bool:
    """Whether a line of the export has a weight."""
    return any(line["Weight"].filled for line in order.lines)


def unit_is_known(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-2: a weight comes with a unit that ShipStation knows; a weight of 0 needs none."""
    for line in order.lines:
        weight, unit = line["Weight"], line["WeightUnits"]
        if weight.filled and weight.decimal != 0 and grams_per_unit(unit.text) is None:
            yield at(unit, order, "The weight has no unit that ShipStation knows.", "Pounds, Ounces or Grams")


def weight_is_of_one_unit(pair: Pair) -> Iterator[Finding]:
    """WGT-1: Weight is that of one unit of the line, not of all of them, nor nothing."""
    for line, item, own in lines_of_known_weight(pair):
        unit, weight = grams_per_unit(line["WeightUnits"].text), line["Weight"]
        if not weight.filled and own:
            yield at(weight, pair.exported, "The line's weight is missing.", _shown(own, unit or Decimal(1)))
        elif unit and not _is_right(line, item, own, unit) and _is_of_all(item, own, weight, unit):
            yield at(weight, pair.exported, f"It is the weight of all {item.quantity} units.", _shown(own, unit))


def _is_of_all(item: Item, own: Decimal, weight: Value, unit: Decimal) -> bool:
    """Whether a weight is that of all units of a line together, with its options or without."""
    if weight.decimal is None or item.quantity < 2:
        return False
    wholes = (own * item.quantity, (own + options_in_grams(item)) * item.quantity)
    slack = item.quantity * weight_tolerance(weight.text, unit)  # rounded first, multiplied then
    return any(whole > 0 and abs(weight.decimal * unit - whole) <= min(slack, whole / 2) for whole in wholes)


def weight_matches(pair: Pair) -> Iterator[Finding]:
    """WGT-3: value and unit agree with the store's, whichever unit is sent."""
    for line, item, own in lines_of_known_weight(pair):
        unit, weight = grams_per_unit(line["WeightUnits"].text), line["Weight"]
        if unit is None or not weight.filled or _is_right(line, item, own, unit) or _is_of_all(item, own, weight, unit):
            continue
        if not own and not options_in_grams(item) and weight.decimal is not None:
            continue  # a weight where there is none is WGT-5's matter
        stored = f" (the store: {item.weight.value.normalize():f} {item.weight.unit})" if item.weight else ""
        yield at(
            weight,
            pair.exported,
            f"The weight in {line['WeightUnits'].text} isn't the product's.",
            f"{_shown(own, unit)}{stored}",
        )


def _is_right(line: ExportedLine, item: Item, own: Decimal, unit: Decimal) -> bool:
    """Whether the line's weight is right, its options' included or not: whether they count twice then is WGT-4's."""
    return is_same_weight(own, line["Weight"], unit) or is_same_weight(
        own + options_in_grams(item), line["Weight"], unit
    )


def _shown(own: Decimal, unit: Decimal) -> str:
    return f"{(own / unit).quantize(Decimal('0.01'))}"


def total_weight_matches(pair: Pair) -> Iterator[Finding]:
    """WGT-4: Σ quantity × (weight + option weights) is the store's total.

    Judged where lines, quantities and options all came and each line's weight is right by itself:
    what is wrong there is the matter of the requirement that names it.
    """
    known = lines_of_known_weight(pair)
    if pair.lines.missing or pair.lines.surplus or len(known) < len(pair.truth.items):
        return
    came, slack = Decimal(0), Decimal("0.5")
    for line, item, own in known:
        unit, quantity = grams_per_unit(line["WeightUnits"].text), line["Quantity"].decimal
        weightless = not own and not line["Weight"].decimal
        if quantity != item.quantity or not has_all_options(line, item) or not has_no_other_option(line, item):
            return
        if not weightless and (unit is None or not _is_right(line, item, own, unit)):
            return
        for weight in (line["Weight"], *(option["Weight"] for option in line.options)):
            if weight.decimal is not None and unit is not None:
                came += quantity * weight.decimal * unit
                slack += quantity * weight_tolerance(weight.text, unit)
    expected = sum((item.quantity * (own + options_in_grams(item)) for _, item, own in known), Decimal(0))
    stated = in_grams(pair.truth.weight) if pair.truth.weight else None
    if min(abs(came - each) for each in (expected, expected if stated is None else stated)) > slack:
        yield about(
            pair.exported,
            "The weights of lines and options don't give the order's.",
            f"{expected.normalize():f} g",
            f"{came.normalize():f} g",
            f"{pair.exported.xpath}/Items",
        )


def not_negative(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-5: no weight is negative; that it is a number is ORD-1's matter."""
    for line in order.all_lines:
        for part in (line, *line.options):
            weight = part["Weight"]
            if weight.decimal is not None and weight.decimal < 0:
                yield at(weight, order, "The weight is negative.", "0 or more, or no Weight")


def weightless_line_says_so(pair: Pair) -> Iterator[Finding]:
    """WGT-5: a line without weight says 0 or leaves Weight out."""
    for line, item, own in lines_of_known_weight(pair):
        weight = line["Weight"]
        if not own and not options_in_grams(item) and weight.decimal:
            yield at(weight, pair.exported, "The product has no weight.", "0, or no Weight")


def has_weightless_line(pair: Pair) -> bool:
    """Whether a line weighs nothing."""
    return any(in_grams(item.weight) == 0 and not options_in_grams(item) for item in pair.truth.items)

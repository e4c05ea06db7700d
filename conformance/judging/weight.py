"""WGT: weights, of a line and of the order, in whatever unit they are sent."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from conformance.judging.compare import same_weight, weight_tolerance
from conformance.judging.finding import Finding, about, at
from conformance.judging.pairing import Pair
from conformance.reading.order import ExportedOrder, Line, Value
from conformance.reading.values import unit_in_grams
from mockstore.orders.model import Item, Weight
from mockstore.shop import GRAMS_PER_UNIT


def grams(weight: Weight | None) -> Decimal:
    """A weight of the store's in grams; none weighs nothing."""
    return Decimal(0) if weight is None else weight.value * GRAMS_PER_UNIT.get(weight.unit.lower(), Decimal(1))


def options_grams(item: Item) -> Decimal:
    """What the options of one unit add."""
    return sum((grams(option.weight) for option in item.options), Decimal(0))


def has_weight(pair: Pair) -> bool:
    """Whether a line of the order weighs anything."""
    return any(grams(item.weight) for item in pair.truth.items)


def states_weight(order: ExportedOrder) -> bool:
    """Whether a line of the export has a weight."""
    return any(line["Weight"].filled for line in order.lines)


def knows_unit(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-2: a weight comes with a unit that ShipStation knows; a weight of 0 needs none."""
    for line in order.lines:
        weight, unit = line["Weight"], line["WeightUnits"]
        if weight.filled and weight.decimal != 0 and unit_in_grams(unit.text) is None:
            yield at(unit, order, "The weight has no unit that ShipStation knows.", "Pounds, Ounces or Grams")


def of_one_unit(pair: Pair) -> Iterator[Finding]:
    """WGT-1: Weight is that of one unit of the line, not of all of them, nor nothing."""
    for line, item in pair.lines.matched:
        unit, weight = unit_in_grams(line["WeightUnits"].text), line["Weight"]
        if not weight.filled and grams(item.weight):
            yield at(weight, pair.exported, "The line's weight is missing.", _shown(item, unit or Decimal(1)))
        elif unit and not _right(line, item, unit) and _of_all(item, weight, unit):
            yield at(weight, pair.exported, f"It is the weight of all {item.quantity} units.", _shown(item, unit))


def _of_all(item: Item, weight: Value, unit: Decimal) -> bool:
    """Whether a weight is that of all units of a line together."""
    whole = grams(item.weight) * item.quantity
    return item.quantity > 1 and whole > 0 and same_weight(whole, weight, unit)


def agrees(pair: Pair) -> Iterator[Finding]:
    """WGT-3: value and unit agree with the store's, whichever unit is sent."""
    for line, item in pair.lines.matched:
        unit = unit_in_grams(line["WeightUnits"].text)
        weight = line["Weight"]
        if unit is None or not weight.filled or _right(line, item, unit):
            continue
        if not _of_all(item, weight, unit):
            shown = (
                f"{_shown(item, unit)} (the store: {item.weight.value.normalize():f} {item.weight.unit})"
                if item.weight
                else "0"
            )
            yield at(weight, pair.exported, f"The weight in {line['WeightUnits'].text} isn't the product's.", shown)


def _right(line: Line, item: Item, unit: Decimal) -> bool:
    """Whether the line's weight is right; one that includes the options' is, if they carry none."""
    if same_weight(grams(item.weight), line["Weight"], unit):
        return True
    separate = any(option["Weight"].decimal for option in line.options)
    return not separate and same_weight(grams(item.weight) + options_grams(item), line["Weight"], unit)


def _shown(item: Item, unit: Decimal) -> str:
    return f"{(grams(item.weight) / unit).quantize(Decimal('0.01'))}"


def total(pair: Pair) -> Iterator[Finding]:
    """WGT-4: Σ quantity × (weight + option weights) is the store's total.

    Judged where lines, quantities and options all came: what is missing there is their own matter.
    """
    came, slack = Decimal(0), Decimal("0.5")
    for line, item in pair.lines.matched:
        unit = unit_in_grams(line["WeightUnits"].text)
        quantity = line["Quantity"].decimal
        if quantity != item.quantity or (line["Weight"].filled and unit is None and line["Weight"].decimal != 0):
            return
        if len(line.options) < min(len(item.options), 10) or (not line["Weight"].filled and grams(item.weight)):
            return
        weights = [line["Weight"], *(option["Weight"] for option in line.options)]
        for weight in weights:
            if weight.filled and weight.decimal is not None and unit is not None:
                came += quantity * weight.decimal * unit
                slack += quantity * weight_tolerance(weight.text, unit)
    if pair.lines.missing or pair.lines.surplus:
        return
    expected = sum(
        (item.quantity * (grams(item.weight) + options_grams(item)) for item in pair.truth.items), Decimal(0)
    )
    stated = grams(pair.truth.weight) if pair.truth.weight else expected
    if min(abs(came - expected), abs(came - stated)) > slack:
        yield about(
            pair.exported,
            "The weights of lines and options don't give the order's.",
            f"{expected.normalize():f} g",
            f"{came.normalize():f} g",
            f"{pair.exported.xpath}/Items",
        )


def not_negative(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-5: no weight is negative, and one that is there is a number."""
    for line in order.all_lines:
        for part in (line, *line.options):
            weight = part["Weight"]
            if weight.filled and (weight.decimal is None or weight.decimal < 0):
                yield at(weight, order, "The weight is negative, or no number.", "0 or more, or no Weight")


def weightless(pair: Pair) -> Iterator[Finding]:
    """WGT-5: a line without weight says 0 or leaves Weight out."""
    for line, item in pair.lines.matched:
        weight = line["Weight"]
        if not grams(item.weight) and not options_grams(item) and weight.filled and weight.decimal:
            yield at(weight, pair.exported, "The product has no weight.", "0, or no Weight")


def has_weightless(pair: Pair) -> bool:
    """Whether a line weighs nothing."""
    return any(not grams(item.weight) and not options_grams(item) for item in pair.truth.items)

"""WGT: the weights of lines and of the order, in any unit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from conformance.checks.compare import half_of_last_decimal, is_same_weight, weight_tolerance
from conformance.checks.findings import about, at
from conformance.checks.item_options import has_all_options, has_no_other_option
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder, Value
from conformance.contract.weight_units import grams_per_unit, known_unit
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Weight

MIN_TOTAL_TOLERANCE_G = Decimal("0.5")
"""A difference of half a gram between the order's weight and the sum of its lines is always accepted."""


def in_grams(weight: Weight | None) -> Decimal | None:
    """Return a weight of the record in grams: 0 for no weight, None if its unit is unknown."""
    if weight is None or not weight.value:
        return Decimal(0)
    unit = known_unit(weight.unit)
    return None if unit is None else weight.value * unit.grams


def options_in_grams(item: Item) -> Decimal:
    """Return the weight that the options add to one unit of a line. An unknown weight adds nothing."""
    return sum((in_grams(option.weight) or Decimal(0) for option in item.options), Decimal(0))


@dataclass(frozen=True, slots=True)
class WeighedLine:
    """An exported line with its record and the weight of one unit, in grams, without options."""

    exported: ExportedLine
    item: Item
    own: Decimal

    @property
    def weight(self) -> Value:
        """The exported weight."""
        return self.exported["Weight"]

    @property
    def unit(self) -> Decimal | None:
        """The grams in one exported unit; None if ShipStation doesn't know the unit."""
        return grams_per_unit(self.exported["WeightUnits"].text)

    @property
    def with_options(self) -> Decimal:
        """The weight of one unit with its options, in grams."""
        return self.own + options_in_grams(self.item)

    @property
    def is_right(self) -> bool:
        """True if the exported weight is that of one unit, with or without options. (WGT-4 checks double counting.)"""
        unit = self.unit
        return unit is not None and any(
            is_same_weight(grams, self.weight, unit) for grams in (self.own, self.with_options)
        )

    @property
    def is_of_all_units(self) -> bool:
        """True if the exported weight is that of all units of the line together."""
        unit, sent = self.unit, self.weight.decimal
        if unit is None or sent is None or self.item.quantity < 2:
            return False
        slack = self.item.quantity * weight_tolerance(
            self.weight.text, unit
        )  # the weight was rounded before it was multiplied
        if abs(sent * unit - self.own) <= half_of_last_decimal(self.weight.text) * unit:
            return False  # the weight of one unit, rounded coarsely
        totals = (self.item.quantity * grams for grams in (self.own, self.with_options))
        return any(total > 0 and abs(sent * unit - total) <= min(slack, total / 2) for total in totals)

    def shown(self, grams: Decimal) -> str:
        """Return a weight in the exported unit, or in grams if that unit is unknown."""
        return f"{grams / (self.unit or Decimal(1)):.2f}"


def lines_of_known_weight(pair: Pair) -> list[WeighedLine]:
    """Return the matched lines whose weight the store's record gives in a known unit."""
    weighed = ((line, item, in_grams(item.weight)) for line, item in pair.lines.matched)
    return [WeighedLine(line, item, own) for line, item, own in weighed if own is not None]


def has_weight(pair: Pair) -> bool:
    """True if a line of the order, or one of its options, weighs anything."""
    return any(in_grams(item.weight) or options_in_grams(item) for item in pair.truth.items)


def has_exported_weight(order: ExportedOrder) -> bool:
    """True if a line of the export, or one of its options, has a weight."""
    return any(part["Weight"].filled for line in order.lines for part in (line, *line.options))


def unit_is_known(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-2: a weight comes with a unit that ShipStation knows. A weight of 0 needs none.

    The weights of a line's options are in the unit of the line.
    """
    for line in order.lines:
        if _lacks_unit(line):
            message = "The weight has no unit that ShipStation knows."
            yield at(line["WeightUnits"], order, message, "Pounds, Ounces or Grams")


def _lacks_unit(line: ExportedLine) -> bool:
    weights = (part["Weight"] for part in (line, *line.options))
    return grams_per_unit(line["WeightUnits"].text) is None and any(
        weight.filled and weight.decimal != 0 for weight in weights
    )


def weight_is_of_one_unit(pair: Pair) -> Iterator[Finding]:
    """WGT-1: Weight is the weight of one unit of the line, not of all units, and isn't missing."""
    for line in lines_of_known_weight(pair):
        if not line.weight.filled and line.own:
            yield at(line.weight, pair.exported, "The line's weight is missing.", line.shown(line.own))
        elif not line.is_right and line.is_of_all_units:
            message = f"Weight is that of all {line.item.quantity} units."
            yield at(line.weight, pair.exported, message, line.shown(line.own))


def weight_matches(pair: Pair) -> Iterator[Finding]:
    """WGT-3: value and unit together are the product's weight, in any unit.

    WGT-1 reports the weight of all units. WGT-5 reports a weight of a product that has none.
    """
    for line in lines_of_known_weight(pair):
        if line.unit is None or not line.weight.filled or line.is_right or line.is_of_all_units:
            continue
        if not line.with_options and line.weight.decimal is not None:
            continue
        weight = line.item.weight
        stored = f" (the store: {weight.value.normalize():f} {weight.unit})" if weight else ""
        yield at(
            line.weight,
            pair.exported,
            f"The weight in {line.exported['WeightUnits'].text} isn't the weight of the product.",
            f"{line.shown(line.own)}{stored}",
        )


def total_weight_matches(pair: Pair) -> Iterator[Finding]:
    """WGT-4: Σ quantity × (weight + option weights) is the store's total.

    An order is judged if its lines, quantities and options all arrived and the weight of each line is right.
    If not, other requirements report that.
    """
    lines = lines_of_known_weight(pair)
    is_complete = not pair.lines.missing and not pair.lines.surplus and len(lines) == len(pair.truth.items)
    if not is_complete or not all(map(_is_right_but_for_options, lines)):
        return
    if any(_lacks_unit(line.exported) for line in lines):
        return  # WGT-2 reports that
    exported, slack = Decimal(0), MIN_TOTAL_TOLERANCE_G
    for line in lines:
        for weight in (line.weight, *(option["Weight"] for option in line.exported.options)):
            if weight.decimal is not None and line.unit is not None:
                exported += line.item.quantity * weight.decimal * line.unit
                slack += line.item.quantity * weight_tolerance(weight.text, line.unit)
    expected = sum((line.item.quantity * line.with_options for line in lines), Decimal(0))
    accepted = [expected]
    if pair.truth.weight and (stated := in_grams(pair.truth.weight)) is not None:
        accepted.append(stated)
    if all(abs(exported - total) > slack for total in accepted):
        yield about(
            pair.exported,
            "The weights of lines and options don't add up to the order's weight.",
            f"{expected.normalize():f} g",
            f"{exported.normalize():f} g",
            f"{pair.exported.xpath}/Items",
        )


def _is_right_but_for_options(line: WeighedLine) -> bool:
    """True if quantity, options and weight of a line are right, whether or not the weight includes the options."""
    is_weightless = not line.own and not line.weight.decimal
    return (
        line.exported["Quantity"].decimal == line.item.quantity
        and has_all_options(line.exported, line.item)
        and has_no_other_option(line.exported, line.item)
        and (is_weightless or line.is_right)
    )


def not_negative(order: ExportedOrder) -> Iterator[Finding]:
    """WGT-5: no weight is negative. ORD-1 reports a weight that isn't a number."""
    for line in order.all_lines:
        for part in (line, *line.options):
            weight = part["Weight"]
            if weight.decimal is not None and weight.decimal < 0:
                yield at(weight, order, "The weight is negative.", "0 or more, or no Weight")


def weightless_line_says_so(pair: Pair) -> Iterator[Finding]:
    """WGT-5: a line without weight has Weight 0, or no Weight."""
    for line in lines_of_known_weight(pair):
        if not line.with_options and line.weight.decimal:
            yield at(line.weight, pair.exported, "There is a Weight, but the product has none.", "0, or no Weight")


def has_weightless_line(pair: Pair) -> bool:
    """True if a line weighs nothing."""
    return any(in_grams(item.weight) == 0 and not options_in_grams(item) for item in pair.truth.items)

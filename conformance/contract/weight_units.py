"""Units of weight: their spellings, and the weight of one unit in grams."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightUnit:
    """A unit of weight. Spellings are in lower case."""

    name: str
    """The unit's name in the store's record (docs/control-protocol.md)."""
    grams: Decimal
    in_exports: tuple[str, ...]
    """The spellings that ShipStation accepts in WeightUnits."""
    other_spellings: tuple[str, ...] = ()
    """Further spellings, which stores and importers use outside of exports."""


WEIGHT_UNITS = (
    WeightUnit(name="lbs", grams=Decimal("453.59237"), in_exports=("lb", "lbs", "pound", "pounds")),
    WeightUnit(name="oz", grams=Decimal("28.349523125"), in_exports=("oz", "ounce", "ounces")),
    WeightUnit(name="g", grams=Decimal(1), in_exports=("g", "gm", "gms", "gram", "grams"), other_spellings=("gr",)),
    # ShipStation has no kilograms
    WeightUnit(
        name="kg",
        grams=Decimal(1000),
        in_exports=(),
        other_spellings=("kg", "kgs", "kilo", "kilos", "kilogram", "kilograms"),
    ),
)
_IN_EXPORTS = {spelling: unit for unit in WEIGHT_UNITS for spelling in unit.in_exports}
_ANYWHERE = _IN_EXPORTS | {spelling: unit for unit in WEIGHT_UNITS for spelling in unit.other_spellings}


def grams_per_unit(text: str) -> Decimal | None:
    """Return the weight of one unit in grams, for a spelling of WeightUnits; None if ShipStation doesn't know it."""
    unit = _IN_EXPORTS.get(text.strip().lower())
    return None if unit is None else unit.grams


def known_unit(text: str) -> WeightUnit | None:
    """Return the unit with this spelling, with or without a final point; None if the spelling is unknown."""
    return _ANYWHERE.get(text.strip().rstrip(".").lower())

"""Units of weight: their spellings, and what one of each weighs."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.contract.weight_units import WEIGHT_UNITS, grams_per_unit, known_unit
from mockstore.shop.shop import GRAMS_PER_UNIT


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        *((text, "453.59237") for text in ("Pounds", "pound", "LB", "lbs", "LBS")),
        *((text, "1") for text in ("Grams", "gram", "gm", "g", "GMS")),
        *((text, "28.349523125") for text in ("Ounces", "ounce", "oz", " OZ ")),
        *((text, None) for text in ("", "kg", "Kilograms", "KGS", "stone", "lb.", "pound(s)", "t")),
    ],
)
def test_the_units_that_shipstation_knows(text: str, grams: str | None) -> None:
    """In any letter case; kilograms are none of them."""
    assert grams_per_unit(text) == (Decimal(grams) if grams else None)


@given(st.text(max_size=40))
def test_any_text_is_a_unit_or_none(text: str) -> None:
    """Whatever stands in WeightUnits, reading it doesn't fail."""
    assert grams_per_unit(text) is None or text.strip().lower()[0] in "plog"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("kg", "kg"),
        (" Kilograms ", "kg"),
        ("kgs.", "kg"),
        ("gr", "g"),
        ("Pounds", "lbs"),
        ("oz.", "oz"),
        ("stone", None),
        ("", None),
    ],
)
def test_the_units_that_stores_and_importers_use(text: str, name: str | None) -> None:
    """Kilograms are known there, and a point behind an abbreviation doesn't matter."""
    unit = known_unit(text)
    assert (unit and unit.name) == name


def test_the_mock_store_has_the_same_units() -> None:
    """The names of the store's record are those of the control protocol, and weigh the same."""
    assert {unit.name: unit.grams for unit in WEIGHT_UNITS} == GRAMS_PER_UNIT

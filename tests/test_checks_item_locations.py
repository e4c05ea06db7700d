"""LOC: each line's place in the warehouse."""

from __future__ import annotations

import pytest

from conformance.checks import item_locations
from tests.support.judged import MUG, found, one_line, order, pair

FIRST, SECOND = "Items/Item[1]", "Items/Item[2]"


@pytest.mark.parametrize("text", ["", "a1", "A1 B2"])
def test_a_wrong_location_is_one_finding(text: str) -> None:
    """The finding names the element, the expected location and the actual one."""
    judged = pair(one_line(MUG), {f"{FIRST}/Location": text})
    assert found(item_locations.location_matches(judged)) == [(f"{FIRST}/Location", "A1", text)]
    assert found(item_locations.own_location(judged)) == []


def test_blanks_around_a_location_are_right() -> None:
    """Blanks at the ends don't matter."""
    judged = pair(one_line(MUG), {f"{FIRST}/Location": " A1\n"})
    assert found([*item_locations.location_matches(judged), *item_locations.own_location(judged)]) == []


def test_each_line_has_its_own_location_or_none() -> None:
    """LOC-2 reports another line's location, and a location for a product without one."""
    crossed = pair(edits={f"{SECOND}/Location": "A1"})
    assert found(item_locations.own_location(crossed)) == [(f"{SECOND}/Location", "B2", "A1")]
    assert found(item_locations.location_matches(crossed)) == []
    nowhere = pair(one_line(MUG, location=""), {f"{FIRST}/Location": "N/A"})
    assert found(item_locations.own_location(nowhere)) == [(f"{FIRST}/Location", "(nothing)", "N/A")]
    assert found(item_locations.location_matches(nowhere)) == []


def test_which_orders_are_judged() -> None:
    """A scenario about locations looks at the orders that have one."""
    assert item_locations.has_location(pair())
    assert not item_locations.has_location(pair(order(items=())))
    assert not item_locations.has_location(pair(one_line(MUG, location=" ")))

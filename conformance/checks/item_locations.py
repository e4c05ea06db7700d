"""LOC: each line's place in the warehouse."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.compare import is_same_but_damaged
from conformance.checks.findings import at
from conformance.checks.items import has_line_with, is_of_another_line, line_value_matches
from conformance.checks.matching import Pair
from conformance.contract.fields import ITEM
from conformance.core.finding import Finding
from mockstore.orders.model import Item


def is_without_location(item: Item) -> bool:
    """True if a line's product has no place in the warehouse."""
    return not item.location.strip()


has_location = has_line_with(lambda item: not is_without_location(item))


def location_matches(pair: Pair) -> Iterator[Finding]:
    """LOC-1: Location is the product's place in the warehouse."""
    yield from line_value_matches(
        pair,
        "Location",
        lambda item: item.location,
        lambda item, text: (
            is_without_location(item) or is_same_but_damaged(item.location, text, *ITEM["Location"].limits)
        ),
    )


def own_location(pair: Pair) -> Iterator[Finding]:
    """LOC-2: each line has its own Location, and a product without a location has none."""
    for line, item in pair.lines.matched:
        value = line["Location"]
        if is_without_location(item) and value.filled:
            yield at(value, pair.exported, "There is a Location, but the product has none.", "(nothing)")
        elif value.filled and is_of_another_line(pair, item, lambda each: each.location, value.text):
            yield at(value, pair.exported, "Location has the value of another line.", item.location)

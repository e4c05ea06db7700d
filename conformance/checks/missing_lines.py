"""Finds out why lines are lost: searches for properties that lost lines have and other lines don't have.

A lost line gives one finding, in one scenario, as a missing order does (``missing_orders``). If lines with
some property are lost far more often than lines without any of the properties, the scenario about that
property reports them. ITM-1 reports all other lost lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.findings import about
from conformance.checks.items import MANY_LINES, is_free, is_without_sku
from conformance.checks.matching import Pair
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Order

MIN_LOSS_RATIO = 10
"""A property explains lost lines if such lines are lost more than this many times as often as plain lines."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LineProperty:
    """A property of a line. The features use its name: ``Given the lines of the exported orders that are {name}``.

    ``is_must`` is false if only a SHOULD is about such lines. Then ITM-1 (or WIN-1), the MUST that everything arrives,
    reports their loss, too.
    """

    name: str
    holds: Callable[[Item, Order], bool]
    is_must: bool = True


@dataclass(frozen=True, slots=True)
class MissingLine:
    """A line that an exported order lacks, and the property that explains its loss."""

    pair: Pair
    item: Item
    cause: LineProperty | None = None

    def finding(self) -> Finding:
        """Return the finding about the line."""
        exported, item = self.pair.exported, self.item
        return about(
            exported,
            f"A line of the order doesn't arrive{f': it is {self.cause.name}' if self.cause else ''}.",
            f"{item.sku or '(no SKU)'} {item.name} × {item.quantity}, {item.unit_price} each",
            f"{len(exported.lines)} of {len(self.pair.truth.items)} lines",
            f"{exported.xpath}/Items",
        )


def _has_twin(item: Item, order: Order) -> bool:
    return not is_without_sku(item) and [other.sku for other in order.items].count(item.sku) > 1


FREE = LineProperty(name="free", holds=lambda item, order: is_free(item))
WITHOUT_SKU = LineProperty(name="without a SKU", is_must=False, holds=lambda item, order: is_without_sku(item))
TWIN = LineProperty(name="one of several with the same SKU", holds=_has_twin)
ONE_OF_MANY = LineProperty(
    name=f"in an order with {MANY_LINES} or more lines",
    holds=lambda item, order: len(order.items) >= MANY_LINES,
)
LINE_PROPERTIES = (FREE, WITHOUT_SKU, TWIN, ONE_OF_MANY)


def explaining_properties(pairs: Sequence[Pair]) -> list[LineProperty]:
    """Return the properties that explain lost lines, the one with the most losses first."""
    plain = _loss_rate(pairs, lambda item, order: not any(each.holds(item, order) for each in LINE_PROPERTIES))
    rates = [(_loss_rate(pairs, each.holds), each) for each in LINE_PROPERTIES]
    found = [(rate, each) for rate, each in rates if rate > MIN_LOSS_RATIO * plain]
    return [each for _, each in sorted(found, key=lambda entry: -entry[0])]


def _loss_rate(pairs: Sequence[Pair], holds: Callable[[Item, Order], bool]) -> float:
    """Return the share of the orders with such lines that lose some of them. Long and short orders count the same."""
    holding = [pair for pair in pairs if any(holds(item, pair.truth) for item in pair.truth.items)]
    losing = [
        pair for pair in holding if any(item.shippable and holds(item, pair.truth) for item in pair.lines.missing)
    ]
    return len(losing) / len(holding) if holding else 0.0


def explain(pairs: Sequence[Pair]) -> Iterator[MissingLine]:
    """Yield the missing lines of these orders, each with the property that explains its loss.

    A line that isn't shippable may be missing: there is nothing to ship.
    """
    losing = [pair for pair in pairs if any(item.shippable for item in pair.lines.missing)]
    properties = explaining_properties(pairs) if losing else []
    for pair in losing:
        for item in filter(lambda item: item.shippable, pair.lines.missing):
            yield MissingLine(pair, item, next((each for each in properties if each.holds(item, pair.truth)), None))

"""Why lines don't arrive: what the lost ones have in common, and the others have not.

As with orders (``absence``), a lost line is one finding of one requirement. Where the loss falls on
lines of one kind far more than on others, that kind's requirement is at fault; else it is ITM-1's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from conformance.checks.findings import about
from conformance.checks.items import MANY_LINES
from conformance.checks.matching import Pair
from conformance.core.finding import Finding
from mockstore.orders.model import Item, Order

LOSS_RATIO = 10
"""How many times as often orders must lose lines of a kind as plain ones for these to be lost for that."""


@dataclass(frozen=True)
class LineProperty:
    """A kind of line, and the requirements that are about its arriving."""

    name: str
    requirements: tuple[str, ...]
    holds: Callable[[Item, Order], bool]


def _has_twin(item: Item, order: Order) -> bool:
    return bool(item.sku.strip()) and [other.sku for other in order.items].count(item.sku) > 1


LINE_PROPERTIES = (
    LineProperty("free", ("ITM-6",), lambda item, order: item.unit_price == 0),
    LineProperty("without SKU", ("ITM-9", "ITM-1"), lambda item, order: not item.sku.strip()),
    LineProperty("one of two of one SKU", ("ITM-7",), _has_twin),
    LineProperty(f"one of {MANY_LINES} or more", ("ITM-10",), lambda item, order: len(order.items) >= MANY_LINES),
)


def explaining_properties(pairs: Sequence[Pair]) -> list[LineProperty]:
    """The kinds that orders lose where they hardly lose other lines, the most often lost first."""
    found = []
    for kind in LINE_PROPERTIES:
        own = _rate(pairs, kind.holds)
        if own > LOSS_RATIO * _rate(
            pairs, lambda item, order: not any(each.holds(item, order) for each in LINE_PROPERTIES)
        ):
            found.append((own, kind))
    return [kind for _, kind in sorted(found, key=lambda each: -each[0])]


def _rate(pairs: Sequence[Pair], holds: Callable[[Item, Order], bool]) -> float:
    """Of the orders that hold such lines, how many lose some: orders, so that a long one doesn't outweigh others."""
    holding = [pair for pair in pairs if any(holds(item, pair.truth) for item in pair.truth.items)]
    losing = [pair for pair in holding if any(holds(item, pair.truth) for item in pair.lines.missing)]
    return len(losing) / len(holding) if holding else 0.0


def findings(requirement: str, pairs: Sequence[Pair]) -> Iterator[Finding]:
    """The lost lines that are this requirement's matter."""
    losing = [pair for pair in pairs if pair.lines.missing]
    kinds = explaining_properties(pairs) if losing else []
    for pair in losing:
        for item in pair.lines.missing:
            kind = next((kind for kind in kinds if kind.holds(item, pair.truth)), None)
            if requirement in (kind.requirements if kind else ("ITM-1",)):
                yield about(
                    pair.exported,
                    f"A line of the order doesn't arrive{f': it is {kind.name}' if kind else ''}.",
                    f"{item.sku or '(no SKU)'} {item.name} × {item.quantity}, {item.unit_price} each",
                    f"{len(pair.exported.lines)} of {len(pair.truth.items)} lines",
                    f"{pair.exported.xpath}/Items",
                )

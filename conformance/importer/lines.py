"""Which imported line is which of the store's: by id, by what identifies it, by its place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from msgspec import UNSET

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.checks.matching import NAME_LIMIT, SKU_LIMITS
from conformance.importer.result import ImportedItem
from mockstore.orders.model import Item


@dataclass(frozen=True, slots=True)
class Matched:
    """Lines that belong together, and those that have no partner."""

    pairs: tuple[tuple[ImportedItem, Item], ...]
    missing: tuple[Item, ...]
    surplus: tuple[ImportedItem, ...]


def matched(imported: Iterable[ImportedItem], held: Sequence[Item]) -> Matched:
    """Pair the goods of an imported order with those of the store's; whole matches first."""
    lines = [line for line in imported if not line.is_adjustment]
    left = list(held)
    pairs: list[tuple[ImportedItem, Item]] = []
    rest: list[tuple[int, ImportedItem]] = []
    by_id = {item.line_id: item for item in held if item.line_id}
    for place, line in enumerate(lines):
        item = by_id.get(line.line_id) if isinstance(line.line_id, str) else None
        if item is not None and item in left and _likeness(line, item) >= 0:
            pairs.append((line, item))
            left.remove(item)
        else:
            rest.append((place, line))
    surplus = []
    for place, line in rest:
        best = max(left, key=lambda item: _likeness(line, item) + (held.index(item) == place) / 2, default=None)
        if best is not None and (_likeness(line, best) > 0 or (held.index(best) == place and not _identifies(line))):
            pairs.append((line, best))
            left.remove(best)
        else:
            surplus.append(line)
    return Matched(tuple(pairs), tuple(left), tuple(surplus))


def _identifies(line: ImportedItem) -> bool:
    return any(isinstance(value, str) and value.strip() for value in (line.line_id, line.sku, line.name))


def _likeness(line: ImportedItem, item: Item) -> float:
    """How likely they are the same line: more than 0 where something that identifies agrees."""
    score = 0.0
    if isinstance(line.sku, str) and item.sku:
        score += 4 if is_same_text(item.sku, line.sku, *SKU_LIMITS) else -1
    if isinstance(line.name, str):
        score += 3 if is_same_text(item.name, line.name, NAME_LIMIT) else -1
    if score and isinstance(line.quantity, Decimal):
        score += 1 if line.quantity == item.quantity else 0
    if score and isinstance(line.unit_price, Decimal):
        score += 1 if is_same_amount(item.unit_price, line.unit_price) else 0
    if score and line.options is not UNSET:
        chosen = {(normalized(str(each.name)), normalized(str(each.value))) for each in line.options}
        score += 2 if chosen == {(normalized(each.name), normalized(each.value)) for each in item.options} else 0
    return score

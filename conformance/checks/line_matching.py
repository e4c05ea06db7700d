"""Matches the lines of an order with the lines of its record, even if some values are wrong. Pure.

A line is matched by all of its identifying values together. So one wrong value gives one finding,
and not a missing line and a surplus line. The exported lines (:mod:`conformance.checks.matching`)
and the lines that an importer reports (:mod:`conformance.importer.compare`) are matched in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Generic, TypeVar

from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.contract.fields import ITEM
from mockstore.orders.model import Item

ID_WEIGHT = 4.0
SKU_WEIGHT = 4.0
NAME_WEIGHT = 3.0
OPTIONS_WEIGHT = 2.0
PLACE_WEIGHT = 1.5
QUANTITY_WEIGHT = 1.0
PRICE_WEIGHT = 1.0

MIN_SCORE = 3.0
"""Two lines with a lower score are not the same line. The same name is enough; the same place and price are not."""

MAX_SCORED_LINES = 1_000
"""If more lines of an order match no line of its record exactly, the others are surplus."""

Line = TypeVar("Line")


@dataclass(frozen=True, slots=True)
class LineMarks:
    """The values that identify a line. A value is None if the line doesn't state it."""

    id: str | None
    sku: str | None
    name: str | None
    quantity: Decimal | int | None
    price: Decimal | None
    options: frozenset[tuple[str, str]] | None

    @classmethod
    def of_item(cls, item: Item) -> LineMarks:
        """Return the marks of a line that the store holds."""
        return cls(
            item.line_id or None,
            item.sku or None,
            item.name,
            item.quantity,
            item.unit_price,
            frozenset((normalized(option.name), normalized(option.value)) for option in item.options) or None,
        )

    @property
    def identifies(self) -> bool:
        """True if the line states an id, a SKU or a name."""
        return any(mark is not None for mark in (self.id, self.sku, self.name))


LineKey = tuple[str, str, str, tuple[tuple[str, str], ...]]
"""SKU, name, quantity and options. Two lines that agree in all of them have the same key."""


@dataclass(frozen=True, slots=True)
class LineForm(Generic[Line]):
    """The functions that read lines of one kind. Copies of one line have equal ``content``."""

    id: Callable[[Line], str | None]
    key: Callable[[Line], LineKey | None]
    marks: Callable[[Line], LineMarks]
    content: Callable[[Line], Hashable]


@dataclass(frozen=True, slots=True)
class LineMatch(Generic[Line]):
    """The lines that belong together, and those without a partner."""

    matched: tuple[tuple[Line, Item], ...]
    missing: tuple[Item, ...]
    surplus: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class MatchedPlaces:
    """A match, given by the places of lines and items, counted from 0."""

    matched: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    surplus: tuple[int, ...]

    def of(self, lines: Sequence[Line], items: Sequence[Item]) -> LineMatch[Line]:
        """Return the match of the lines and items at these places."""
        return LineMatch(
            tuple((lines[line], items[item]) for line, item in self.matched),
            tuple(items[item] for item in self.missing),
            tuple(lines[line] for line in self.surplus),
        )


def match_line_places(lines: Sequence[Line], items: Sequence[Item], form: LineForm[Line]) -> MatchedPlaces:
    """Match lines with items: first those that agree in every respect, then the pairs with the highest score.

    A line with the id of another item agrees with that item at most.
    """
    matched: dict[int, int] = {}
    left_lines = dict(enumerate(lines))
    left_items = dict(enumerate(items))
    places_by_key: dict[LineKey, list[int]] = {}
    for place, item in left_items.items():
        places_by_key.setdefault(_item_key(item), []).append(place)
    place_of_id = {item.line_id: place for place, item in left_items.items() if item.line_id}
    for place, line in list(left_lines.items()):
        key = form.key(line)
        if key is not None and (candidates := places_by_key.get(key)):
            own = place_of_id.get(form.id(line) or "", candidates[0])
            if own not in candidates:
                continue
            candidates.remove(own)
            matched[place] = own
            del left_items[own]
            del left_lines[place]
    if not left_lines or not left_items:
        return MatchedPlaces(tuple(sorted(matched.items())), tuple(left_items), tuple(left_lines))
    matched_content = {form.content(lines[place]) for place in matched}
    # a copy of a matched line is surplus; it must not be matched with another item
    candidates_left = {
        place: form.marks(line)
        for place, line in islice(left_lines.items(), MAX_SCORED_LINES)
        if form.content(line) not in matched_content
    }
    stored = {place: LineMarks.of_item(item) for place, item in left_items.items()}
    scores = sorted(
        (-match_score(sent, own, same_place=line_place == item_place), line_place, item_place)
        for line_place, sent in candidates_left.items()
        for item_place, own in stored.items()
    )
    score_of_content: dict[Hashable, float] = {}
    for score, line_place, item_place in scores:
        if score <= -MIN_SCORE and line_place in left_lines and item_place in left_items:
            likeness = match_score(candidates_left[line_place], stored[item_place], same_place=False)
            if score_of_content.setdefault(form.content(lines[line_place]), likeness) != likeness:
                continue  # a copy of a line that was matched with another item, which it resembles more
            matched[line_place] = item_place
            del left_lines[line_place], left_items[item_place]
    return MatchedPlaces(tuple(sorted(matched.items())), tuple(left_items), tuple(left_lines))


def match_score(line: LineMarks, stored: LineMarks, *, same_place: bool) -> float:
    """Return a score for two lines: the sum of the weights of the values that agree.

    A line without id, SKU and name is matched by its place alone.
    """
    score = (PLACE_WEIGHT if line.identifies else MIN_SCORE) * same_place
    if line.id is not None and stored.id is not None:
        score += ID_WEIGHT * (line.id == stored.id)
    if line.sku is not None and stored.sku is not None:
        score += SKU_WEIGHT * is_same_text(stored.sku, line.sku, *ITEM["SKU"].limits)
    if line.name is not None and stored.name is not None:
        score += NAME_WEIGHT * is_same_text(stored.name, line.name, *ITEM["Name"].limits)
    if line.quantity is not None:
        score += QUANTITY_WEIGHT * (line.quantity == stored.quantity)
    if stored.price is not None:
        score += PRICE_WEIGHT * is_same_amount(stored.price, line.price)
    if stored.options is not None:
        score += OPTIONS_WEIGHT * (line.options == stored.options)
    return score


def _item_key(item: Item) -> LineKey:
    options = tuple((normalized(option.name), normalized(option.value)) for option in item.options)
    return normalized(item.sku), normalized(item.name), str(item.quantity), options

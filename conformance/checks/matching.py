"""What belongs together: exported orders with the store's own, lines with lines.

A wrong value must not hide its neighbour: pairs are found by the number first, then by
whatever else identifies, so that one wrong field is one finding.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import msgspec

from conformance.checks.cache import Latest
from conformance.checks.compare import is_same_amount, is_same_text, normalized
from conformance.client.parsing.order import ExportedLine, ExportedOrder, canonical
from mockstore.orders.model import Item, Order
from mockstore.shop.facts import StoreFacts

SKU_LIMITS = (50, 100)
NAME_LIMIT = 200


@dataclass(frozen=True)
class Pair:
    """An exported order beside the same order as the store holds it."""

    exported: ExportedOrder
    truth: Order
    facts: StoreFacts

    @cached_property
    def lines(self) -> LineMatch:
        """Its lines, matched."""
        lines, items = self.exported.lines, self.truth.items
        if self.content is None:
            return match_lines(lines, items)
        known = _PLACES[self.content]
        if not known:
            known.append(match_line_places(lines, items))
        return known[0].of(lines, items)

    @cached_property
    def content(self) -> bytes | None:
        """A digest of the exported order, the store's own and the facts; None where a text can't be written down."""
        try:
            own = (_encode(self.truth), _encode(self.facts))
        except UnicodeEncodeError:
            return None
        return self.exported.content + b"".join(hashlib.sha256(each).digest() for each in own)


@dataclass(frozen=True, slots=True)
class LineMatch:
    """Lines that belong together, and those that have no partner."""

    matched: tuple[tuple[ExportedLine, Item], ...]
    missing: tuple[Item, ...]
    surplus: tuple[ExportedLine, ...]


def pair_orders(
    exported: Iterable[ExportedOrder], known: Sequence[Order], facts: StoreFacts
) -> tuple[tuple[Pair, ...], tuple[ExportedOrder, ...]]:
    """Every exported order with its partner, and those that have none."""
    by_number = {order.order_number: order for order in known}
    by_id = {order.order_id: order for order in known if order.order_id}
    pairs: list[Pair] = []
    rest: list[ExportedOrder] = []
    for order in exported:
        partner = (
            by_number.get(order.number) or by_id.get(order.id) or by_number.get(order.id) or by_id.get(order.number)
        )
        if partner is None:
            rest.append(order)
        else:
            pairs.append(Pair(order, partner, facts))
    taken = {pair.truth.order_number for pair in pairs}
    by_mail = _unique((order.customer.email, order) for order in known if order.order_number not in taken)
    strangers = []
    for order in rest:
        partner = by_mail.get(order["Customer/BillTo/Email"].text.strip())
        if partner is None:
            strangers.append(order)
        else:
            pairs.append(Pair(order, partner, facts))
    return tuple(pairs), tuple(strangers)


def _unique(entries: Iterable[tuple[str, Order]]) -> dict[str, Order]:
    listed = list(entries)
    often = Counter(key for key, _ in listed)
    return {key: order for key, order in listed if key and often[key] == 1}


@dataclass(frozen=True, slots=True)
class MatchedPlaces:
    """A match by the places of lines and items."""

    matched: tuple[tuple[int, int], ...]
    missing: tuple[int, ...]
    surplus: tuple[int, ...]

    def of(self, lines: Sequence[ExportedLine], items: Sequence[Item]) -> LineMatch:
        """The match of what stands in those places."""
        return LineMatch(
            tuple((lines[line], items[item]) for line, item in self.matched),
            tuple(items[item] for item in self.missing),
            tuple(lines[line] for line in self.surplus),
        )


_PLACES: Latest[bytes, list[MatchedPlaces]] = Latest(list)
"""By the content of a pair: none yet, or one."""
_encode = msgspec.json.Encoder().encode


def match_lines(lines: Sequence[ExportedLine], items: Sequence[Item]) -> LineMatch:
    """Match an exported order's lines with the store's: whole matches first, then the likeliest."""
    return match_line_places(lines, items).of(lines, items)


def match_line_places(lines: Sequence[ExportedLine], items: Sequence[Item]) -> MatchedPlaces:
    """The same match, by places."""
    matched: dict[int, int] = {}
    left_lines = dict(enumerate(lines))
    left_items = dict(enumerate(items))
    whole: dict[tuple[object, ...], list[int]] = {}
    for place, item in left_items.items():
        whole.setdefault(_item_key(item), []).append(place)
    for place, line in list(left_lines.items()):
        if candidates := whole.get(_line_key(line)):
            matched[place] = candidates.pop(0)
            del left_items[matched[place]]
            del left_lines[place]
    if not left_lines or not left_items:
        return MatchedPlaces(tuple(sorted(matched.items())), tuple(left_items), tuple(left_lines))
    once = {canonical(lines[place].element) for place in matched}
    copies = {place for place, line in left_lines.items() if canonical(line.element) in once}
    offered = {place: LineMarks.of_line(line) for place, line in left_lines.items()}
    wanted = {place: LineMarks.of_item(item) for place, item in left_items.items()}
    scores = sorted(
        (-_likeness(came, held, line_place == item_place), line_place, item_place)
        for line_place, came in offered.items()
        for item_place, held in wanted.items()
    )
    for score, line_place, item_place in scores:
        # a line that came before, whole, is a copy of that one, and no other line gone wrong
        if score <= -3 and line_place not in copies and line_place in left_lines and item_place in left_items:
            matched[line_place] = item_place
            del left_lines[line_place], left_items[item_place]
    return MatchedPlaces(tuple(sorted(matched.items())), tuple(left_items), tuple(left_lines))


def _item_key(item: Item) -> tuple[object, ...]:
    options = tuple((normalized(option.name), normalized(option.value)) for option in item.options)
    return normalized(item.sku), normalized(item.name), str(item.quantity), options


def _line_key(line: ExportedLine) -> tuple[object, ...]:
    options = tuple((normalized(option["Name"].text), normalized(option["Value"].text)) for option in line.options)
    return normalized(line["SKU"].text), normalized(line["Name"].text), line["Quantity"].text.strip(), options


@dataclass(frozen=True, slots=True)
class LineMarks:
    """What a line may be known by, the store's or an exported one."""

    id: str
    sku: str
    name: str
    quantity: Decimal | int | None
    price: Decimal | None
    options: frozenset[tuple[str, str]]

    @classmethod
    def of_line(cls, line: ExportedLine) -> LineMarks:
        """Those of an exported line."""
        return cls(
            line["LineItemID"].text.strip(),
            line["SKU"].text,
            line["Name"].text,
            line["Quantity"].decimal,
            line["UnitPrice"].decimal,
            frozenset((normalized(option["Name"].text), normalized(option["Value"].text)) for option in line.options),
        )

    @classmethod
    def of_item(cls, item: Item) -> LineMarks:
        """Those of the store's own."""
        options = frozenset((normalized(option.name), normalized(option.value)) for option in item.options)
        return cls(item.line_id, item.sku, item.name, item.quantity, item.unit_price, options)


def _likeness(came: LineMarks, held: LineMarks, same_place: bool) -> float:
    assert held.price is not None
    return (
        4 * (bool(held.id) and came.id == held.id)
        + 4 * (bool(held.sku) and is_same_text(held.sku, came.sku, *SKU_LIMITS))
        + 3 * is_same_text(held.name, came.name, NAME_LIMIT)
        + 1 * (came.quantity is not None and came.quantity == held.quantity)
        + 1 * is_same_amount(held.price, came.price)
        + 2 * (bool(held.options) and held.options == came.options)
        + 1.5 * same_place
    )

"""What belongs together: exported orders with the store's own, lines with lines.

A wrong value must not hide its neighbour: pairs are found by the number first, then by
whatever else identifies, so that one wrong field is one finding.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import msgspec

from conformance.checks.cache import Latest
from conformance.checks.compare import normalized
from conformance.checks.line_matching import LineForm, LineKey, LineMarks, LineMatch, MatchedPlaces, match_line_places
from conformance.client.parsing.order import ExportedLine, ExportedOrder, canonical
from mockstore.orders.model import Item, Order
from mockstore.shop.facts import StoreFacts


@dataclass(frozen=True)
class Pair:
    """An exported order beside the same order as the store holds it."""

    exported: ExportedOrder
    truth: Order
    facts: StoreFacts

    @cached_property
    def lines(self) -> LineMatch[ExportedLine]:
        """Its lines, matched."""
        lines, items = self.exported.lines, self.truth.items
        if self.content is None:
            return match_lines(lines, items)
        known = _PLACES[self.content]
        if not known:
            known.append(match_line_places(lines, items, EXPORTED_LINES))
        return known[0].of(lines, items)

    @cached_property
    def content(self) -> bytes | None:
        """A digest of the exported order, the store's own and the facts; None where a text can't be written down."""
        try:
            own = (_encode(self.truth), _encode(self.facts))
        except UnicodeEncodeError:
            return None
        return self.exported.content + b"".join(hashlib.sha256(each).digest() for each in own)


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


_PLACES: Latest[bytes, list[MatchedPlaces]] = Latest(list)
"""By the content of a pair: none yet, or one."""
_encode = msgspec.json.Encoder().encode


def match_lines(lines: Sequence[ExportedLine], items: Sequence[Item]) -> LineMatch[ExportedLine]:
    """Match an exported order's lines with the store's."""
    return match_line_places(lines, items, EXPORTED_LINES).of(lines, items)


def _key(line: ExportedLine) -> LineKey:
    options = tuple((normalized(option["Name"].text), normalized(option["Value"].text)) for option in line.options)
    return normalized(line["SKU"].text), normalized(line["Name"].text), line["Quantity"].text.strip(), options


def _marks(line: ExportedLine) -> LineMarks:
    return LineMarks(
        line["LineItemID"].text.strip(),
        line["SKU"].text,
        line["Name"].text,
        line["Quantity"].decimal,
        line["UnitPrice"].decimal,
        frozenset((normalized(option["Name"].text), normalized(option["Value"].text)) for option in line.options),
    )


EXPORTED_LINES: LineForm[ExportedLine] = LineForm(_key, _marks, lambda line: canonical(line.element))

"""Pairs exported orders with the store's own records, and exported lines with the record's lines.

One wrong field must give one finding. So orders are paired by their number or id, or by the e-mail
address if both are wrong. Lines are paired by all of their identifying values (``line_matching``).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

import msgspec

from conformance.checks.cache import MAX_CONTENTS
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
        """The order's lines, paired with the record's."""
        lines, items = self.exported.lines, self.truth.items
        if self.content is None:
            return match_lines(lines, items)
        known = _known_places(self.content)
        if not known:
            known.append(match_line_places(lines, items, EXPORTED_LINES))
        return known[0].of(lines, items)

    @cached_property
    def content(self) -> bytes | None:
        """A digest of the exported order, its record and the store's facts; None if a text can't be encoded."""
        try:
            own = (_encode(self.truth), _encode(self.facts))
        except UnicodeEncodeError:
            return None
        return self.exported.content + b"".join(hashlib.sha256(each).digest() for each in own)


def pair_orders(
    exported: Iterable[ExportedOrder], known: Sequence[Order], facts: StoreFacts
) -> tuple[tuple[Pair, ...], tuple[ExportedOrder, ...]]:
    """Return the exported orders with their records, and the exported orders without a record."""
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
    if not rest:
        return tuple(pairs), ()
    taken = {pair.truth.order_number for pair in pairs}
    mails = _unique((order.customer.email, order) for order in known)
    by_mail = {mail: order for mail, order in mails.items() if order.order_number not in taken}
    unmatched = []
    for order in rest:
        partner = by_mail.get(order["Customer/BillTo/Email"].text.strip())
        if partner is None:
            unmatched.append(order)
        else:
            pairs.append(Pair(order, partner, facts))
    return tuple(pairs), tuple(unmatched)


def _unique(entries: Iterable[tuple[str, Order]]) -> dict[str, Order]:
    listed = list(entries)
    often = Counter(key for key, _ in listed)
    return {key: order for key, order in listed if key and often[key] == 1}


@lru_cache(maxsize=MAX_CONTENTS)
def _known_places(content: bytes) -> list[MatchedPlaces]:
    """Return the cache entry for a pair with this content: a list that gets the match of the lines when it is made."""
    return []


_encode = msgspec.json.Encoder().encode


def match_lines(lines: Sequence[ExportedLine], items: Sequence[Item]) -> LineMatch[ExportedLine]:
    """Pair the lines of an exported order with those of its record."""
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


EXPORTED_LINES: LineForm[ExportedLine] = LineForm(
    lambda line: line["LineItemID"].text.strip(), _key, _marks, lambda line: canonical(line.element)
)

"""GIF: gifts."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.checks.notes import is_staff_text
from conformance.checks.order import check_text
from conformance.client.parsing.order import ExportedOrder
from conformance.core.finding import Finding


def is_gift(pair: Pair) -> bool:
    """Whether the order is a gift."""
    return pair.truth.gift


def is_not_gift(pair: Pair) -> bool:
    """Whether the order is none."""
    return not pair.truth.gift


def has_message(pair: Pair) -> bool:
    """Whether it is a gift with a message."""
    return pair.truth.gift and bool(pair.truth.gift_message.strip())


def gift_is_true(pair: Pair) -> Iterator[Finding]:
    """GIF-1: a gift order has Gift true."""
    if pair.exported["Gift"].boolean is not True:
        yield at(pair.exported["Gift"], pair.exported, "The order is a gift.", "true")


def gift_is_not_true(pair: Pair) -> Iterator[Finding]:
    """GIF-2: any other order has Gift false or none."""
    value = pair.exported["Gift"]
    if value.filled and value.boolean is not False:
        yield at(pair.exported["Gift"], pair.exported, "The order is no gift.", "false, or no Gift")


def gift_not_empty(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-2: Gift is never an empty element; what else is no boolean, is the schema's matter (ORD-1)."""
    value = order["Gift"]
    if value.present and not value.filled:
        yield at(value, order, "Gift is neither true nor false.", "true, false, or no Gift")


def message_matches(pair: Pair) -> Iterator[Finding]:
    """GIF-3: GiftMessage is the message the customer wrote; where no gift is told of at all, that is GIF-1's matter."""
    told = pair.exported["Gift"].filled and pair.exported["Gift"].boolean is not False
    if not told and not pair.exported["GiftMessage"].filled:
        return
    if is_staff_text(pair, pair.exported["GiftMessage"].text):
        return
    yield from check_text(pair, "GiftMessage", pair.truth.gift_message, 1000)


def message_needs_gift(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-4: no GiftMessage without Gift; a Gift that is no boolean is the schema's matter."""
    unread = order["Gift"].filled and order["Gift"].boolean is None
    if order["GiftMessage"].filled and order["Gift"].boolean is not True and not unread:
        yield at(
            order["GiftMessage"],
            order,
            "There is a GiftMessage, but Gift isn't true.",
            "Gift true, or no message",
        )

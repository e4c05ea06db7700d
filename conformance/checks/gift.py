"""GIF: gifts and their messages."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.checks.notes import is_staff_text
from conformance.checks.order import check_text
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import ORDER
from conformance.core.finding import Finding


def is_gift(pair: Pair) -> bool:
    """True if the order is a gift."""
    return pair.truth.gift


def is_not_gift(pair: Pair) -> bool:
    """True if the order isn't a gift."""
    return not pair.truth.gift


def has_message(pair: Pair) -> bool:
    """True if the order is a gift with a message."""
    return pair.truth.gift and bool(pair.truth.gift_message.strip())


def gift_is_true(pair: Pair) -> Iterator[Finding]:
    """GIF-1: Gift is true for a gift."""
    if pair.exported["Gift"].boolean is not True:
        yield at(pair.exported["Gift"], pair.exported, "The order is a gift, but Gift isn't true.", "true")


def gift_is_not_true(pair: Pair) -> Iterator[Finding]:
    """GIF-2: Gift is false or missing for an order that isn't a gift."""
    value = pair.exported["Gift"]
    if value.filled and value.boolean is not False:
        yield at(
            pair.exported["Gift"], pair.exported, "The order isn't a gift, but Gift isn't false.", "false, or no Gift"
        )


def gift_not_empty(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-2: Gift is never an empty element. ORD-1 reports any other text that isn't a boolean."""
    value = order["Gift"]
    if value.present and not value.filled:
        yield at(value, order, "Gift is an empty element.", "true, false, or no Gift")


def message_matches(pair: Pair) -> Iterator[Finding]:
    """GIF-3: GiftMessage is the message that the customer wrote.

    GIF-1 reports an order that isn't exported as a gift at all. NOT-3 reports staff notes in the message.
    """
    gift, value = pair.exported["Gift"], pair.exported["GiftMessage"]
    shows_gift = value.filled or (gift.filled and gift.boolean is not False)
    if shows_gift and not is_staff_text(pair, value.text):
        yield from check_text(pair, ORDER["GiftMessage"])


def message_needs_gift(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-4: there is no GiftMessage without Gift. ORD-1 reports a Gift that isn't a boolean."""
    gift = order["Gift"]
    is_unreadable = gift.filled and gift.boolean is None
    if order["GiftMessage"].filled and gift.boolean is not True and not is_unreadable:
        yield at(
            order["GiftMessage"],
            order,
            "There is a GiftMessage, but Gift isn't true.",
            "Gift true, or no message",
        )

"""GIF: gifts."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.judging.finding import Finding, at
from conformance.judging.order import text
from conformance.judging.pairing import Pair
from conformance.reading.order import ExportedOrder


def is_gift(pair: Pair) -> bool:
    """Whether the order is a gift."""
    return pair.truth.gift


def is_no_gift(pair: Pair) -> bool:
    """Whether the order is none."""
    return not pair.truth.gift


def has_message(pair: Pair) -> bool:
    """Whether it is a gift with a message."""
    return pair.truth.gift and bool(pair.truth.gift_message.strip())


def says_gift(pair: Pair) -> Iterator[Finding]:
    """GIF-1: a gift order has Gift true."""
    if pair.exported["Gift"].boolean is not True:
        yield at(pair.exported["Gift"], pair.exported, "The order is a gift.", "true")


def says_no_gift(pair: Pair) -> Iterator[Finding]:
    """GIF-2: any other order has Gift false or none."""
    if pair.exported["Gift"].boolean is True:
        yield at(pair.exported["Gift"], pair.exported, "The order is no gift.", "false, or no Gift")


def never_empty(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-2: Gift is never an empty element."""
    value = order["Gift"]
    if value.present and value.boolean is None:
        yield at(value, order, "Gift is neither true nor false.", "true, false, or no Gift")


def message(pair: Pair) -> Iterator[Finding]:
    """GIF-3: GiftMessage is the message the customer wrote."""
    yield from text(pair, "GiftMessage", pair.truth.gift_message, 1000)


def message_needs_gift(order: ExportedOrder) -> Iterator[Finding]:
    """GIF-4: no GiftMessage without Gift."""
    if order["GiftMessage"].filled and order["Gift"].boolean is not True:
        yield at(
            order["GiftMessage"],
            order,
            "There is a GiftMessage, but Gift isn't true.",
            "Gift true, or no message",
        )

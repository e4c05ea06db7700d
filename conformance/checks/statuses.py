"""STA: the status of an order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.compare import is_same_but_damaged, normalized
from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
from conformance.contract.fields import ORDER
from conformance.core.finding import Finding
from mockstore.shop.facts import StoreFacts

CS_CART_STATUSES = frozenset(
    (
        "processed",
        "complete",
        "open",
        "failed",
        "declined",
        "backordered",
        "canceled",
        "cancelled",
        "incomplete",
        "awaiting call",
    )
)
"""Statuses that every CS-Cart has, in lower case. Any other status was added by the merchant."""


def status_matches(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """STA-1: OrderStatus is the order's status in the store, in any letter case.

    STA-3 reports the statuses that the merchant added. STA-1 judges them only if there are no other statuses.
    """
    for pair in [pair for pair in pairs if not has_custom_status(pair)] or pairs:
        value = pair.exported["OrderStatus"]
        if pair.truth.status and not _is_same_status(pair.truth.status, value.text):
            yield at(value, pair.exported, "OrderStatus isn't the order's status.", pair.truth.status)


def custom_status_matches(pair: Pair) -> Iterator[Finding]:
    """STA-3: a status that the merchant added is exported by its own name."""
    value = pair.exported["OrderStatus"]
    if pair.truth.status and not _is_same_status(pair.truth.status, value.text):
        yield at(value, pair.exported, "The merchant's status isn't exported by its own name.", pair.truth.status)


def _is_same_status(expected: str, actual: str) -> bool:
    return is_same_but_damaged(
        normalized(expected).casefold(), normalized(actual).casefold(), *ORDER["OrderStatus"].limits
    )


def has_custom_status(pair: Pair) -> bool:
    """True if the merchant added the order's status."""
    return is_custom_status(pair.truth.status, pair.facts)


def is_custom_status(name: str, facts: StoreFacts) -> bool:
    """True if the merchant added this status."""
    mapped = {status.name: status.maps_to for status in facts.statuses}
    if facts.platform.casefold() == "cs-cart":
        return normalized(name).casefold() not in CS_CART_STATUSES
    return name in mapped and mapped[name] is None


def one_spelling_per_status(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """STA-2: a status always has the same spelling, and two statuses never have the same spelling."""
    spelling: dict[str, Pair] = {}
    meaning: dict[str, Pair] = {}
    for pair in pairs:
        value, own = pair.exported["OrderStatus"], pair.truth.status
        text = value.text.strip()
        first = spelling.setdefault(own, pair)
        if first.exported["OrderStatus"].text.strip() != text and _is_same_status(own, text):
            yield at(
                value,
                pair.exported,
                f"Order {first.exported.label} spells the status {own} differently.",
                first.exported["OrderStatus"].text,
            )
        other = meaning.setdefault(text, pair)
        if text and other.truth.status != own:
            yield at(
                value,
                pair.exported,
                f"Order {other.exported.label} has the same OrderStatus, but its status is {other.truth.status}.",
                f"a spelling of its own for {own}",
            )


def no_spelling_variants(orders: Sequence[ExportedOrder], facts: StoreFacts) -> Iterator[Finding]:
    """STA-2, judged from the export alone: no two spellings differ only in letter case or spaces.

    They may if both spellings are names of the store's own statuses.
    """
    seen: dict[str, ExportedOrder] = {}
    own = {normalized(status.name) for status in facts.statuses}
    for order in orders:
        value = order["OrderStatus"]
        first = seen.setdefault(" ".join(value.text.split()).casefold(), order)
        spellings = {normalized(first["OrderStatus"].text), normalized(value.text)}
        if len(spellings) > 1 and not spellings <= own:
            yield at(value, order, f"Order {first.label} spells the status differently.", first["OrderStatus"].text)


def statuses_seen(orders: Sequence[ExportedOrder]) -> Iterator[str]:
    """STA-5: the statuses, as text to paste into ShipStation's mapping fields."""
    seen = sorted({each["OrderStatus"].text.strip() for each in orders})
    yield f"for ShipStation's status mapping: {', '.join(seen)}"

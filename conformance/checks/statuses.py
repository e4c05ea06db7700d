"""STA: statuses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.compare import normalized, same_apart_from_damage
from conformance.checks.findings import at
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedOrder
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
"""Statuses that every CS-Cart has; any other was added by the merchant."""


def status_matches(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """STA-1: OrderStatus is the store's status for the order, letter case apart.

    Those that the merchant added are STA-3's matter, unless there are no others.
    """
    for pair in [pair for pair in pairs if not has_custom_status(pair)] or pairs:
        value = pair.exported["OrderStatus"]
        if pair.truth.status and not _same(pair.truth.status, value.text):
            yield at(value, pair.exported, "OrderStatus isn't the order's status.", pair.truth.status)


def custom_status_matches(pair: Pair) -> Iterator[Finding]:
    """STA-3: a status that the merchant added is exported by its own name."""
    value = pair.exported["OrderStatus"]
    if pair.truth.status and not _same(pair.truth.status, value.text):
        yield at(value, pair.exported, "The merchant's status isn't exported by its own name.", pair.truth.status)


def _same(expected: str, actual: str) -> bool:
    return same_apart_from_damage(normalized(expected).casefold(), normalized(actual).casefold(), 50)


def has_custom_status(pair: Pair) -> bool:
    """Whether the order's status is one that the merchant added."""
    return is_custom_status(pair.truth.status, pair.facts)


def is_custom_status(name: str, facts: StoreFacts) -> bool:
    """Whether the merchant added this status."""
    mapped = {status.name: status.maps_to for status in facts.statuses}
    if facts.platform.casefold() == "cs-cart":
        return normalized(name).casefold() not in CS_CART_STATUSES
    return name in mapped and mapped[name] is None


def one_spelling_per_status(pairs: Sequence[Pair]) -> Iterator[Finding]:
    """STA-2: one status is always spelt the same, and two statuses never alike."""
    spelling: dict[str, Pair] = {}
    meaning: dict[str, Pair] = {}
    for pair in pairs:
        value, own = pair.exported["OrderStatus"], pair.truth.status
        text = value.text.strip()
        first = spelling.setdefault(own, pair)
        if first.exported["OrderStatus"].text.strip() != text and _same(own, text):
            yield at(
                value,
                pair.exported,
                f"The status {own} is spelt otherwise in order {first.exported.label}.",
                first.exported["OrderStatus"].text,
            )
        other = meaning.setdefault(text, pair)
        if text and other.truth.status != own:
            yield at(
                value,
                pair.exported,
                f"Order {other.exported.label} has the same OrderStatus, but the status {other.truth.status}.",
                f"a spelling of its own for {own}",
            )


def no_spelling_variants(orders: Sequence[ExportedOrder], facts: StoreFacts) -> Iterator[Finding]:
    """STA-2, seen from replies alone: no two spellings that differ in letter case or blanks only.

    What the store itself has as two statuses may.
    """
    seen: dict[str, ExportedOrder] = {}
    own = {normalized(status.name) for status in facts.statuses}
    for order in orders:
        value = order["OrderStatus"]
        first = seen.setdefault(" ".join(value.text.split()).casefold(), order)
        spellings = {normalized(first["OrderStatus"].text), normalized(value.text)}
        if len(spellings) > 1 and not spellings <= own:
            yield at(value, order, f"Order {first.label} spells it otherwise.", first["OrderStatus"].text)

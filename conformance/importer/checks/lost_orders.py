"""Find the orders that an importer should have imported and did not."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Finding
from conformance.importer.evidence import ImportEvidence
from conformance.importer.program import exported_status, status_meanings
from mockstore.orders.model import Order


def lost_orders(evidence: ImportEvidence, message: str) -> Iterator[Finding]:
    """Yield a finding with this message for each order that should be imported and is not."""
    for number, order in evidence.expected().items():
        if not evidence.has(order) and not has_unmapped_status(evidence, order):
            yield Finding(message=message, order=number, expected="imported", actual="not among the imported orders")


def has_unmapped_status(evidence: ImportEvidence, order: Order) -> bool:
    """True if the order's status has no configured meaning: the importer may hold such an order back."""
    return exported_status(order.status) not in status_meanings(evidence.facts)

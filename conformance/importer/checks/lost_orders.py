"""Find the orders that an importer should have imported and did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.core.finding import Finding
from conformance.importer.evidence import ImportEvidence
from conformance.importer.program import status_meanings
from conformance.importer.stores import exported_status
from mockstore.orders.model import Order


def lost_orders(evidence: ImportEvidence, expected: Mapping[str, Order], message: str) -> Iterator[Finding]:
    """Yield a finding with this message for each expected order that is not imported.

    If no request asked for the time in which the order was modified, the finding says that instead.
    """
    for number, order in expected.items():
        if evidence.has(order) or has_unmapped_status(evidence, order):
            continue
        if evidence.was_requested(order):
            yield Finding(message=message, order=number, expected="imported", actual="not among the imported orders")
        else:
            yield Finding(
                message="The order is in the window to be imported, but no request asked for its time.",
                order=number,
                expected=f"a window with {order.modified_at:%m/%d/%Y %H:%M}",
                actual="no such window",
            )


def has_unmapped_status(evidence: ImportEvidence, order: Order) -> bool:
    """True if the order's status has no configured meaning: the importer may hold such an order back."""
    return exported_status(order.status) not in status_meanings(evidence.facts)

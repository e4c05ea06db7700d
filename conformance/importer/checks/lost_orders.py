"""Orders that an importer should have, and has not."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.finding import Finding
from conformance.importer.evidence import OccasionEvidence
from conformance.importer.program import meanings_of
from mockstore.orders.model import Order


def lost(evidence: OccasionEvidence, message: str) -> Iterator[Finding]:
    for number, order in evidence.expected().items():
        if not evidence.has(order) and not held_back(evidence, order):
            yield Finding(message=message, order=number, expected="imported", actual="not among what was imported")


def held_back(evidence: OccasionEvidence, order: Order) -> bool:
    """Whether an order is left out because nobody said what its status means: that is the importer's to decide."""
    return order.status not in meanings_of(evidence.facts)

"""NOT: requirements that need more evidence than one exported order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.compare import normalized
from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.probes.shipment_update.notify import ValidNotification


def customer_notes_are_kept(result: ValidNotification) -> Iterator[Finding]:
    """NOT-1: a notification doesn't change what the customer wrote.

    Raises:
        NotExercised: if the order has no note of the customer.
    """
    before, after = result.before.customer_notes, result.after.customer_notes
    if not before:
        raise NotExercised("the order that is shipped has no note of the customer")
    if normalized(before) not in normalized(after):
        yield result.finding("A notification replaced what the customer wrote.", before, after)

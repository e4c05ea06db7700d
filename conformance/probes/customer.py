"""CUS: requirements that need more evidence than one exported order."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks import customer
from conformance.core.finding import Finding
from conformance.probes.time_window import WindowsAskedTwice


def same_customer_code_both_times(twice: WindowsAskedTwice) -> Iterator[Finding]:
    """CUS-3: a customer keeps the CustomerCode from export to export.

    Raises:
        NotExercised: if no order was exported.
    """
    twice.require_orders()
    for each in twice.pages:
        yield from customer.code_stays([*each.first.orders, *each.second.orders])

"""Checks of the feature *Pages and windows*: IMP-4. (IMP-3 is judged by the rules of the mock store.)"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.checks.breaches import obeys
from conformance.importer.checks.lost_orders import lost_orders
from conformance.importer.evidence import ConsecutiveImports, ImportsInTrouble
from mockstore.traffic.rules import no_gap_between_windows


def consecutive_windows_leave_no_gap(evidence: ConsecutiveImports) -> Iterator[Finding]:
    """IMP-4: consecutive windows leave no time out, and no order at their bounds is lost."""
    gaps = list(obeys(no_gap_between_windows, requirement="IMP-4")(evidence))
    yield from gaps
    if not gaps and not evidence.failed:
        yield from lost_orders(evidence, "An order at the bound between two windows was lost.")


def failed_poll_leaves_no_gap(evidence: ImportsInTrouble) -> Iterator[Finding]:
    """IMP-4: after a failed poll, the next windows leave no time out."""
    if evidence.failed:
        raise NotExercised("the importer still failed after the store worked again")
    yield from obeys(no_gap_between_windows, requirement="IMP-4")(evidence)

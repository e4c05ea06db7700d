"""IMP-4: no time is left out."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.core.errors import NotExercised
from conformance.core.finding import Finding
from conformance.importer.checks.breaches import conduct
from conformance.importer.checks.lost_orders import lost
from conformance.importer.evidence import OccasionEvidence
from mockstore.traffic.rules import no_gap_between_windows


def gapless(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-4: the windows leave no time out; nor do the orders at their edges get lost."""
    found = list(conduct(no_gap_between_windows, requirement="IMP-4")(evidence))
    yield from found
    if not found and not evidence.failed:
        yield from lost(evidence, "An order at the edge of two windows was lost.")


def window_made_good(evidence: OccasionEvidence) -> Iterator[Finding]:
    """IMP-4: after a failed poll the next windows leave no gap."""
    if evidence.failed:
        raise NotExercised("the importer still failed after the store had come back")
    yield from conduct(no_gap_between_windows, requirement="IMP-4")(evidence)

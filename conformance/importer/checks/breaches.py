"""Judge requests by the rules of the mock store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.core.finding import Finding, shorten
from conformance.importer.evidence import Evidence, Visit, Visits
from mockstore.traffic.rules import Rule


def everywhere(*checks: Callable[[Visit], Iterator[Finding]]) -> Callable[[Visits], Iterator[Finding]]:
    """Return the check that all requests to all stores pass these checks."""

    def check(visits: Visits) -> Iterator[Finding]:
        for visit in visits.stores:
            for each in checks:
                yield from each(visit)

    return check


def obeys(*rules: Rule, requirement: str) -> Callable[[Evidence], Iterator[Finding]]:
    """Return the check that the requests obey these rules. It reports only breaches of this requirement."""

    def check(evidence: Evidence) -> Iterator[Finding]:
        for rule in rules:
            for breach in rule(evidence.requests, evidence.access):
                if breach.requirement == requirement:
                    yield Finding(
                        message=breach.sentence,
                        expected=shorten(breach.expected),
                        actual=shorten(breach.actual),
                        exchange=evidence.offset + breach.number,
                    )

    return check

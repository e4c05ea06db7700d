"""Judge requests by the rules of the mock store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.core.finding import Finding, shorten
from conformance.importer.evidence import Evidence
from mockstore.traffic.rules import Rule


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

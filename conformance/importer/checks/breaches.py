"""Breaches of the rules of requests, as findings."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.core.finding import Finding, shorten
from conformance.importer.evidence import OccasionEvidence
from mockstore.traffic.rules import Breach, Rule

Judge = Callable[[OccasionEvidence], Iterator[Finding]]


def of_breach(breach: Breach, evidence: OccasionEvidence) -> Finding:
    """A breach of a rule, for the report."""
    return Finding(
        message=breach.sentence,
        expected=shorten(breach.expected),
        actual=shorten(breach.actual),
        exchange=evidence.offset + breach.number,
    )


def conduct(*rules: Rule, requirement: str) -> Judge:
    """What the requests break of these rules, as far as that is a matter of this requirement."""

    def judge(evidence: OccasionEvidence) -> Iterator[Finding]:
        for rule in rules:
            for breach in rule(evidence.requests, evidence.given):
                if breach.requirement == requirement:
                    yield of_breach(breach, evidence)

    return judge

"""From outcomes and exchanges to what a report has of them."""

from __future__ import annotations

from conformance.checks.hints import hint_for
from conformance.client.exchange import REPLY_LIMIT, REQUEST_LIMIT, Exchange, curl, masked, text_of
from conformance.core.verdict import Outcome, verdict_of
from conformance.report.model import Evidence, Result
from conformance.report.model import Exchange as Shown

EVIDENCE_LIMIT = 25
"""Findings of one scenario that a report keeps; how many there were is always said."""


def result_of(requirement: str, version: str, outcomes: list[Outcome]) -> Result:
    """The result of a requirement for a version, evidence included."""
    verdict, reason = verdict_of(outcomes)
    evidence: list[Evidence] = []
    for outcome in outcomes:
        evidence += [
            Evidence(
                outcome.scenario,
                finding.message,
                finding.order,
                finding.xpath,
                finding.expected,
                finding.actual,
                finding.exchange,
                hint_for(requirement, finding),
            )
            for finding in outcome.findings[:EVIDENCE_LIMIT]
        ]
        if (more := len(outcome.findings) - EVIDENCE_LIMIT) > 0:
            evidence.append(Evidence(outcome.scenario, f"… and {more} more findings of this kind"))
        evidence += [Evidence(outcome.scenario, note) for note in outcome.notes]
    return Result(requirement, version, verdict, reason, tuple(evidence))


def shown(exchange: Exchange, version: str) -> Shown:
    """The exchange as the report has it."""
    return Shown(
        number=exchange.number,
        version=version,
        method=exchange.method,
        url=exchange.url,
        request_headers=masked(exchange.request_headers),
        request_body=text_of(exchange.request_body, REQUEST_LIMIT),
        status=exchange.status,
        reason=exchange.reason,
        reply_headers=masked(exchange.reply_headers),
        reply_body=text_of(exchange.body, REPLY_LIMIT),
        duration_ms=round(exchange.duration_ms, 1),
        curl=curl(exchange),
        error=exchange.error,
    )

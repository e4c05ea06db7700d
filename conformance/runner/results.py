"""From outcomes and exchanges to what a report has of them."""

from __future__ import annotations

from conformance.checks.hints import hint_for
from conformance.client.exchange import (
    MAX_SHOWN_REPLY,
    MAX_SHOWN_REQUEST,
    Exchange,
    body_text,
    curl_command,
    mask_headers,
)
from conformance.core.verdict import Outcome, verdict_of
from conformance.report.model import ExchangeRecord, FindingRecord, Result

EVIDENCE_LIMIT = 25
"""Findings of one scenario that a report keeps; how many there were is always said."""


def result_of(requirement: str, version: str, outcomes: list[Outcome]) -> Result:
    """The result of a requirement for a version, evidence included."""
    verdict, reason = verdict_of(outcomes)
    evidence: list[FindingRecord] = []
    for outcome in outcomes:
        evidence += [
            FindingRecord(
                scenario=outcome.scenario,
                message=finding.message,
                order=finding.order,
                xpath=finding.xpath,
                expected=finding.expected,
                actual=finding.actual,
                exchange=finding.exchange,
                hint=hint_for(requirement, finding),
            )
            for finding in outcome.findings[:EVIDENCE_LIMIT]
        ]
        if (more := len(outcome.findings) - EVIDENCE_LIMIT) > 0:
            evidence.append(
                FindingRecord(scenario=outcome.scenario, message=f"… and {more} more findings of this kind")
            )
        evidence += [FindingRecord(scenario=outcome.scenario, message=note) for note in outcome.notes]
    return Result(requirement=requirement, version=version, verdict=verdict, reason=reason, evidence=tuple(evidence))


def exchange_record(exchange: Exchange, version: str) -> ExchangeRecord:
    """The exchange as the report has it."""
    return ExchangeRecord(
        number=exchange.number,
        version=version,
        method=exchange.method,
        url=exchange.url,
        request_headers=mask_headers(exchange.request_headers),
        request_body=body_text(exchange.request_body, MAX_SHOWN_REQUEST),
        status=exchange.status,
        reason=exchange.reason,
        reply_headers=mask_headers(exchange.reply_headers),
        reply_body=body_text(exchange.body, MAX_SHOWN_REPLY),
        duration_ms=round(exchange.duration_ms, 1),
        curl=curl_command(exchange),
        error=exchange.error,
    )

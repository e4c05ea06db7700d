"""Builds the report of a run from outcomes and exchanges. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from conformance import __version__
from conformance.checks.hints import hint_for
from conformance.client.exchange import (
    MAX_SHOWN_REPLY,
    MAX_SHOWN_REQUEST,
    Exchange,
    Headers,
    body_text,
    curl_command,
    mask_exchange,
    mask_headers,
)
from conformance.contract.requirements import requirements
from conformance.core.errors import describe_fault
from conformance.core.finding import MAX_SHOWN_TEXT, Finding, shorten
from conformance.core.masking import NO_SECRETS, Secrets
from conformance.core.model import Requirement, Role, Scope
from conformance.core.times import rfc3339
from conformance.core.verdict import Outcome, verdict_of
from conformance.report import baseline as baselines
from conformance.report.grouping import NO_RESULT
from conformance.report.model import (
    SCHEMA_VERSION,
    Excerpt,
    ExchangeRecord,
    FindingRecord,
    Report,
    Result,
    SharedProperty,
)
from conformance.report.summary import GateLevel, summarise
from conformance.runner.evidence import MAX_FINDINGS
from conformance.runner.results import SessionResult, failed_result
from conformance.runner.settings import Selection

CUT_OFF = "requirements that were not judged by then are missing"
"""End of the notice of a run that was stopped."""
Seconds = Mapping[tuple[str, str], float]
"""Requirement and target → the seconds that judging took."""


@dataclass(frozen=True, kw_only=True)
class RunDescription:
    """The part of a report that is known before the run: target, versions, level, selection, scope."""

    target: str
    versions: tuple[str, ...]
    level: GateLevel
    selection: Selection
    role: Role = "store"
    scope: Scope = "full"
    seed: int = 1
    command: tuple[str, ...] = ()


def build_report(
    description: RunDescription,
    result: SessionResult,
    started: datetime,
    duration_s: float,
    *,
    baseline: baselines.Baseline | None = None,
    allow_stale: bool = False,
    seconds: Seconds | None = None,
) -> Report:
    """Return the report of a run. ``seconds`` is how long each requirement took, if it was not judged just now."""
    chosen = tuple(
        each for each in requirements(description.role) if description.selection.takes(each.id, each.feature)
    )
    results = results_of(chosen, description.versions, result, seconds_of(result) if seconds is None else seconds)
    applied = baselines.apply(baseline, results, started.date(), allow_stale=allow_stale)
    return Report(
        schema=SCHEMA_VERSION,
        suite_version=__version__,
        target=description.target,
        role=description.role,
        scope=description.scope,
        seed=description.seed,
        store_versions=description.versions,
        started_at=rfc3339(started),
        duration_s=round(duration_s, 3),
        requests=result.requests,
        requirements=chosen,
        results=applied.results,
        summary=summarise(
            chosen,
            applied.results,
            description.scope,
            description.level,
            description.versions,
            stale=bool(applied.stale),
            faults=len(dict.fromkeys(result.faults)),
            stopped=bool(result.stopped),
        ),
        notices=(
            *((f"{result.stopped}: {CUT_OFF}",) if result.stopped else ()),
            *_scenario_notice(description.selection),
            *dict.fromkeys(result.faults),
            *_without_version(result.notices, description.versions),
            *applied.notices,
        ),
        exchanges=result.exchanges,
        stopped=result.stopped,
        command=description.command,
    )


def build_report_or_fault(
    description: RunDescription,
    result: SessionResult,
    started: datetime,
    duration_s: float,
    *,
    baseline: baselines.Baseline | None = None,
    allow_stale: bool = False,
    secrets: Secrets = NO_SECRETS,
) -> Report:
    """Return the report of a run; if that fails, a report in which every requirement has this error of the suite."""
    try:
        return build_report(description, result, started, duration_s, baseline=baseline, allow_stale=allow_stale)
    except Exception as error:
        fault = secrets.message(describe_fault(error))
        failed = failed_result(description.role, description.versions, description.selection, fault)
        return build_report(description, replace(failed, requests=result.requests), started, duration_s)


def _scenario_notice(selection: Selection) -> Sequence[str]:
    if not selection.scenarios:
        return ()
    parts = " or ".join(repr(part) for part in selection.scenarios)
    return (f"only scenarios with {parts} in their name were judged, so their requirements are judged in part",)


def _without_version(notices: Sequence[str], versions: Sequence[str]) -> Sequence[str]:
    """Return the notices; if there is only one version, it doesn't stand before them."""
    return notices if len(versions) > 1 else [notice.removeprefix(f"{versions[0]}: ") for notice in notices]


def seconds_of(session: SessionResult) -> Seconds:
    """Return how long each requirement took for each target, in seconds."""
    found: dict[tuple[str, str], float] = defaultdict(float)
    for outcome in session.outcomes:
        found[outcome.requirement, outcome.target] += outcome.seconds
    return {key: round(value, 3) for key, value in found.items()}


def results_of(
    chosen: tuple[Requirement, ...], versions: tuple[str, ...], session: SessionResult, seconds: Seconds
) -> list[Result]:
    """Return a result for each requirement and version."""
    found: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in session.outcomes:
        found[outcome.requirement, outcome.target].append(outcome)
    return [
        msgspec.structs.replace(
            _result_or_fault(each.id, version, found[each.id, version], stopped=bool(session.stopped)),
            duration_s=seconds.get((each.id, version), 0.0),
        )
        for version in versions
        for each in chosen
    ]


def _result_or_fault(requirement: str, version: str, outcomes: list[Outcome], *, stopped: bool) -> Result:
    """Return a result; an error of the suite in one result costs no other."""
    try:
        return result_of(requirement, version, outcomes, stopped=stopped)
    except Exception as error:
        return Result(requirement=requirement, version=version, verdict="error", reason=describe_fault(error))


def result_of(requirement: str, version: str, outcomes: list[Outcome], *, stopped: bool = False) -> Result:
    """Return the result of a requirement in a version, with its evidence."""
    verdict, reason = verdict_of(outcomes)
    if stopped and not outcomes:
        reason = NO_RESULT
    evidence: list[FindingRecord] = []
    for outcome in outcomes:
        evidence += [_finding(requirement, outcome, finding) for finding in outcome.findings[:MAX_FINDINGS]]
        if (more := len(outcome.findings) - MAX_FINDINGS) > 0:
            evidence.append(
                FindingRecord(
                    scenario=outcome.scenario,
                    message=f"… and {more} more findings of this kind",
                    more=more,
                    shared=outcome.findings[0].shared if len({each.shared for each in outcome.findings}) == 1 else None,
                )
            )
        evidence += [FindingRecord(scenario=outcome.scenario, message=note) for note in outcome.notes]
    return Result(
        requirement=requirement,
        version=version,
        verdict=verdict,
        reason=reason,
        evidence=tuple(evidence),
        shared=tuple(
            SharedProperty(
                scenario=outcome.scenario,
                property=each.name,
                failing=each.failing,
                others=each.others,
                place=each.place,
                among=each.among,
            )
            for outcome in outcomes
            for each in outcome.shared
        ),
    )


def _finding(requirement: str, outcome: Outcome, finding: Finding) -> FindingRecord:
    return FindingRecord(
        scenario=outcome.scenario,
        message=finding.message,
        order=finding.order,
        xpath=finding.xpath,
        expected=finding.expected,
        actual=finding.actual,
        exchange=finding.exchange,
        hint=hint_for(requirement, finding),
        shared=finding.shared,
        specimen=finding.specimen,
        excerpt=None
        if (part := finding.excerpt) is None
        else Excerpt(before=part.before, fault=part.fault, after=part.after, order=part.order),
    )


MAX_SHOWN_HEADERS = 100
"""A report shows at most this many headers of a message."""


def shown_headers(headers: Headers) -> Headers:
    """Return headers as the report shows them: masked, and cut if they are long or many."""
    shown = tuple(
        (shorten(name, MAX_SHOWN_TEXT), shorten(value, MAX_SHOWN_TEXT))
        for name, value in mask_headers(headers[:MAX_SHOWN_HEADERS])
    )
    more = len(headers) - MAX_SHOWN_HEADERS
    return (*shown, ("…", f"{more} more headers")) if more > 0 else shown


def exchange_record(exchange: Exchange, version: str, secrets: Secrets = NO_SECRETS) -> ExchangeRecord:
    """Return an exchange as the report shows it, without secrets."""
    exchange = mask_exchange(exchange, secrets)
    return ExchangeRecord(
        number=exchange.number,
        version=version,
        method=exchange.method,
        url=exchange.url,
        request_headers=shown_headers(exchange.request_headers),
        request_body=secrets.message(body_text(exchange.request_body, MAX_SHOWN_REQUEST)),
        status=exchange.status,
        reason=shorten(exchange.reason, MAX_SHOWN_TEXT),
        reply_headers=shown_headers(exchange.reply_headers),
        reply_body=secrets.message(body_text(exchange.reply_body, MAX_SHOWN_REPLY)),
        duration_ms=round(exchange.duration_ms, 1),
        curl=secrets.message(curl_command(exchange)),
        error=exchange.error,
    )

"""A whole run: judge the targets, make the report of it, apply the baseline, sum up."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from conformance import __version__
from conformance.contract.requirements import requirements
from conformance.core.events import EventHandler, ignore_event
from conformance.core.model import Requirement
from conformance.core.verdict import Outcome
from conformance.report import baseline as baselines
from conformance.report.model import SCHEMA_VERSION, Report, Result
from conformance.report.summary import in_scope, summarise
from conformance.runner import run_record as records
from conformance.runner.results import result_of
from conformance.runner.session import SessionResult
from conformance.runner.settings import RunSettings, place_of
from conformance.runner.timing import Durations
from conformance.runner.workers import run_in_workers

CUT_OFF = "the run was interrupted: requirements that were not judged by then are missing"


def run(
    settings: RunSettings,
    *,
    baseline: baselines.Baseline | None = None,
    allow_stale: bool = False,
    watch: EventHandler = ignore_event,
    judge: Callable[[RunSettings, EventHandler], SessionResult] = run_in_workers,
    measured: Callable[[Durations], None] = lambda durations: None,
) -> Report:
    """Judge, and say what came out. What goes wrong for one target is in the report, not raised.

    ``measured`` is told where the time went.
    """
    started = datetime.now(UTC)
    settings = msgspec.structs.replace(settings, started_at=settings.started_at or started)
    known = None if baseline is None else baseline.entries
    record = records.RunRecord(__version__, settings, started, None, known, allow_stale)
    if settings.record:
        records.prepare(Path(settings.record))
        records.write(record, Path(settings.record))
    clock = time.perf_counter()
    judged = judge(settings, watch)
    duration_s = time.perf_counter() - clock
    measured(judged.durations)
    if settings.record:
        records.write(msgspec.structs.replace(record, duration_s=duration_s), Path(settings.record))
    return report_of(settings, judged, started, duration_s, baseline=baseline, allow_stale=allow_stale)


def judge_again(record: records.RunRecord, watch: EventHandler = ignore_event) -> Report:
    """Judge a recorded run again, and return the report; the same suite makes the same report.

    Raises:
        KeyboardInterrupt: SIGINT came, so that the report would be incomplete.
    """
    baseline = None if record.baseline is None else baselines.Baseline(record.baseline)
    judged = run_in_workers(record.settings, watch)
    if judged.interrupted:
        raise KeyboardInterrupt
    return report_of(
        record.settings,
        judged,
        record.started_at,
        record.duration_s or 0.0,
        baseline=baseline,
        allow_stale=record.allow_stale,
    )


def report_of(
    settings: RunSettings,
    judged: SessionResult,
    started: datetime,
    duration_s: float,
    *,
    baseline: baselines.Baseline | None = None,
    allow_stale: bool = False,
) -> Report:
    """The report of a judgement; pure."""
    chosen = tuple(each for each in requirements() if settings.selection.takes(each.id, each.feature))
    versions = tuple(target.name for target in settings.targets)
    results = results_of(chosen, versions, judged)
    notices = list(judged.notices)
    if judged.interrupted:
        notices.insert(0, CUT_OFF)
    applied = baselines.apply(baseline, results, started.date(), allow_stale=allow_stale)
    notices += applied.notices
    outside = sum(not in_scope(each, settings.scope) and each.level != "info" for each in chosen)
    if outside:
        notices.append(
            f"{outside} of {len(chosen)} requirements need more than --scope {settings.scope}; "
            "the run is complete without them"
        )
    places = dict.fromkeys(map(place_of, settings.targets))
    return Report(
        schema=SCHEMA_VERSION,
        suite_version=__version__,
        target=", ".join(places),
        role="store",
        scope=settings.scope,
        seed=settings.seed,
        store_versions=versions,
        started_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration_s=round(duration_s, 3),
        requests=judged.requests,
        requirements=chosen,
        results=applied.results,
        summary=summarise(chosen, applied.results, settings.scope, settings.level, versions, stale=bool(applied.stale)),
        notices=tuple(notices),
        exchanges=judged.exchanges,
    )


def results_of(chosen: tuple[Requirement, ...], versions: tuple[str, ...], judged: SessionResult) -> list[Result]:
    """One result for each requirement and version."""
    outcomes: dict[tuple[str, str], list[Outcome]] = defaultdict(list)
    for outcome in judged.outcomes:
        outcomes[outcome.requirement, outcome.target].append(outcome)
    return [result_of(each.id, version, outcomes[each.id, version]) for version in versions for each in chosen]

"""A whole run on stores: judge the targets, record the run, build the report."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from conformance import __version__
from conformance.core.events import EventHandler, ignore_event
from conformance.report.baseline import Baseline
from conformance.report.model import Report
from conformance.runner import run_record as records
from conformance.runner.build_report import RunDescription, build_report, build_report_or_fault, seconds_of
from conformance.runner.command_line import command_of_run
from conformance.runner.known_secrets import hide_in_result, secrets_of_all, with_masked_urls
from conformance.runner.results import SessionResult
from conformance.runner.settings import RunSettings, UrlTarget, place_of
from conformance.runner.timing import Durations
from conformance.runner.workers import run_in_workers


def run(
    settings: RunSettings,
    *,
    baseline: Baseline | None = None,
    allow_stale: bool = False,
    watch: EventHandler = ignore_event,
    judge: Callable[[RunSettings, EventHandler], SessionResult] = run_in_workers,
    measured: Callable[[Durations], None] = lambda durations: None,
) -> Report:
    """Judge the targets, and return the report. The failure of one target is in the report, not raised.

    ``measured`` is called with the durations.
    """
    started = datetime.now(UTC)
    settings = msgspec.structs.replace(settings, started_at=settings.started_at or started)
    record = records.RunRecord(__version__, settings, started, allow_stale=allow_stale)
    if baseline is not None:
        record = msgspec.structs.replace(record, baseline=baseline.entries, not_exercised=baseline.not_exercised)
    if settings.record:
        records.prepare(Path(settings.record))
        records.write(record, Path(settings.record))
    clock = time.perf_counter()
    result = judge(settings, watch)
    duration_s = time.perf_counter() - clock
    measured(result.durations)
    if settings.record:
        seconds = tuple((*key, value) for key, value in seconds_of(result).items())
        record = msgspec.structs.replace(record, duration_s=duration_s, seconds=seconds)
        lost = records.finish(record, Path(settings.record))
        result = replace(result, notices=(*result.notices, *lost))
    secrets = secrets_of_all(settings.targets)
    result = hide_in_result(result, secrets)
    return build_report_or_fault(
        describe_run(settings),
        result,
        started,
        duration_s,
        baseline=baseline,
        allow_stale=allow_stale,
        secrets=secrets,
    )


def judge_again(record: records.RunRecord, watch: EventHandler = ignore_event) -> Report:
    """Judge a recorded run again, and return the report; the same suite makes the same report.

    Raises:
        KeyboardInterrupt: the run was stopped, so that the report would be incomplete.
    """
    result = run_in_workers(record.settings, watch)
    if result.stopped:
        raise KeyboardInterrupt(result.stopped)
    return build_report(
        describe_run(record.settings),
        result,
        record.started_at,
        record.duration_s or 0.0,
        baseline=record.whole_baseline,
        allow_stale=record.allow_stale,
        seconds={(requirement, target): value for requirement, target, value in record.seconds},
    )


def describe_run(settings: RunSettings) -> RunDescription:
    """Return the part of a run's report that follows from its settings. It holds no secret."""
    shown = [with_masked_urls(each) if isinstance(each, UrlTarget) else each for each in settings.targets]
    return RunDescription(
        target=", ".join(dict.fromkeys(map(place_of, shown))),
        versions=tuple(target.name for target in settings.targets),
        level=settings.level,
        selection=settings.selection,
        scope=settings.scope,
        seed=settings.seed,
        command=command_of_run(settings),
    )

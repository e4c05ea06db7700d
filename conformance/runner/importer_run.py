"""Run the suite on an importer: start stores, judge, end all child processes, and build the report."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType

import msgspec
import pytest

from conformance.client.session import EventLoop
from conformance.contract.requirements import requirements
from conformance.core.errors import describe_fault
from conformance.core.events import Event, EventHandler, ScenarioStarted, StillWaiting, ignore_event
from conformance.core.masking import Secrets
from conformance.importer.harness import ImporterRun
from conformance.importer.occasions.requests import SPECIAL_PASSWORD
from conformance.importer.process import kill_strays
from conformance.importer.program import ImporterProgram, StateFolder
from conformance.importer.service import ImporterService
from conformance.importer.stores import StoreLogin
from conformance.importer.target import ImporterTarget, OccasionRunner
from conformance.report.baseline import Baseline
from conformance.report.model import Report
from conformance.report.summary import failing_levels
from conformance.runner.build_report import RunDescription, build_report
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.known_secrets import hide_in_result, secrets_of_importer
from conformance.runner.recorder import Recorder
from conformance.runner.results import SessionResult
from conformance.runner.session import run_pytest, session_result

STORES_PER_JOB = 2
"""Stores that are open at the same time: while the importer reads one, the next is filled with orders."""


@contextlib.contextmanager
def _interrupted_by_signals() -> Iterator[None]:
    """Treat SIGTERM and SIGHUP like Ctrl-C, so that no child process outlives the run."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def without_secrets(watch: EventHandler, hidden: Secrets) -> EventHandler:
    """Return a handler of events that shows no secret."""

    def show(event: Event) -> None:
        if isinstance(event, StillWaiting):
            event = msgspec.structs.replace(event, what=hidden.message(event.what))
        watch(event)

    return show


def judge(settings: ImporterSettings, watch: EventHandler) -> SessionResult:
    """Judge an importer with mock stores of each version.

    Raises:
        FeatureError: the sentences of a feature file don't fit together. Nothing was started.
    """
    from conformance.suite.feature_check import check_features

    check_features("importer")
    run_mark = secrets.token_hex(16)
    password = settings.password.value or secrets.token_urlsafe(12)
    hidden = secrets_of_importer([password, SPECIAL_PASSWORD], settings.username, settings.results_url)
    watch = without_secrets(watch, hidden)
    folder = Path(tempfile.mkdtemp(prefix="conformance-importer-"))
    program = ImporterProgram(
        settings.import_command,
        settings.ship_command,
        settings.password_variable,
        settings.mapping,
        run_mark,
        settings.limit_s,
        asyncio.Semaphore(settings.jobs),
    )
    importer: ImporterProgram | ImporterService = program
    if settings.is_service:
        shipper = program if settings.ship_command is not None else None
        importer = ImporterService(settings.results_url, settings.mapping, shipper, settings.limit_s, watch)
    login = StoreLogin(settings.username, password, settings.port, for_service=settings.is_service)
    started = time.perf_counter()
    catalogue = {requirement.id: requirement for requirement in requirements("importer")}
    failing = failing_levels(settings.level)

    def new_state() -> StateFolder:
        return StateFolder(Path(tempfile.mkdtemp(dir=folder)))

    store_slots = asyncio.Semaphore(STORES_PER_JOB * settings.jobs)
    loop = EventLoop()
    try:
        targets = [
            ImporterTarget(
                version,
                OccasionRunner(ImporterRun(importer, version, login, new_state, store_slots), loop),
                has_ship_command=settings.ship_command is not None,
                has_import_command=not settings.is_service,
                reports_imports=not settings.is_service or bool(settings.results_url),
                secrets=hidden,
            )
            for version in settings.versions
        ]
        recorder = Recorder(
            targets,
            selected=lambda name: settings.selection.takes(name, catalogue[name].feature),
            fails_run=lambda name: catalogue[name].level in failing,
            watch=watch,
            role="importer",
            prepare=lambda scenarios: prepare(targets, scenarios, watch) if settings.jobs > 1 else None,
        )
        with _interrupted_by_signals():
            try:
                interrupted = run_pytest(recorder) == pytest.ExitCode.INTERRUPTED
            except Exception as error:
                interrupted, recorder.fault = False, describe_fault(error)
        return hide_in_result(session_result(recorder, started, interrupted=interrupted), hidden)
    finally:
        loop.close()
        kill_strays(run_mark)
        shutil.rmtree(folder, ignore_errors=True)


def prepare(
    targets: list[ImporterTarget], scenarios: list[tuple[frozenset[str], list[str]]], watch: EventHandler
) -> None:
    """Run the occasions of all these scenarios (tags, sentences) beforehand, several at the same time."""
    from conformance.suite.importer_sentences import occasion_of

    watch(ScenarioStarted("IMP", "Importer", "IMP, Calling the importer", 0, 0))
    for target in targets:
        calls = [
            call
            for tags, sentences in scenarios
            if not target.skip_reason("", tags)
            for sentence in sentences
            if (call := occasion_of(sentence)) is not None
        ]
        target.survey.prepare(calls)


def run(
    settings: ImporterSettings,
    watch: EventHandler = ignore_event,
    *,
    baseline: Baseline | None = None,
    allow_stale: bool = False,
) -> Report:
    """Judge an importer, and return the report."""
    started, clock = datetime.now(UTC), time.perf_counter()
    result = judge(settings, watch)
    description = RunDescription(
        target=settings.shown,
        versions=settings.versions,
        level=settings.level,
        selection=settings.selection,
        role="importer",
    )
    return build_report(
        description, result, started, time.perf_counter() - clock, baseline=baseline, allow_stale=allow_stale
    )

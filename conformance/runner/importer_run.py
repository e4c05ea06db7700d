"""Run the suite on an importer: start stores, judge, end all child processes, and build the report."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import msgspec

from conformance.client.session import EventLoop
from conformance.contract.requirements import LAST, requirements
from conformance.core.errors import describe_fault
from conformance.core.events import Event, EventHandler, ImporterTried, ScenarioStarted, StillWaiting, ignore_event
from conformance.core.guardian import temporary_folder
from conformance.core.interrupts import ignored, interruptible
from conformance.core.masking import Secrets
from conformance.importer.harness import ImporterRun
from conformance.importer.occasions.requests import SPECIAL_PASSWORD
from conformance.importer.process import RUN_VARIABLE, descendants_ended
from conformance.importer.program import ImporterProgram, StateFolder
from conformance.importer.service import ImporterService
from conformance.importer.stores import StoreLogin
from conformance.importer.target import ImporterTarget, OccasionCall, OccasionRunner
from conformance.report.baseline import Baseline
from conformance.report.model import Report
from conformance.report.summary import failing_levels
from conformance.runner.build_report import RunDescription, build_report_or_fault
from conformance.runner.command_line import command_of_importer
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.known_secrets import hide_in_result, secrets_of_importer
from conformance.runner.recorder import Recorder
from conformance.runner.results import SessionResult
from conformance.runner.session import INTERRUPT, run_pytest, session_result

STORES_PER_JOB = 2
"""Stores that are open at the same time: while the importer reads one, the next is filled with orders."""


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
    started = time.perf_counter()
    run_mark = secrets.token_hex(16)
    password = settings.password.value or secrets.token_urlsafe(12)
    hidden = secrets_of_importer([password, SPECIAL_PASSWORD], settings.username, settings.results_url)
    # what is entered last is left first: the processes end before their folder is deleted
    with (
        ignored(),
        temporary_folder("conformance-importer-", f"{RUN_VARIABLE}={run_mark}") as folder,
        descendants_ended(run_mark),
        contextlib.closing(EventLoop()) as loop,
    ):
        login = StoreLogin(settings.username, password, settings.port, for_service=settings.is_service)
        recorder = _recorder(settings, without_secrets(watch, hidden), run_mark, folder, loop, login, hidden)
        stopped = ""
        try:
            with interruptible():
                stopped = run_pytest(recorder)
        except KeyboardInterrupt:
            stopped = INTERRUPT
        except Exception as error:
            recorder.fault = describe_fault(error)
        return hide_in_result(session_result(recorder, started, stopped=stopped), hidden)


def _recorder(
    settings: ImporterSettings,
    watch: EventHandler,
    run_mark: str,
    folder: Path,
    loop: EventLoop,
    login: StoreLogin,
    hidden: Secrets,
) -> Recorder:
    """Return the recorder of a run: its targets are the versions of the mock stores."""
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
    catalogue = {requirement.id: requirement for requirement in requirements("importer")}
    failing = failing_levels(settings.level)

    def new_state() -> StateFolder:
        return StateFolder(Path(tempfile.mkdtemp(dir=folder)))

    store_slots = asyncio.Semaphore(STORES_PER_JOB * settings.jobs)
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
    return Recorder(
        targets,
        selected=lambda name: settings.selection.takes(name, catalogue[name].feature),
        takes_scenario=settings.selection.takes_scenario,
        fails_run=lambda name: catalogue[name].level in failing,
        watch=watch,
        role="importer",
        prepare=lambda scenarios: prepare(targets, scenarios, watch) if settings.jobs > 1 else None,
    )


def prepare(
    targets: list[ImporterTarget], scenarios: list[tuple[frozenset[str], list[str]]], watch: EventHandler
) -> None:
    """Run the occasions of all these scenarios (tags, sentences) beforehand, several at the same time."""
    from conformance.suite.importer_sentences import occasion_of

    watch(ScenarioStarted("IMP", "Importer", "IMP, Calling the importer", 0, 0))
    for target in targets:
        named = {
            call: sentence
            for tags, sentences in scenarios
            if LAST not in tags and not target.skip_reason("", tags)
            for sentence in sentences
            if (call := occasion_of(sentence)) is not None
        }
        ended = count(1)

        def tell(call: OccasionCall, named: dict[OccasionCall, str] = named, ended: Iterator[int] = ended) -> None:
            watch(ImporterTried(named[call], next(ended), len(named)))

        target.survey.prepare(named, tell)


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
        command=command_of_importer(settings),
    )
    return build_report_or_fault(
        description, result, started, time.perf_counter() - clock, baseline=baseline, allow_stale=allow_stale
    )

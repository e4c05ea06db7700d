"""A whole run on an importer: stores opened, the suite run, children ended, the report made."""

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

import pytest

from conformance import __version__
from conformance.client.session import EventLoop
from conformance.contract.requirements import requirements
from conformance.core.events import Began, Watch, ignore_event
from conformance.importer.attached import Attached
from conformance.importer.importer_run import ImporterRun
from conformance.importer.process import sweep
from conformance.importer.program import Memory, Program
from conformance.importer.stores import AccessMode
from conformance.importer.target import Importer, Occasions
from conformance.report import baseline as baselines
from conformance.report.model import SCHEMA_VERSION, Report
from conformance.report.summary import summarise
from conformance.runner.importer_settings import ImporterSettings
from conformance.runner.recorder import Recorder
from conformance.runner.run import CUT_OFF, results_of
from conformance.runner.session import SessionResult, run_pytest, session_result


@contextlib.contextmanager
def _ending_on_signal() -> Iterator[None]:
    """A signal to end unwinds the run, so that no child outlives it."""

    def unwind(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, unwind) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def judge(settings: ImporterSettings, watch: Watch) -> SessionResult:
    """Judge an importer before the stores of each version."""
    mark = secrets.token_hex(16)
    folder = Path(tempfile.mkdtemp(prefix="conformance-importer-"))
    program = Program(
        settings.importing,
        settings.shipping,
        settings.password_variable,
        settings.mapping,
        mark,
        settings.limit_s,
        asyncio.Semaphore(settings.at_once),
    )
    importer: Program | Attached = program
    if settings.attached:
        teller = program if settings.shipping is not None else None
        importer = Attached(settings.results, settings.mapping, teller, settings.limit_s, watch)
    password = settings.password.value or secrets.token_urlsafe(12)
    access = AccessMode(settings.username, password, settings.port, at_once=settings.attached)
    started = time.perf_counter()
    catalogue = {requirement.id: requirement for requirement in requirements("importer")}
    gated = ("must",) if settings.level == "must" else ("must", "should")

    def memory() -> Memory:
        return Memory(Path(tempfile.mkdtemp(dir=folder)))

    loop = EventLoop()
    try:
        parties = [
            Importer(
                version,
                Occasions(ImporterRun(importer, version, access, memory), loop),
                settings.shipping is not None,
                calls=not settings.attached,
                tells=not settings.attached or bool(settings.results),
            )
            for version in settings.versions
        ]
        recorder = Recorder(
            parties,
            selected=lambda name: settings.selection.takes(name, catalogue[name].feature),
            gated=lambda name: catalogue[name].level in gated,
            watch=watch,
            role="importer",
            prepare=lambda scenarios: prepare(parties, scenarios, watch) if settings.at_once > 1 else None,
        )
        with _ending_on_signal():
            interrupted = run_pytest(recorder) == pytest.ExitCode.INTERRUPTED
        return session_result(recorder, started, interrupted=interrupted)
    finally:
        loop.close()
        sweep(mark)
        shutil.rmtree(folder, ignore_errors=True)


def prepare(parties: list[Importer], scenarios: list[tuple[frozenset[str], list[str]]], watch: Watch) -> None:
    """Bring about what the scenarios are about beforehand, several occasions at the same time."""
    from conformance.suite.importer_when import occasion_of

    watch(Began("IMP", "Importer", "IMP, Calling the importer", 0, 0))
    for party in parties:
        wanted = [
            occasion
            for tags, steps in scenarios
            if not party.lacks("", tags)
            for text in steps
            if (occasion := occasion_of(text)) is not None
        ]
        party.survey.prepare(wanted)


def run(
    settings: ImporterSettings,
    watch: Watch = ignore_event,
    *,
    baseline: baselines.Baseline | None = None,
    allow_stale: bool = False,
) -> Report:
    """Judge, and say what came out."""
    started, clock = datetime.now(UTC), time.perf_counter()
    judged = judge(settings, watch)
    chosen = tuple(each for each in requirements("importer") if settings.selection.takes(each.id, each.feature))
    results = results_of(chosen, settings.versions, judged)
    applied = baselines.apply(baseline, results, started.date(), allow_stale=allow_stale)
    return Report(
        schema=SCHEMA_VERSION,
        suite_version=__version__,
        target=settings.shown,
        role="importer",
        scope="full",
        seed=1,
        store_versions=settings.versions,
        started_at=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        duration_s=round(time.perf_counter() - clock, 3),
        requests=judged.requests,
        requirements=chosen,
        results=applied.results,
        summary=summarise(
            chosen, applied.results, "full", settings.level, settings.versions, stale=bool(applied.stale)
        ),
        notices=((CUT_OFF,) if judged.interrupted else ()) + judged.notices + applied.notices,
        exchanges=judged.exchanges,
    )

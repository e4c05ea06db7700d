"""Judges targets in this process: opens them, runs the suite over all of them, and closes them.

One event loop and one pytest session serve all targets. :mod:`conformance.runner.workers` starts several processes.
"""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib.resources import files

import pytest

from conformance.client.bodies import BodyStore
from conformance.client.parsing.limits import LIVE, MAX_MEMORY
from conformance.client.session import EventLoop
from conformance.contract.requirements import requirements
from conformance.core.errors import ConformanceError, describe_fault
from conformance.core.events import EventHandler, ignore_event
from conformance.core.finding import shorten
from conformance.core.gc_tuning import infrequent_gc
from conformance.core.interrupts import ignored, interruptible, stop_reason
from conformance.core.verdict import Outcome
from conformance.report.model import ExchangeRecord
from conformance.report.summary import failing_levels
from conformance.runner.build_report import exchange_record
from conformance.runner.evidence import with_evidence
from conformance.runner.preflight import check_target
from conformance.runner.recorder import Recorder
from conformance.runner.redaction import Pseudonyms
from conformance.runner.results import SessionResult, failed_result
from conformance.runner.settings import RunSettings
from conformance.runner.target import Target
from conformance.runner.targets import open_target
from conformance.runner.timing import Durations

UNUSED_PLUGINS = (
    *("junitxml", "doctest", "warnings", "logging", "unraisableexception", "threadexception", "faulthandler"),
    *("stepwise", "pastebin", "legacypath", "setuponly", "setupplan", "unittest", "debugging"),
    *("recwarn", "monkeypatch", "tmpdir", "subtests"),
)
"""Plug-ins of pytest itself that the suite does not need."""
INTERRUPT = "an interrupt stopped the run"
"""What ended a run if only pytest knows why."""
AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
"""Environment variable that keeps pytest from loading the plug-ins of other packages."""


@contextlib.contextmanager
def open_targets(settings: RunSettings, watch: EventHandler = ignore_event) -> Iterator[Recorder]:
    """Open all targets of a run, and close them at the end. The value is the recorder of the run."""
    catalogue = {requirement.id: requirement for requirement in requirements()}
    failing = failing_levels(settings.level)
    loop = EventLoop()
    with contextlib.ExitStack() as stack:
        stack.callback(loop.close)
        LIVE.allow(MAX_MEMORY * len(settings.targets))
        bodies = stack.enter_context(contextlib.closing(BodyStore()))
        targets: list[Target] = []
        faults: dict[str, str] = {}
        for wanted in settings.targets:
            try:
                target = stack.enter_context(open_target(wanted, settings, loop, bodies, watch))
                target.explains_findings = settings.explains_findings
                targets.append(target)
            except (ConformanceError, OSError):
                raise
            except Exception as error:
                faults[wanted.name] = describe_fault(error)
        recorder = Recorder(
            targets,
            selected=lambda requirement: settings.selection.takes(requirement, catalogue[requirement].feature),
            takes_scenario=settings.selection.takes_scenario,
            fails_run=lambda requirement: catalogue[requirement].level in failing,
            watch=watch,
        )
        recorder.faults = faults
        try:
            yield recorder
        finally:
            recorder.targets.clear()
            for target in targets:
                stack.callback(target.survey.let_go)


def check_targets(recorder: Recorder) -> None:
    """Find out whether each target can be judged."""
    for target in recorder.targets:
        try:
            check_target(target)
        except Exception as error:
            target.fault = describe_fault(error)


def delete_specimens(recorder: Recorder) -> None:
    """Delete the orders that the suite created, even after a stop. An embedded store is discarded as a whole."""
    with ignored():
        for target in recorder.targets:
            target.session.begin_clean_up(len(target.survey.undeleted_specimens))
            try:
                left = [] if target.embedded else target.survey.delete_specimens()
            except Exception as error:
                target.fault = describe_fault(error)
                target.notices.append(
                    f"the suite may have left orders of its own: it failed while it deleted them{target.advice_to_tidy}"
                )
            else:
                if left:
                    target.notices.append(
                        f"the suite could not delete these orders of its own: {', '.join(left)}{target.advice_to_tidy}"
                    )


def run_session(settings: RunSettings, watch: EventHandler = ignore_event) -> SessionResult:
    """Judge all targets of a run in this process.

    Raises:
        FeatureError: the sentences of a feature file don't fit together. Nothing was sent.
    """
    from conformance.suite.feature_check import check_features

    started = time.perf_counter()
    check_features("store")
    result: SessionResult | None = None
    try:
        with ignored(), open_targets(settings, watch) as recorder:
            stopped = ""
            try:
                with interruptible():
                    check_targets(recorder)
                    stopped = run_pytest(recorder)
            except KeyboardInterrupt:
                stopped = INTERRUPT
            except Exception as error:
                recorder.fault = describe_fault(error)
            finally:
                delete_specimens(recorder)
            result = session_result(recorder, started, stopped=stopped, redact=settings.redact)
    except Exception as error:
        if result is None and isinstance(error, ConformanceError | OSError):
            raise
        fault = describe_fault(error)
        result = failed_session(settings, fault) if result is None else replace(result, faults=(*result.faults, fault))
    return result


def session_result(recorder: Recorder, started: float, *, stopped: str = "", redact: bool = False) -> SessionResult:
    """Return what the recorder has, with the exchanges that findings name. ``stopped`` is why the run ended early."""
    stopped = stop_reason() or stopped
    if not stopped:
        recorder.outcomes += list(_missing_outcomes(recorder))
    parts = [_part(target, recorder.outcomes, redact=redact) for target in recorder.targets]
    opened = {target.name for target in recorder.targets}
    ended_by = (recorder.fault,) if recorder.fault else ()
    return SessionResult(
        outcomes=(
            *(outcome for outcomes, _, _ in parts for outcome in outcomes),
            *(outcome for outcome in recorder.outcomes if outcome.target not in opened),
        ),
        exchanges=tuple(exchange for _, exchanges, _ in parts for exchange in exchanges),
        requests=recorder.requests,
        notices=tuple(notice for _, _, notices in parts for notice in notices),
        durations=_durations(recorder, started),
        stopped=stopped,
        unfinished=tuple(target.name for target in recorder.targets) if stopped else (),
        faults=(*ended_by, *recorder.faults.values(), *(target.fault for target in recorder.targets if target.fault)),
    )


def _missing_outcomes(recorder: Recorder) -> Iterator[Outcome]:
    """Yield an error for each selected requirement without an outcome: no scenario may be lost unnoticed."""
    found = {(outcome.requirement, outcome.target) for outcome in recorder.outcomes}
    names = [*(target.name for target in recorder.targets), *recorder.faults]
    for requirement in requirements(recorder.role):
        for name in names:
            if recorder.selected(requirement.id) and (requirement.id, name) not in found:
                fault = recorder.faults.get(name) or recorder.fault or "none of its scenarios reported an outcome"
                yield Outcome(requirement=requirement.id, scenario="", target=name, error=fault)


def failed_session(settings: RunSettings, fault: str, printed: str = "") -> SessionResult:
    """Return the result of a session that ended with an error of the suite before it could return one."""
    names = (target.name for target in settings.targets)
    failed = failed_result("store", names, settings.selection, fault)
    return replace(failed, notices=(printed,)) if printed else failed


def _durations(recorder: Recorder, started: float) -> Durations:
    """Return how long each part took since ``started`` (``time.perf_counter``)."""
    now = time.perf_counter()
    begun = recorder.begun or now
    asking = sum(target.busy_s for target in recorder.targets)
    return Durations(
        start_up=begun - started,
        asking=asking,
        judging=max(0.0, now - begun - asking),
        requirements=dict(recorder.seconds),
        exchanges=recorder.requests,
    )


def _part(
    target: Target, outcomes: list[Outcome], *, redact: bool
) -> tuple[list[Outcome], list[ExchangeRecord], list[str]]:
    """Return the outcomes of one target, the exchanges that they name, and the notices."""
    try:
        return _redacted_part(target, outcomes, redact=redact)
    except Exception as error:  # nothing may leave the suite unredacted
        fault = describe_fault(error)
        failed = {outcome.requirement: outcome for outcome in outcomes if outcome.target == target.name}
        return (
            [
                Outcome(requirement=name, scenario=outcome.scenario, target=target.name, error=fault)
                for name, outcome in failed.items()
            ],
            [],
            [f"{target.name}: {fault}"],
        )


def _redacted_part(
    target: Target, outcomes: list[Outcome], *, redact: bool
) -> tuple[list[Outcome], list[ExchangeRecord], list[str]]:
    found = [outcome for outcome in outcomes if outcome.target == target.name]
    named = {finding.exchange for outcome in found for finding in outcome.findings}
    # replies to requests that were sent at the same time came in any order
    listed = sorted(target.exchanges, key=lambda exchange: exchange.number)
    exchanges = [exchange for exchange in listed if exchange.number in named]
    notices = [target.secrets.message(shorten(notice, MAX_SHOWN_NOTICE)) for notice in target.all_notices]
    if redact:
        pseudonyms = Pseudonyms(listed)
        found = [pseudonyms.outcome(outcome) for outcome in found]
        exchanges = [pseudonyms.exchange(exchange) for exchange in exchanges]
        notices = [pseudonyms.text(notice) for notice in notices]
    if isinstance(target, Target) and target.explains_findings:
        shown = {exchange.number: exchange for exchange in exchanges}
        found = with_evidence(found, shown, target.survey.specimen_names, target.secrets.message)
    return (
        found,
        [exchange_record(exchange, target.name, target.secrets) for exchange in exchanges],
        [f"{target.name}: {notice}" for notice in notices],
    )


MAX_SHOWN_NOTICE = 5000
"""A report shows at most this many characters of a notice; a notice may hold a traceback."""


@contextlib.contextmanager
def without_foreign_plugins() -> Iterator[None]:
    """Keep pytest from loading plug-ins of other packages; programs started later do not inherit this."""
    before = os.environ.get(AUTOLOAD)
    os.environ[AUTOLOAD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[AUTOLOAD]
        else:
            os.environ[AUTOLOAD] = before


def run_pytest(recorder: Recorder) -> str:
    """Run the suite with this recorder, and return what ended it early. Files of the current folder have no effect."""
    from conformance.runner.scenarios import ScenarioPlugin

    suite = files("conformance.suite")
    arguments = [
        *("-c", str(suite / "pytest.ini"), "--rootdir", str(suite), "--import-mode=importlib", "-q"),
        "--capture=no",  # progress is printed to standard error
        *("-p", "pytest_bdd.plugin", "-p", "no:cacheprovider"),
        *(word for name in UNUSED_PLUGINS for word in ("-p", f"no:{name}")),
        *("--assert=plain", "--tb=no", "--no-header"),
        str(suite / f"test_{recorder.role}.py"),
    ]
    with contextlib.redirect_stdout(io.StringIO()) as printed, infrequent_gc(), without_foreign_plugins():
        status = int(pytest.main(arguments, [ScenarioPlugin(lambda config, picked: recorder)]))
    if status not in (0, 1, pytest.ExitCode.INTERRUPTED):
        raise RuntimeError(f"pytest ended with status {status}:\n{printed.getvalue()[-400:]}")
    return INTERRUPT if status == pytest.ExitCode.INTERRUPTED else ""

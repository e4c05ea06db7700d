"""Judges targets: opens each as a subject, runs the suite over all of them, and closes them again.

One process, one event loop, one pytest session. Who wants both cores runs this in
several processes (``conformance.runner.workers``).
"""

from __future__ import annotations

import contextlib
import io
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.resources import files

import msgspec
import pytest

from conformance.client.exchange import Exchange
from conformance.client.session import EventLoop, refused_redirect_notice
from conformance.contract.requirements import requirements
from conformance.core.errors import Inconclusive, NotRecorded
from conformance.core.events import EventHandler, ignore_event
from conformance.core.gc_tuning import infrequent_gc
from conformance.core.interrupts import ignored, interruptible
from conformance.core.verdict import Outcome
from conformance.report.model import ExchangeRecord
from conformance.runner import clocks
from conformance.runner.preflight import why_elsewhere
from conformance.runner.recorder import RECORDER, Recorder
from conformance.runner.redaction import Pseudonyms
from conformance.runner.results import exchange_record
from conformance.runner.settings import RunSettings
from conformance.runner.target import Target
from conformance.runner.targets import open_subject
from conformance.runner.timing import Durations
from conformance.truth.source import TruthUnavailable


@dataclass(frozen=True)
class SessionResult:
    """What came of judging some targets."""

    outcomes: tuple[Outcome, ...]
    exchanges: tuple[ExchangeRecord, ...]
    requests: int
    notices: tuple[str, ...]
    durations: Durations
    interrupted: bool = False


def check_reachable(subject: Target) -> None:
    """Find out with one request whether there is anything to judge."""
    try:
        subject.gone = why_gone(subject)
    except NotRecorded:
        subject.gone = ""
    except TruthUnavailable as problem:
        subject.gone = f"what the store holds can't be learnt: {problem}"
    except Inconclusive as why:
        subject.gone = str(why)
    if subject.gone and subject.gone not in subject.session.notices:
        subject.notices.append(subject.gone)


def why_gone(subject: Target) -> str:
    """Why there is nothing to judge; empty if there is.

    Raises:
        TruthUnavailable: where the source of truth doesn't answer.
        Unjudged: where the first request can't be made.
    """
    exchange = subject.survey.empty_export.exchange
    if exchange.status is None:
        return f"the endpoint can't be reached: {exchange.error}"
    if elsewhere := refused_redirect_notice(exchange):
        return elsewhere
    if exchange.status in (401, 403) and not subject.embedded:
        return (
            f"the endpoint refused the user name and password ({exchange.outcome}): "
            "check --username and the password's source; nothing else could be judged"
        )
    if elsewhere := why_elsewhere(subject):
        return elsewhere
    if subject.survey.has_truth:
        _ = subject.survey.facts
        compare_clocks(subject, exchange)
    return ""


def compare_clocks(subject: Target, endpoint: Exchange) -> None:
    """Find out whether endpoint and truth go by one clock; where they don't, what happens now isn't judged."""
    truth = subject.exchanges[-1]
    difference = None if truth is endpoint else clocks.ahead(endpoint, truth)
    if difference is None or abs(difference) <= clocks.TOLERATED:
        return
    said = f"the clock of the source of truth is {clocks.in_words(difference)} the endpoint's"
    why = f"{said}, so that changes made now can't be looked for by the minute"
    subject.unknown = {**dict.fromkeys(clocks.NOW, why), **subject.unknown}
    subject.notices.append(f"{said} (Date headers): {', '.join(clocks.NOW)} aren't judged; set the clocks right")


@contextlib.contextmanager
def opened(settings: RunSettings, watch: EventHandler = ignore_event) -> Iterator[Recorder]:
    """All targets of a run as subjects of a recorder; at the end what the suite made is taken back."""
    catalogue = {requirement.id: requirement for requirement in requirements()}
    gated = ("must",) if settings.level == "must" else ("must", "should")
    loop = EventLoop()
    with contextlib.ExitStack() as stack:
        stack.callback(loop.close)
        subjects = [stack.enter_context(open_subject(target, settings, loop, watch)) for target in settings.targets]
        yield Recorder(
            subjects,
            selected=lambda requirement: settings.selection.takes(requirement, catalogue[requirement].feature),
            gated=lambda requirement: catalogue[requirement].level in gated,
            watch=watch,
        )


def reach(recorder: Recorder) -> None:
    """Find out of every subject whether there is anything to judge."""
    for subject in recorder.subjects:
        check_reachable(subject)


def take_back(recorder: Recorder) -> None:
    """Take back the orders that the suite made, Ctrl-C or not; an embedded store goes away whole."""
    with ignored():
        for subject in recorder.subjects:
            subject.session.cleaning_up = True
            if not subject.embedded and (left := subject.survey.delete_specimens()):
                subject.notices.append(f"these orders could not be taken back: {', '.join(left)}")


def run_session(settings: RunSettings, watch: EventHandler = ignore_event) -> SessionResult:
    """Judge all targets of a run in this process.

    Raises:
        KeyboardInterrupt: if SIGINT comes before a target is open, when nothing is known yet.
    """
    started = time.perf_counter()
    judged: SessionResult | None = None
    with ignored() as interrupt, opened(settings, watch) as recorder:
        try:
            with interruptible():
                reach(recorder)
                interrupted = run_pytest(recorder) == pytest.ExitCode.INTERRUPTED
        except KeyboardInterrupt:
            interrupted = True
        finally:
            take_back(recorder)
        judged = session_result(recorder, started, interrupted=interrupted, redact=settings.redact)
    if judged is None:
        raise KeyboardInterrupt
    return replace(judged, interrupted=True) if interrupt.arrived else judged


def silent(recorder: Recorder) -> Iterator[Outcome]:
    """Selected requirements of which nothing was heard: a fault of ours, never a pass."""
    heard = {(outcome.requirement, outcome.target) for outcome in recorder.outcomes}
    for requirement in requirements(recorder.role):
        for subject in recorder.subjects:
            if recorder.selected(requirement.id) and (requirement.id, subject.version) not in heard:
                yield Outcome(
                    requirement=requirement.id,
                    scenario="",
                    target=subject.version,
                    error="none of its scenarios reported anything",
                )


def durations_of(recorder: Recorder, started: float) -> Durations:
    """Where the time went since ``started`` (``time.perf_counter``)."""
    exchanges = sum(len(subject.exchanges) for subject in recorder.subjects)
    asking = sum(subject.asking_s for subject in recorder.subjects)
    now = time.perf_counter()
    begun = recorder.begun or now
    judging = max(0.0, now - begun - asking)
    return Durations(begun - started, asking, judging, dict(recorder.seconds), exchanges)


def session_result(recorder: Recorder, started: float, *, interrupted: bool, redact: bool = False) -> SessionResult:
    """What the recorder took down, with the exchanges that findings name."""
    subjects = recorder.subjects
    if not interrupted:
        recorder.outcomes += list(silent(recorder))
    parts = [part(subject, recorder.outcomes, redact=redact) for subject in subjects]
    return SessionResult(
        tuple(outcome for outcomes, _, _ in parts for outcome in outcomes),
        tuple(exchange for _, exchanges, _ in parts for exchange in exchanges),
        sum(len(subject.exchanges) for subject in subjects),
        tuple(notice for _, _, notices in parts for notice in notices),
        durations_of(recorder, started),
        interrupted,
    )


def part(
    subject: Target, outcomes: list[Outcome], *, redact: bool
) -> tuple[list[Outcome], list[ExchangeRecord], list[str]]:
    """What came out for one subject: outcomes, the exchanges that they name, notices."""
    found = [outcome for outcome in outcomes if outcome.target == subject.version]
    named = {finding.exchange for outcome in found for finding in outcome.findings}
    # those sent at the same moment were answered in any order
    listed = sorted(subject.exchanges, key=lambda exchange: exchange.number)
    exchanges = [exchange for exchange in listed if exchange.number in named]
    notices = list(subject.remarks)
    if redact:
        pseudonyms = Pseudonyms(listed)
        found = [pseudonyms.outcome(outcome) for outcome in found]
        exchanges = [pseudonyms.exchange(exchange) for exchange in exchanges]
        notices = [pseudonyms.text(notice) for notice in notices]
    return (
        found,
        [exchange_record(exchange, subject.version) for exchange in exchanges],
        [f"{subject.version}: {notice}" for notice in notices],
    )


class _Plugin:
    """Hands the recorder to the session."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RECORDER] = self._recorder


NOT_NEEDED = (
    *("junitxml", "doctest", "warnings", "logging", "unraisableexception", "threadexception", "faulthandler"),
    *("stepwise", "pastebin", "legacypath", "setuponly", "setupplan", "unittest", "debugging"),
)
"""Plug-ins of pytest's own that the suite has no use for."""


@contextlib.contextmanager
def no_other_plugins() -> Iterator[None]:
    """Let pytest load no plug-in by itself; programs that are started later know nothing of it."""
    before = os.environ.get(AUTOLOAD)
    os.environ[AUTOLOAD] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ[AUTOLOAD]
        else:
            os.environ[AUTOLOAD] = before


AUTOLOAD = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"


def run_pytest(recorder: Recorder) -> int:
    """Run the suite with this recorder; nothing of the folder we are in changes how.

    Raises:
        FeatureError: if the sentences of a feature file don't fit together.
    """
    from conformance.suite.sentences import check_features

    if recorder.role == "store":
        check_features()
    suite = files("conformance.suite")
    arguments = [
        *("-c", str(suite / "pytest.ini"), "--rootdir", str(suite), "--import-mode=importlib", "-q"),
        "--capture=no",  # progress is told on standard error
        *("-p", "pytest_bdd.plugin", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider"),
        *(word for name in NOT_NEEDED for word in ("-p", f"no:{name}")),
        *("--assert=plain", "--tb=no", "--no-header"),
        str(suite / f"test_{recorder.role}.py"),
    ]
    with contextlib.redirect_stdout(io.StringIO()) as printed, infrequent_gc(), no_other_plugins():
        status = int(pytest.main(arguments, [_Plugin(recorder)]))
    if status not in (0, 1, pytest.ExitCode.INTERRUPTED) and not recorder.outcomes:
        raise RuntimeError(f"the suite didn't run (pytest status {status}):\n{printed.getvalue()[-3000:]}")
    return status


def encoded(judged: SessionResult) -> bytes:
    """A judgement for another process."""
    return msgspec.msgpack.encode(judged)


def decoded(data: bytes) -> SessionResult:
    """A judgement of another process."""
    return msgspec.msgpack.decode(data, type=SessionResult)

"""Judges targets: opens each as a subject, runs the suite over all of them, and closes them again.

One process, one event loop, one pytest session. Who wants both cores runs this in
several processes (``conformance.shards``).
"""

from __future__ import annotations

import contextlib
import io
import os
import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.resources import files

import msgspec
import pytest

from conformance.catalogue import requirements
from conformance.exchange import shown
from conformance.pytest_plugin import RECORDER, Recorder
from conformance.report.model import Exchange as ShownExchange
from conformance.settings import EmbeddedTarget, RunSettings, Target, UrlTarget
from conformance.shipstation import Credentials, Sender, Span
from conformance.subject import Subject
from conformance.survey import Bounds, Survey
from conformance.transport import HttpTransport, Limits, Loop
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.source import Truth, TruthProblem
from conformance.verdict import Outcome

EMBEDDED_NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
"""The time in embedded stores when a run begins: always the same, so that a run can be made again."""


@dataclass(frozen=True)
class Judgement:
    """What came of judging some targets."""

    outcomes: tuple[Outcome, ...]
    exchanges: tuple[ShownExchange, ...]
    requests: int
    notices: tuple[str, ...]
    durations_s: dict[str, float]
    interrupted: bool = False


@contextlib.contextmanager
def open_subject(target: Target, settings: RunSettings, loop: Loop) -> Iterator[Subject]:
    """A target as a subject, and nothing left of it afterwards."""
    match target:
        case EmbeddedTarget():
            with embedded_subject(target, settings, loop) as subject:
                yield subject
        case UrlTarget():
            with url_subject(target, settings, loop) as subject:
                yield subject


@contextlib.contextmanager
def embedded_subject(target: EmbeddedTarget, settings: RunSettings, loop: Loop) -> Iterator[Subject]:
    """A mock store started for the run."""
    from mockstore.behaviours import behaviour
    from mockstore.embedded import start
    from mockstore.settings import shop_of

    shop = shop_of(target.version, seed=settings.seed)
    chosen = behaviour(target.profile, target.defects, target.variants)
    store = loop.run(start(shop, chosen, count=target.orders, now=EMBEDDED_NOW))
    transport = HttpTransport(loop, Limits(settings.timeout_s, 100_000))
    sender = Sender(store.url, Credentials(shop.username, shop.password), transport)
    truth = ControlTruth(store.control_url, store.control_token, transport)
    survey = Survey(sender, truth, may_write=True, now=EMBEDDED_NOW, run="ct", bounds=Bounds(orders=target.orders))
    try:
        yield Subject(target.name, survey, transport, embedded=True)
    finally:
        transport.close()
        loop.run(store.stop())


@contextlib.contextmanager
def url_subject(target: UrlTarget, settings: RunSettings, loop: Loop) -> Iterator[Subject]:
    """Somebody's endpoint: read only, unless writes are allowed; what was made is taken back."""
    tls = ssl.create_default_context(cafile=target.ca_file) if target.ca_file else None
    limits = Limits(settings.timeout_s, settings.max_requests, settings.rate)
    transport = HttpTransport(loop, limits, tls=tls)
    sender = Sender(target.url, Credentials(target.username, target.password.value), transport)
    truth: Truth | None = None
    if target.control:
        truth = ControlTruth(target.control, target.control_token.value, transport)
    elif target.cscart_api:
        key, shipped = target.cscart_key.value, target.shipped_statuses
        truth = CsCartTruth(target.cscart_api, target.cscart_user, key, transport, shipped)
    now = settings.started_at or datetime.now(UTC)
    window = None
    if settings.window_start and settings.window_end:
        window = Span(settings.window_start, settings.window_end)
    survey = Survey(
        sender,
        truth,
        may_write=target.allow_writes and truth is not None,
        now=now,
        run=f"ct{int(now.timestamp()) % 36**5:x}",
        bounds=Bounds(
            pages=12 if target.allow_writes else 6,
            again=4 if target.allow_writes else 2,
            orders=settings.max_orders,
            bisections=80 if target.allow_writes else 20,
            window=window,
        ),
    )
    try:
        yield Subject(target.name, survey, transport, target.allow_writes or target.allow_hostile)
    finally:
        transport.close()


def check_reachable(subject: Subject) -> None:
    """Find out with one request whether there is anything to judge."""
    exchange = subject.survey.quiet.exchange
    if exchange.status is None:
        subject.gone = f"the endpoint can't be reached: {exchange.error}"
    elif exchange.status in (401, 403) and not subject.embedded:
        subject.gone = (
            f"the endpoint refused the user name and password ({exchange.outcome}): "
            "check --username and the password's source; nothing else could be judged"
        )
    elif subject.survey.knows_truth:
        try:
            _ = subject.survey.facts
        except TruthProblem as problem:
            subject.gone = f"what the store holds can't be learnt: {problem}"
    if subject.gone:
        subject.notices.append(subject.gone)


@contextlib.contextmanager
def opened(
    settings: RunSettings, watch: Callable[[str, str], None] = lambda requirement, scenario: None
) -> Iterator[Recorder]:
    """All targets of a run as subjects of a recorder; at the end what the suite made is taken back."""
    catalogue = {requirement.id: requirement for requirement in requirements()}
    gated = ("must",) if settings.level == "must" else ("must", "should")
    loop = Loop()
    with contextlib.ExitStack() as stack:
        stack.callback(loop.close)
        subjects = [stack.enter_context(open_subject(target, settings, loop)) for target in settings.targets]
        for subject in subjects:
            check_reachable(subject)
        yield Recorder(
            subjects,
            selected=lambda requirement: settings.selection.takes(requirement, catalogue[requirement].feature),
            gated=lambda requirement: catalogue[requirement].level in gated,
            watch=watch,
        )


def take_back(recorder: Recorder) -> None:
    """Take back the orders that the suite made; an embedded store goes away whole."""
    for subject in recorder.subjects:
        if not subject.embedded and (left := subject.survey.take_back()):
            subject.notices.append(f"these orders could not be taken back: {', '.join(left)}")


def judge(settings: RunSettings, watch: Callable[[str, str], None] = lambda requirement, scenario: None) -> Judgement:
    """Judge all targets of a run in this process."""
    with opened(settings, watch) as recorder:
        try:
            interrupted = run_pytest(recorder) == pytest.ExitCode.INTERRUPTED
        finally:
            take_back(recorder)
        return judgement(recorder, interrupted=interrupted)


def silent(recorder: Recorder) -> Iterator[Outcome]:
    """Selected requirements of which nothing was heard: a fault of ours, never a pass."""
    heard = {(outcome.requirement, outcome.version) for outcome in recorder.outcomes}
    for requirement in requirements():
        for subject in recorder.subjects:
            if recorder.selected(requirement.id) and (requirement.id, subject.version) not in heard:
                yield Outcome(requirement.id, "", subject.version, error="none of its scenarios reported anything")


def judgement(recorder: Recorder, *, interrupted: bool) -> Judgement:
    """What the recorder took down, with the exchanges that findings name."""
    subjects = recorder.subjects
    if not interrupted:
        recorder.outcomes += list(silent(recorder))
    exchanges: list[ShownExchange] = []
    for subject in subjects:
        named = {
            finding.exchange
            for outcome in recorder.outcomes
            if outcome.version == subject.version
            for finding in outcome.findings
        }
        exchanges += [shown(each, subject.version) for each in subject.exchanges if each.number in named]
    return Judgement(
        tuple(recorder.outcomes),
        tuple(exchanges),
        sum(len(subject.exchanges) for subject in subjects),
        tuple(
            f"{subject.version}: {notice}"
            for subject in subjects
            for notice in (*subject.notices, *subject.survey.notices)
        ),
        {subject.version: sum(each.duration_ms for each in subject.exchanges) / 1000 for subject in subjects},
        interrupted,
    )


class _Plugin:
    """Hands the recorder to the session."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[RECORDER] = self._recorder


def run_pytest(recorder: Recorder) -> int:
    """Run the suite with this recorder; nothing of the folder we are in changes how."""
    suite = files("conformance.suite")
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    arguments = [
        *("-c", str(suite / "pytest.ini"), "--rootdir", str(suite), "--import-mode=importlib", "-q"),
        *("-p", "pytest_bdd.plugin", "-p", "conformance.pytest_plugin", "-p", "no:cacheprovider"),
        *("-p", "no:junitxml", "-p", "no:doctest", "-p", "no:warnings", "--tb=no", "--no-header"),
        str(suite / "test_store.py"),
    ]
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        status = int(pytest.main(arguments, [_Plugin(recorder)]))
    if status not in (0, 1) and not recorder.outcomes:
        raise RuntimeError(f"the suite didn't run (pytest status {status}):\n{printed.getvalue()[-3000:]}")
    return status


def encoded(judged: Judgement) -> bytes:
    """A judgement for another process."""
    return msgspec.msgpack.encode(judged)


def decoded(data: bytes) -> Judgement:
    """A judgement of another process."""
    return msgspec.msgpack.decode(data, type=Judgement)

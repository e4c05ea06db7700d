"""Opens targets as subjects: a mock store started for the run, somebody's endpoint, or a recording of either."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from conformance import __version__
from conformance.client.exchange import Exchange
from conformance.client.http import EmbeddedSession, HttpSession, Limits
from conformance.client.parsing.order import ExportedOrder
from conformance.client.recording.replay import ReplaySession
from conformance.client.recording.tape import FORMAT, Header, Tape, TapeWriter
from conformance.client.recording.traffic import TrafficSession, read_traffic
from conformance.client.session import EventLoop, Session
from conformance.client.shipstation import MINUTE, Credentials, ShipStation, Window
from conformance.core.events import EventHandler, ExchangeFinished, ignore_event
from conformance.runner.redaction import Pseudonyms
from conformance.runner.run_record import tape_path
from conformance.runner.settings import (
    EmbeddedTarget,
    RecordedTarget,
    RunSettings,
    TargetSettings,
    TrafficTarget,
    UrlTarget,
)
from conformance.runner.target import Target
from conformance.survey.limits import SurveyLimits
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.access import open_truth
from conformance.truth.control import ControlTruth
from conformance.truth.settings import Secret
from conformance.truth.source import Truth
from conformance.truth.worksheet.source import WorksheetTruth

EMBEDDED_NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
"""The time in embedded stores when a run begins: always the same, so that a run can be made again."""


@contextlib.contextmanager
def open_subject(
    target: TargetSettings, settings: RunSettings, loop: EventLoop, watch: EventHandler = ignore_event
) -> Iterator[Target]:
    """A target as a subject, and nothing left of it afterwards."""
    match target:
        case EmbeddedTarget():
            with embedded_subject(target, settings, loop, watch) as subject:
                yield subject
        case UrlTarget():
            with url_subject(target, settings, loop, watch) as subject:
                yield subject
        case RecordedTarget():
            yield recorded_subject(target, settings, loop)
        case TrafficTarget():
            yield traffic_subject(target, loop)


@contextlib.contextmanager
def embedded_subject(
    target: EmbeddedTarget, settings: RunSettings, loop: EventLoop, watch: EventHandler
) -> Iterator[Target]:
    """A mock store started for the run."""
    from mockstore.behaviours.registry import build_behaviour
    from mockstore.server.embedded import start
    from mockstore.shop.embedded_shops import shop_of

    shop = shop_of(target.version, seed=settings.seed)
    chosen = build_behaviour(target.profile, target.defects, target.variants)
    store = loop.run(start(shop, chosen, count=target.orders, now=EMBEDDED_NOW))
    head = Header(FORMAT, __version__, store.url, shop.username, store.control_url)
    try:
        with taping(target, settings, head, watch) as observer:
            limits = Limits(settings.timeout_s, 100_000)
            session = EmbeddedSession(loop, limits, store.control_url, store.control.answer, observer=observer)
            truth = ControlTruth(store.control_url, store.control_token, session)
            credentials = Credentials(shop.username, shop.password)
            try:
                yield embedded_store(target, session, store.url, credentials, truth)
            finally:
                session.close()
    finally:
        loop.run(store.stop())


def embedded_store(
    target: EmbeddedTarget, session: Session, url: str, credentials: Credentials, truth: Truth
) -> Target:
    """The subject that an embedded store is: ours to write to, its clock standing."""
    shipstation = ShipStation(url, credentials, session)
    survey = Survey(
        shipstation, truth, may_write=True, now=EMBEDDED_NOW, run_id="ct", limits=SurveyLimits(max_orders=target.orders)
    )
    return Target(target.name, survey, session, embedded=True)


@contextlib.contextmanager
def url_subject(target: UrlTarget, settings: RunSettings, loop: EventLoop, watch: EventHandler) -> Iterator[Target]:
    """Somebody's endpoint: read only, unless writes are allowed; what was made is taken back."""
    tls = ssl.create_default_context(cafile=target.ca_file) if target.ca_file else None
    limits = Limits(settings.timeout_s, settings.max_requests, settings.rate)
    head = Header(FORMAT, __version__, target.url, target.username)
    with taping(target, settings, head, watch) as observer:
        session = HttpSession(loop, limits, tls=tls, observer=observer)
        try:
            yield endpoint(target, settings, session)
        finally:
            session.close()


def endpoint(target: UrlTarget, settings: RunSettings, session: Session) -> Target:
    """The subject that somebody's endpoint is."""
    shipstation = ShipStation(target.url, Credentials(target.username, target.password.value), session)
    now = settings.started_at or datetime.now(UTC)
    run = f"ct{int(now.timestamp()) % 36**5:x}"
    windows: tuple[Window, ...] = ()
    if settings.window_start and settings.window_end:
        windows = (Window(settings.window_start, settings.window_end),)
    limits = SurveyLimits(
        max_pages=60 if target.allow_writes else 6,
        max_repeated_pages=4 if target.allow_writes else 2,
        max_orders=settings.max_orders,
        max_bisections=80 if target.allow_writes else 20,
        windows=windows,
    )

    def exported() -> Iterator[Sequence[ExportedOrder]]:
        end = floor_to_minute(now) - 2 * MINUTE
        for window in windows or (Window(end - timedelta(days=days), end) for days in (2, 30)):
            seen = Survey(
                shipstation, None, may_write=False, now=now, run_id=run, limits=replace(limits, windows=(window,))
            )
            yield seen.exported.distinct_orders

    truth = open_truth(target.truth, session, exported)
    may_write = target.allow_writes and truth is not None
    survey = Survey(shipstation, truth, may_write=may_write, now=now, run_id=run, limits=limits)
    subject = Target(target.name, survey, session, target.allow_writes or target.allow_hostile)
    if isinstance(truth, WorksheetTruth):
        subject.unknown, subject.afterwards = truth.unknown, lambda: truth.notices
    return subject


UNKNOWN = "Recorded-1"
"""Stands for a password in what is only replayed: letters and figures, so that every way to be wrong is another."""


def recorded_subject(target: RecordedTarget, settings: RunSettings, loop: EventLoop) -> Target:
    """A target as it was recorded: the same survey over a session that replays."""
    tape = Tape(Path(target.tape))
    session = ReplaySession(tape, loop)
    match target.original:
        case EmbeddedTarget() as original:
            truth = ControlTruth(tape.head.truth_url, UNKNOWN, session)
            credentials = Credentials(tape.head.username, UNKNOWN)
            return embedded_store(original, session, tape.head.url, credentials, truth)
        case UrlTarget() as original:
            known = msgspec.structs.replace(original, password=Secret(UNKNOWN))
            return endpoint(known, settings, session)


def traffic_subject(target: TrafficTarget, loop: EventLoop) -> Target:
    """A shop of which only some exchanges are known."""
    traffic = read_traffic(Path(target.folder))
    session = TrafficSession(traffic, loop)
    limits = SurveyLimits(windows=traffic.windows, empty_window=traffic.empty_window or SurveyLimits.empty_window)
    survey = Survey(
        ShipStation(traffic.url, Credentials("(recorded)", UNKNOWN), session),
        None,
        may_write=False,
        now=max((window.end for window in traffic.windows), default=EMBEDDED_NOW),
        run_id="ct",
        limits=limits,
    )
    return Target(target.name, survey, session, may_send_hostile=True)


@contextlib.contextmanager
def taping(
    target: TargetSettings, settings: RunSettings, head: Header, watch: EventHandler
) -> Iterator[Callable[[Exchange], None]]:
    """Takes down a target's exchanges where the run records them; redacted ones only once all are known."""
    seen: list[Exchange] = []
    tape = TapeWriter(tape_path(settings.record, target.name), head) if settings.record else None

    def observe(exchange: Exchange) -> None:
        if settings.trace:
            watch(exchanged(exchange, target.name))
        if tape is not None:
            (seen.append if settings.redact else tape)(exchange)

    try:
        yield observe
    finally:
        if tape is not None:
            pseudonyms = Pseudonyms(seen)
            for exchange in seen:
                tape(pseudonyms.exchange(exchange))
            tape.close()


def exchanged(exchange: Exchange, version: str) -> ExchangeFinished:
    """An exchange as an event."""
    return ExchangeFinished(
        version, exchange.number, exchange.method, exchange.url, exchange.outcome, round(exchange.duration_ms, 1)
    )

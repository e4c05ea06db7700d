"""Opens targets: an embedded mock store, an endpoint at a URL, a recording of either, or recorded traffic."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from conformance import __version__
from conformance.client.bodies import BodyStore
from conformance.client.exchange import Exchange, mask_exchange
from conformance.client.http import EmbeddedSession, HttpSession, Limits
from conformance.client.parsing.order import ExportedOrder
from conformance.client.recording.replay import ReplaySession
from conformance.client.recording.tape import FORMAT, Header, Tape, TapeWriter
from conformance.client.recording.traffic import Traffic, TrafficSession, read_traffic
from conformance.client.session import EventLoop, Session
from conformance.client.shipstation import MINUTE, Credentials, ShipStation, Window
from conformance.core.events import EventHandler, ExchangeFinished, RequestsMade, ignore_event
from conformance.core.masking import NO_SECRETS, Secrets
from conformance.runner.known_secrets import advice_about, secrets_of, secrets_of_traffic
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
from conformance.runner.tidy import tidy_command
from conformance.survey.limits import SurveyLimits
from conformance.survey.survey import Survey
from conformance.survey.windows import floor_to_minute
from conformance.truth.access import open_truth
from conformance.truth.control import ControlTruth
from conformance.truth.settings import Secret
from conformance.truth.source import Truth
from conformance.truth.suite_orders import run_id_of
from mockstore.shop.versions import VERSIONS

REQUESTS_BETWEEN_EVENTS = 10
"""So many requests of a target pass until the display of the progress is told of them."""
EMBEDDED_NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
"""The time in embedded stores when a run begins. It is always the same, so that a run can be repeated."""


@contextlib.contextmanager
def open_target(
    wanted: TargetSettings,
    settings: RunSettings,
    loop: EventLoop,
    bodies: BodyStore,
    watch: EventHandler = ignore_event,
) -> Iterator[Target]:
    """Open a target, and close it at the end. ``bodies`` keeps the bodies of its replies."""
    match wanted:
        case EmbeddedTarget():
            with open_embedded(wanted, settings, loop, bodies, watch) as target:
                yield target
        case UrlTarget():
            with open_url(wanted, settings, loop, bodies, watch) as target:
                yield target
        case RecordedTarget():
            yield open_recorded(wanted, settings, loop, bodies)
        case TrafficTarget():
            yield open_traffic(wanted, loop, bodies)


@contextlib.contextmanager
def open_embedded(
    wanted: EmbeddedTarget, settings: RunSettings, loop: EventLoop, bodies: BodyStore, watch: EventHandler
) -> Iterator[Target]:
    """Start a mock store for the run, and stop it at the end."""
    from mockstore.behaviours.registry import build_behaviour
    from mockstore.server.embedded import start
    from mockstore.shop.embedded_shops import shop_of

    shop = shop_of(wanted.version, seed=settings.seed)
    chosen = build_behaviour(wanted.profile, wanted.defects, wanted.variants)
    store = loop.run(start(shop, chosen, count=wanted.orders, now=EMBEDDED_NOW))
    head = Header(FORMAT, __version__, store.url, shop.username, store.control_url)
    notices: list[str] = []
    try:
        with recorded_exchanges(wanted, settings, head, watch, notices.append) as observer:
            limits = Limits(settings.timeout_s, 100_000)
            session = EmbeddedSession(
                loop, limits, store.control_url, store.control.answer, observer=observer, bodies=bodies
            )
            truth = ControlTruth(store.control_url, store.control_token, session)
            credentials = Credentials(shop.username, shop.password)
            session.notices = notices
            try:
                yield embedded_target(wanted, session, store.url, credentials, truth)
            finally:
                session.close()
    finally:
        loop.run(store.stop())


def embedded_target(
    wanted: EmbeddedTarget, session: Session, url: str, credentials: Credentials, truth: Truth
) -> Target:
    """Return an embedded store as a target: the suite may write to it, and its clock stands still."""
    shipstation = ShipStation(url, credentials, session)
    survey = Survey(
        shipstation, truth, may_write=True, now=EMBEDDED_NOW, run_id="ct", limits=SurveyLimits(max_orders=wanted.orders)
    )
    return Target(wanted.name, survey, session, embedded=True)


@contextlib.contextmanager
def open_url(
    wanted: UrlTarget, settings: RunSettings, loop: EventLoop, bodies: BodyStore, watch: EventHandler
) -> Iterator[Target]:
    """Open an endpoint at a URL."""
    tls = ssl.create_default_context(cafile=wanted.ca_file) if wanted.ca_file else None
    limits = Limits(settings.timeout_s, settings.max_requests, settings.rate)
    secrets = secrets_of(wanted)
    head = Header(FORMAT, __version__, secrets.url(wanted.url), wanted.username)
    notices: list[str] = []
    with recorded_exchanges(wanted, settings, head, watch, notices.append, secrets) as observer:
        session = HttpSession(loop, limits, tls=tls, observer=observer, bodies=bodies)
        session.notices = notices
        try:
            yield url_target(wanted, settings, session)
        finally:
            session.close()


def url_target(wanted: UrlTarget, settings: RunSettings, session: Session) -> Target:
    """Return an endpoint as a target: it is only read unless the settings allow writes."""
    shipstation = ShipStation(wanted.url, Credentials(wanted.username, wanted.password.value), session)
    now = settings.started_at or datetime.now(UTC)
    run = run_id_of(now)
    windows: tuple[Window, ...] = ()
    if settings.window_start and settings.window_end:
        windows = (Window(settings.window_start, settings.window_end),)
    limits = SurveyLimits(
        max_pages=300 if wanted.allow_writes else 6,
        max_repeated_pages=4 if wanted.allow_writes else 2,
        max_orders=settings.max_orders,
        max_bisections=80 if wanted.allow_writes else 20,
        windows=windows,
    )

    def exported() -> Iterator[Sequence[ExportedOrder]]:
        end = floor_to_minute(now) - 2 * MINUTE
        for window in windows or (Window(end - timedelta(days=days), end) for days in (2, 30)):
            seen = Survey(
                shipstation, None, may_write=False, now=now, run_id=run, limits=replace(limits, windows=(window,))
            )
            yield seen.exported.distinct_orders

    truth = open_truth(wanted.truth, session, exported)
    may_write = wanted.allow_writes and truth is not None
    survey = Survey(shipstation, truth, may_write=may_write, now=now, run_id=run, limits=limits)
    return Target(
        wanted.name,
        survey,
        session,
        may_send_hostile=wanted.allow_writes or wanted.allow_hostile,
        notices=[notice for notice in (advice_about(wanted.url), unknown_version_notice(wanted.version)) if notice],
        tidy_command=tidy_command(wanted.truth),
        secrets=secrets_of(wanted),
    )


def unknown_version_notice(version: str) -> str:
    """Return a notice on a version that the suite doesn't know; empty if it knows the version, or nobody named one.

    A shop may be newer than the suite, so it is judged all the same: the name is only a label.
    """
    if version in ("unknown", *VERSIONS):
        return ""
    return f"{version!r} is none of the {len(VERSIONS)} CS-Cart versions that the suite knows; it is only a label"


REPLAYED_PASSWORD = "Recorded-1"
"""Stands for the password in a replay. Its letters and digits make every wrong password differ from it."""


def open_recorded(wanted: RecordedTarget, settings: RunSettings, loop: EventLoop, bodies: BodyStore) -> Target:
    """Return a recorded target: the same survey over a session that replays."""
    tape = Tape(Path(wanted.tape), bodies)
    session = ReplaySession(tape, loop, bodies)
    match wanted.original:
        case EmbeddedTarget() as original:
            truth = ControlTruth(tape.head.truth_url, REPLAYED_PASSWORD, session)
            credentials = Credentials(tape.head.username, REPLAYED_PASSWORD)
            return embedded_target(original, session, tape.head.url, credentials, truth)
        case UrlTarget() as original:
            with_password = msgspec.structs.replace(original, password=Secret(REPLAYED_PASSWORD))
            return url_target(with_password, settings, session)


def traffic_at(place: Path, name: str) -> Traffic:
    """Return the traffic in a folder, or that of this name in a HAR file.

    Raises:
        UnreadableTraffic, UnreadableHar: it can't be read.
    """
    if place.is_dir():
        return read_traffic(place)
    from conformance.client.recording.har import read_har
    from conformance.client.recording.har_traffic import har_traffic

    return har_traffic(read_har(place))[name]


def open_traffic(wanted: TrafficTarget, loop: EventLoop, bodies: BodyStore) -> Target:
    """Return a shop of which only some exchanges were recorded."""
    traffic = traffic_at(Path(wanted.folder), wanted.name)
    session = TrafficSession(traffic, loop, bodies)
    limits = SurveyLimits(windows=traffic.windows, empty_window=traffic.empty_window or SurveyLimits.empty_window)
    survey = Survey(
        ShipStation(traffic.url, Credentials("(recorded)", REPLAYED_PASSWORD), session),
        None,
        may_write=False,
        now=max((window.end for window in traffic.windows), default=EMBEDDED_NOW),
        run_id="ct",
        limits=limits,
    )
    return Target(
        wanted.name,
        survey,
        session,
        may_send_hostile=True,
        notices=list(traffic.notices),
        secrets=secrets_of_traffic(traffic),
    )


@contextlib.contextmanager
def recorded_exchanges(
    wanted: TargetSettings,
    settings: RunSettings,
    head: Header,
    watch: EventHandler,
    notify: Callable[[str], None],
    secrets: Secrets = NO_SECRETS,
) -> Iterator[Callable[[Exchange], None]]:
    """Record a target's exchanges if the run does so, without secrets. The value is called with each exchange.

    ``notify`` is called with a notice if a reply can't be recorded.

    With redaction, they are recorded at the end: pseudonyms are chosen when all exchanges are known.
    """
    seen: list[Exchange] = []
    tape = TapeWriter(tape_path(settings.record, wanted.name), head, notify, secrets) if settings.record else None

    def observe(exchange: Exchange) -> None:
        if settings.trace:
            watch(exchange_event(mask_exchange(exchange, secrets), wanted.name))
        elif exchange.number % REQUESTS_BETWEEN_EVENTS == 0:
            watch(RequestsMade(wanted.name, exchange.number))
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


def exchange_event(exchange: Exchange, version: str) -> ExchangeFinished:
    """Return an exchange as an event."""
    return ExchangeFinished(
        version, exchange.number, exchange.method, exchange.url, exchange.outcome, round(exchange.duration_ms, 1)
    )

"""``mockstore serve``: a store on a port until it is told to end."""

from __future__ import annotations

import asyncio
import errno
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args

import click
import msgspec
from aiohttp import web

from mockstore.behaviours.registry import UnknownBehaviour, behaviour
from mockstore.cli.errors import UsageError
from mockstore.cli.options import FaultText
from mockstore.cli.plan import NamedSecret, ServeOptions
from mockstore.cli.workers import Workers
from mockstore.control.routes import BASE
from mockstore.endpoint.behaviour import Behaviour
from mockstore.server.app import make_app
from mockstore.shop.shop import Clock
from mockstore.store.seed import furnish
from mockstore.store.store import LedgerError, StateMismatch, Store, UnreadableState
from mockstore.traffic.faults import Fault, FaultScript, Kind
from mockstore.traffic.journal import Journal

if TYPE_CHECKING:
    from mockstore.rest.access import RestAccess
    from mockstore.traffic.watch import Watcher

BACKLOG = 128
"""Connections that may wait to be taken."""


def run(plan: ServeOptions) -> None:
    """Run the store of a plan.

    Raises:
        Refused: where it can't be started.
    """
    chosen = _behaviour(plan)
    faults = FaultScript(tuple(_fault(fault) for fault in plan.faults))
    listener = _listener(plan.host, plan.port)
    clock = Clock(plan.clock, running=plan.clock is None or plan.clock_runs)
    try:
        if plan.workers == 1:
            with closing(_store(plan, listener, clock)) as store:
                asyncio.run(_serve(plan, store, chosen, faults, listener, announced=False))
        else:
            with _shared(plan) as shared:
                _share_work(shared, chosen, faults, listener, clock)
    finally:
        listener.close()


@contextmanager
def _shared(plan: ServeOptions) -> Iterator[ServeOptions]:
    """The plan with a state that processes can share: a file that is gone afterwards, unless it has one."""
    if plan.state is not None:
        yield plan
        return
    with TemporaryDirectory(prefix="mockstore-") as folder:
        yield replace(plan, state=str(Path(folder) / "store.db"))


def _share_work(
    plan: ServeOptions, chosen: Behaviour, faults: FaultScript, listener: socket.socket, clock: Clock
) -> None:
    """Run a plan's store in several processes."""
    with closing(_store(plan, listener, clock)) as store:  # made and furnished by one of them
        told = announcement(plan, store, listener.getsockname()[1])

    def work(lifeline: int) -> None:
        with closing(_store(plan, listener, clock)) as store:
            asyncio.run(_serve(plan, store, chosen, faults, listener, announced=True, lifeline=lifeline))

    Workers(plan.workers, work).run(lambda: click.echo(told))


def _behaviour(plan: ServeOptions) -> Behaviour:
    try:
        return behaviour(plan.profile, plan.defects, plan.variants)
    except UnknownBehaviour as unknown:
        text = str(unknown)
        raise UsageError(text[0].upper() + text[1:]) from None


def _fault(fault: FaultText) -> Fault:
    try:
        return msgspec.convert(fault.parts, Fault, strict=False)
    except msgspec.ValidationError as error:
        if (kind := fault.parts["kind"]) not in (kinds := get_args(Kind)):
            raise UsageError(
                f"--fault {fault.written}: there is no kind {kind!r}; there are {', '.join(kinds)}."
            ) from None
        why = str(error).replace(" - at `$.", ", at `")
        raise UsageError(f"--fault {fault.written}: {why[0].lower()}{why[1:]}.") from None


def _listener(host: str, port: int) -> socket.socket:
    """A socket that listens at that address, before anything else is done.

    Raises:
        Refused: where it can't.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise UsageError(f"--host {host} is no address of this machine.") from None
    listener = socket.socket(family, kind, protocol)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            why = f"Port {port} is in use: choose another with --port, or --port 0 for any that is free."
        elif error.errno == errno.EACCES:
            why = f"Port {port} is not for you: ports below 1024 need privileges; choose another with --port."
        elif error.errno == errno.EADDRNOTAVAIL:
            why = f"--host {host} is no address of this machine."
        else:
            why = f"Nothing can listen at {host}, port {port}: {error.strerror}."
        raise UsageError(why) from None
    return listener


def _store(plan: ServeOptions, listener: socket.socket, clock: Clock) -> Store:
    """The store, furnished.

    Raises:
        Refused: where its state can't be used.
    """
    try:
        store = Store(plan.shop(listener.getsockname()[1]), count=plan.orders, clock=clock, state=plan.state)
        if plan.specimens:
            furnish(store)
    except (StateMismatch, UnreadableState, LedgerError) as error:
        raise UsageError(str(error)) from None
    return store


async def _serve(
    plan: ServeOptions,
    store: Store,
    chosen: Behaviour,
    faults: FaultScript,
    listener: socket.socket,
    *,
    announced: bool,
    lifeline: int | None = None,
) -> None:
    """Answer until a signal says to end, or the lifeline does."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    if lifeline is not None:
        loop.add_reader(lifeline, ended.set)
    watcher = _watcher(plan, store, listener.getsockname()[1]) if plan.watch else None
    app = make_app(
        store,
        chosen,
        control_token=plan.control_token.value if plan.control_token else None,
        script=faults,
        journal=Journal(listener=watcher) if watcher else None,
        rest=_access(plan),
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
    await runner.setup()
    # whoever shares the socket takes one connection at a time, so that each gets some
    await web.SockSite(runner, listener, backlog=BACKLOG if lifeline is None else 1).start()
    listener.listen(BACKLOG)
    try:
        if not announced:
            click.echo(announcement(plan, store, listener.getsockname()[1]))
        await ended.wait()
    finally:
        await runner.cleanup()
        if watcher:
            click.echo(watcher.summary)


def _access(plan: ServeOptions) -> RestAccess | None:
    if not plan.rest_user or not plan.rest_key:
        return None
    from mockstore.rest.access import ApiAccount, RestAccess

    return RestAccess((ApiAccount(plan.rest_user, plan.rest_key.value),))


def _watcher(plan: ServeOptions, store: Store, port: int) -> Watcher:
    from mockstore.traffic.rules import ImporterAccess
    from mockstore.traffic.watch import Watcher

    given = ImporterAccess(f"{plan.base_url(port)}/?dispatch=shipstation", store.shop.username, store.shop.password)
    return Watcher(given, click.echo)


def announcement(plan: ServeOptions, store: Store, port: int) -> str:
    """What is said at the start: where the store is, how to get in, what it holds, what to try."""
    base = plan.base_url(port)
    url = f"{base}/?dispatch=shipstation"
    password = plan.password or NamedSecret(store.shop.password, "the default one", store.shop.password)
    known = f"{password.value}, {password.origin}" if plan.password is None else password.origin
    view = store.window(None, None)
    rows = [
        ("URL", url),
        ("User name", plan.username),
        ("Password", known),
    ]
    if plan.control_token:
        rows.append(("Control", base + BASE))
        shown = f"{plan.control_token.value}, " if plan.control_token.origin.startswith("made") else ""
        rows.append(("Control token", shown + plan.control_token.origin))
    if plan.rest_user and plan.rest_key:
        rows.append(("REST API", f"{base}/api"))
        shown = f"{plan.rest_key.value}, " if plan.rest_key.origin.startswith("made") else ""
        rows.append(("REST user", plan.rest_user))
        rows.append(("REST key", shown + plan.rest_key.origin))
    if plan.clock:
        rows.append(
            (
                "Clock",
                f"{store.clock.now():%Y-%m-%d %H:%M:%S} UTC, {'running' if plan.clock_runs else 'standing'}",
            )
        )
    if plan.public_url:
        rows.append(("Listens at", f"{f'[{plan.host}]' if ':' in plan.host else plan.host}:{port}"))
    if plan.workers > 1:
        rows.append(("Workers", f"{plan.workers} processes"))
    if plan.state:
        rows.append(("State", shown_state(plan.state)))
    last = store.clock.now()
    if len(view):
        first, last = (view.slice(place, 1)[0].modified_at for place in (0, len(view) - 1))
        rows.append(("Orders", f"{len(view):,}, modified from {first:%Y-%m-%d %H:%M} to {last:%Y-%m-%d %H:%M} UTC"))
    else:
        rows.append(("Orders", "none"))
    asked = (last - timedelta(days=7), last + timedelta(days=1))
    bounds = [moment.astimezone(UTC).strftime("%m/%d/%Y+%H:%M") for moment in asked]
    width = max(len(name) for name, _ in rows) + 2
    told = [f"Mock CS-Cart {plan.version} ({plan.profile}), seed {plan.seed}"]
    told += [f"  {name:{width}}{value}" for name, value in rows]
    user = shlex.quote(plan.username) + ":" + password.shell
    told += [
        "Try:",
        f'  curl -u "{user}" \\',
        f'    "{url}&action=export&start_date={bounds[0]}&end_date={bounds[1]}&page=1"',
        "Ctrl-C ends it.",
    ]
    return "\n".join(told)


def shown_state(state: str) -> str:
    """Where the state is kept, without a password in it."""
    scheme, separator, rest = state.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else state

"""``mockstore serve``: runs a store at a port until it is interrupted."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlsplit

import click
import msgspec

from mockstore.behaviours.current import About, CurrentBehaviour
from mockstore.behaviours.registry import UnknownBehaviour, build_behaviour
from mockstore.cli.errors import UsageError
from mockstore.cli.option_types import FaultText
from mockstore.cli.serve_options import NamedSecret, ServeOptions
from mockstore.control.routes import BASE_PATH
from mockstore.endpoint.behaviour import Behaviour
from mockstore.server.app import make_app
from mockstore.server.listening import BACKLOG, listen
from mockstore.server.workers import WorkerFailed, Workers, end_signals
from mockstore.shop.shop import Clock
from mockstore.store.example_request import example_command, example_query, held_orders
from mockstore.store.specimens import add_specimens
from mockstore.store.store import LedgerError, OrderExists, StateMismatch, Store, UnreadableState
from mockstore.traffic.faults import Fault, FaultScript, Kind
from mockstore.traffic.journal import FOR_PEOPLE, Journal, JournalSize

if TYPE_CHECKING:
    from mockstore.console.visits import ConsoleSetup
    from mockstore.rest.access import RestAccess
    from mockstore.traffic.watch import Watcher


def run(options: ServeOptions) -> None:
    """Run a store with these options until it is interrupted.

    Raises:
        UsageError: the store cannot be started.
    """
    chosen = _behaviour(options)
    faults = FaultScript(tuple(_fault(fault) for fault in options.faults))
    listener = _listen(options.host, options.port)
    for warning in (*filter(None, [options.warning]), *_contradictions(options, listener)):
        click.echo(warning, err=True)
    clock = Clock(options.clock, running=options.clock is None or bool(options.clock_runs))
    try:
        with _opened_tls(options, listener) as tls:
            if options.workers == 1:
                with closing(_open_store(options, listener, clock)) as store:
                    asyncio.run(_serve(options, store, chosen, faults, listener, tls, announced=False))
            else:
                with _with_shared_state(options) as shared:
                    _run_workers(shared, chosen, faults, listener, tls, clock)
    except LedgerError as error:
        raise UsageError(str(error)) from None
    finally:
        listener.close()


def _contradictions(options: ServeOptions, listener: socket.socket) -> list[str]:
    """Return a warning about each contradiction among the defects and variants."""
    about = About(profile=options.profile, defects=options.defects, variants=options.variants)
    if len(about.defects) + len(about.variants) < 2:
        return []
    from mockstore.behaviours.conflicts import conflicts

    shop = options.shop(listener.getsockname()[1])
    return [f"Warning: {sentence}" for sentence in conflicts(about.without_repetitions(), shop)]


@dataclass(frozen=True)
class ServedTls:
    """The certificate of the store, the file of its authority, and the socket that redirects from http."""

    context: ssl.SSLContext
    ca_file: Path
    redirecting: socket.socket
    redirect_url: str


@contextmanager
def _opened_tls(options: ServeOptions, listener: socket.socket) -> Iterator[ServedTls | None]:
    """Yield the certificate for ``--tls``; None without it.

    Raises:
        UsageError: no certificate can be made, or its file cannot be written.
    """
    if not options.tls:
        yield None
        return
    from mockstore.inputs.files import write_whole
    from mockstore.server.tls import TlsUnavailable, make_tls

    names = (*options.allowed_hosts, urlsplit(options.base_url(listener.getsockname()[1])).hostname or "localhost")
    try:
        made = make_tls(names)
    except TlsUnavailable as error:
        raise UsageError(f"--tls: {error}") from None
    with TemporaryDirectory(prefix="mockstore-tls-") as folder, _listen(options.host, options.redirect_port) as plain:
        file = Path(options.tls_ca or Path(folder) / "ca.pem").absolute()
        try:
            write_whole(file, made.ca_pem)
        except OSError as error:
            raise UsageError(f"--tls-ca {file} can't be written: {error.strerror}.") from None
        http = urlsplit(options.local_url(plain.getsockname()[1])).netloc
        yield ServedTls(made.context, file, plain, f"http://{http}")


@contextmanager
def _with_shared_state(options: ServeOptions) -> Iterator[ServeOptions]:
    """Yield the options with a state that processes can share: their own, or a temporary file if they have none."""
    if options.state is not None:
        yield options
        return
    with TemporaryDirectory(prefix="mockstore-") as folder:
        yield replace(options, state=str(Path(folder) / "store.db"))


def _run_workers(
    options: ServeOptions,
    chosen: Behaviour,
    faults: FaultScript,
    listener: socket.socket,
    tls: ServedTls | None,
    clock: Clock,
) -> None:
    """Run the store in several processes."""
    with closing(_open_store(options, listener, clock)) as store:  # makes the state before the processes open it
        text = announcement(options, store, listener.getsockname()[1], tls=tls)

    def work(lifeline: int) -> int:
        try:
            with closing(_open_store(options, listener, clock)) as store:
                asyncio.run(_serve(options, store, chosen, faults, listener, tls, announced=True, lifeline=lifeline))
        except UsageError as error:
            error.show()
            return error.exit_code
        return os.EX_OK

    workers = Workers(options.workers, work, lambda line: click.echo(line, err=True))
    try:
        workers.run(lambda: _announce(options, text, listener, tls))
    except WorkerFailed as error:
        raise UsageError(str(error)) from None


def _behaviour(options: ServeOptions) -> Behaviour:
    try:
        return build_behaviour(options.profile, options.defects, options.variants)
    except UnknownBehaviour as unknown:
        raise UsageError(str(unknown)) from None


def _fault(fault: FaultText) -> Fault:
    try:
        return msgspec.convert(fault.parts, Fault, strict=False)
    except msgspec.ValidationError as error:
        if (kind := fault.parts["kind"]) not in (kinds := get_args(Kind)):
            raise UsageError(
                f"--fault {fault.typed}: there is no kind {kind!r}; the kinds are {', '.join(kinds)}."
            ) from None
        why = str(error).replace(" - at `$.", ", at `")
        raise UsageError(f"--fault {fault.typed}: {why[0].lower()}{why[1:]}.") from None


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on that address.

    Raises:
        UsageError: the address cannot be used, or another program listens on it.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise UsageError(f"--host {host} is not an address of this machine.") from None
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
            why = f"Port {port} needs privileges, as all ports below 1024 do: choose another with --port."
        elif error.errno == errno.EADDRNOTAVAIL:
            why = f"--host {host} is not an address of this machine."
        else:
            why = f"The store can't listen at {host}, port {port}: {error.strerror}."
        raise UsageError(why) from None
    return listener


def _open_store(options: ServeOptions, listener: socket.socket, clock: Clock) -> Store:
    """Return the store, with its specimens.

    Raises:
        UsageError: the state cannot be used.
    """
    try:
        shop = options.shop(listener.getsockname()[1])
        store = Store(shop, count=options.orders, clock=clock, state=options.state)
        if options.specimens:
            add_specimens(store)
        store.add_initial_orders(options.made_orders(shop, clock.now()))
    except (StateMismatch, UnreadableState, LedgerError, OrderExists) as error:
        raise UsageError(str(error)) from None
    return store


async def _serve(
    options: ServeOptions,
    store: Store,
    chosen: Behaviour,
    faults: FaultScript,
    listener: socket.socket,
    tls: ServedTls | None,
    *,
    announced: bool,
    lifeline: int | None = None,
) -> None:
    """Answer requests until a signal comes or the lifeline becomes readable."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in end_signals():
        loop.add_signal_handler(number, ended.set)
    if lifeline is not None:
        loop.add_reader(lifeline, ended.set)
    watcher = _watcher(options, store, listener.getsockname()[1]) if options.watch else None
    setup = _console_setup(options, store, listener.getsockname()[1], tls)
    app = make_app(
        store,
        CurrentBehaviour(chosen, About(profile=options.profile, defects=options.defects, variants=options.variants)),
        control_token=options.control_token.value if options.control_token else None,
        script=faults,
        journal=_journal(watcher, has_console=setup is not None),
        rest=_rest_access(options),
        hosts=options.hosts,
        console=setup,
    )
    # a worker accepts one connection at a time, so that each worker gets some
    backlog = BACKLOG if lifeline is None else 1
    listening = [await listen(app, listener, backlog=backlog, tls=tls.context if tls else None)]
    listener.listen(BACKLOG)
    if tls:
        from mockstore.server.tls import redirect_app

        listening.append(await listen(redirect_app(options.base_url(listener.getsockname()[1])), tls.redirecting))
    try:
        if not announced:
            link = setup.keys.new_link(options.local_url(listener.getsockname()[1])) if setup else ""
            _announce(options, announcement(options, store, listener.getsockname()[1], link, tls), listener, tls, link)
        await ended.wait()
    finally:
        for each in listening:
            await each.stop()
        if watcher:
            click.echo(watcher.summary)


def _journal(watcher: Watcher | None, *, has_console: bool) -> Journal | None:
    """Return the journal for an output or a page; None if nobody would read it."""
    if watcher is None and not has_console:
        return None
    return Journal(FOR_PEOPLE if has_console else JournalSize(), watcher)


def _console_setup(options: ServeOptions, store: Store, port: int, tls: ServedTls | None) -> ConsoleSetup | None:
    """Return what the web console is told; None if there is none."""
    if options.no_console_reason:
        return None
    from mockstore.console.key_file import read_or_make_key
    from mockstore.console.keys import Keys
    from mockstore.console.visits import ConsoleSetup

    accounts = []
    if options.control_token:
        accounts.append(("Control protocol", options.base_url(port) + BASE_PATH, options.control_token.value))
    if options.rest_user and options.rest_key:
        accounts.append(("REST API", options.rest_user, options.rest_key.value))
    return ConsoleSetup(
        keys=Keys(read_or_make_key(), port),
        base_url=options.base_url(port),
        shell_password=(options.password or _default_password(store)).shell,
        accounts=tuple(accounts),
        state=shown_state(options.state) if options.state else "",
        ca_file=str(tls.ca_file) if tls else "",
    )


def _rest_access(options: ServeOptions) -> RestAccess | None:
    if not options.rest_user or not options.rest_key:
        return None
    from mockstore.rest.access import ApiAccount, RestAccess

    return RestAccess((ApiAccount(options.rest_user, options.rest_key.value),))


def _watcher(options: ServeOptions, store: Store, port: int) -> Watcher:
    from mockstore.traffic.rules import ImporterAccess
    from mockstore.traffic.watch import Watcher

    given = ImporterAccess(f"{options.base_url(port)}/?dispatch=shipstation", store.shop.username, store.shop.password)
    return Watcher(given, click.echo)


def _announce(options: ServeOptions, text: str, listener: socket.socket, tls: ServedTls | None, link: str = "") -> None:
    """Say that the store answers: on the terminal, and in the file of ``--ready-file``.

    Raises:
        UsageError: the file cannot be written.
    """
    facts = _facts(options, listener.getsockname()[1], link)
    if tls:
        facts |= {"ca_file": str(tls.ca_file), "redirects": tls.redirect_url}
    if options.ready_file is not None:
        _write_ready_file(options.ready_file, facts)
    if options.as_json:
        text = msgspec.json.encode({**facts, **_shown_secrets(options)}).decode()
    click.echo(text)


def _facts(options: ServeOptions, port: int, link: str) -> dict[str, object]:
    """Return where the store is; ``console`` is a link that opens the web console once."""
    base = options.base_url(port)
    return {
        "url": f"{base}/?dispatch=shipstation",
        "username": options.username,
        "version": options.version,
        "control": base + BASE_PATH if options.control else None,
        "console": link or None,
        "pid": os.getpid(),
    }


def _shown_secrets(options: ServeOptions) -> dict[str, object]:
    """Return the secrets that are not the user's own: those are null."""
    generated = {"control_token": options.control_token, "rest_key": options.rest_key}
    shown = {name: secret.value if secret and secret.is_generated else None for name, secret in generated.items()}
    return {"password": None if options.password else options.shop(0).password, **shown}


def _write_ready_file(name: str, facts: dict[str, object]) -> None:
    """Write where the store is, to a file that only this user can read."""
    path = Path(name)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # who waits for the file must not read half of it
    try:
        part.touch(mode=0o600)
        part.write_bytes(msgspec.json.encode(facts) + b"\n")
        part.replace(path)
    except OSError as error:
        raise UsageError(f"--ready-file {name} can't be written: {error.strerror}.") from None


def announcement(options: ServeOptions, store: Store, port: int, link: str = "", tls: ServedTls | None = None) -> str:
    """Return what is printed at the start: where the store is, its secrets, its orders, and a request to try."""
    base = options.base_url(port)
    url = f"{base}/?dispatch=shipstation"
    password = options.password or _default_password(store)
    rows = [
        ("URL", url),
        ("User name", options.username),
        *((("CA file", str(tls.ca_file)), ("Redirects", f"{tls.redirect_url} to https")) if tls else ()),
        ("Password", password.origin if options.password else f"{password.value}, {password.origin}"),
        ("Console", link or options.no_console_reason),
        *_api_rows(options, base),
        *_setup_rows(options, store, port),
    ]
    held = held_orders(store)
    rows.append(("Orders", held.described))
    width = max(len(name) for name, _ in rows) + 2
    command = example_command(
        url,
        example_query(store, held),
        username=options.username,
        shell_password=password.shell,
        ca_file=str(tls.ca_file) if tls else "",
    )
    lines = [
        f"Mock CS-Cart {options.version} ({options.profile}), seed {options.seed}",
        *(f"  {name:{width}}{value}" for name, value in rows),
        "Try:",
        *(f"  {line}" for line in command.splitlines()),
        "Ctrl-C ends it.",
    ]
    return "\n".join(lines)


def _default_password(store: Store) -> NamedSecret:
    return NamedSecret(store.shop.password, "the default one", store.shop.password)


def _api_rows(options: ServeOptions, base: str) -> list[tuple[str, str]]:
    """Return the lines about the control protocol and the REST API."""
    rows = []
    if options.control_token:
        rows += [("Control", base + BASE_PATH), ("Control token", _shown(options.control_token))]
    if options.rest_user and options.rest_key:
        rows += [
            ("REST API", f"{base}/api"),
            ("REST user", options.rest_user),
            ("REST key", _shown(options.rest_key)),
        ]
    return rows


def _setup_rows(options: ServeOptions, store: Store, port: int) -> list[tuple[str, str]]:
    """Return the lines about clock, address, workers and state."""
    behaviours = {"Defects": options.defects, "Variants": options.variants}
    rows = [(name, ", ".join(chosen)) for name, chosen in behaviours.items() if chosen]
    if options.faults:
        rows.append(("Faults", " ".join(fault.typed for fault in options.faults)))
    if options.clock:
        motion = "running" if options.clock_runs else "standing"
        rows.append(("Clock", f"{store.clock.now():%Y-%m-%d %H:%M:%S} UTC, {motion}"))
    if options.public_url:
        rows.append(("Listens at", f"{f'[{options.host}]' if ':' in options.host else options.host}:{port}"))
    if options.workers > 1:
        rows.append(("Workers", f"{options.workers} processes"))
    if options.state:
        rows.append(("State", shown_state(options.state)))
    return rows


def _shown(secret: NamedSecret) -> str:
    """Return the origin of a secret, with the secret itself only if it was generated."""
    return f"{secret.value}, {secret.origin}" if secret.is_generated else secret.origin


def shown_state(state: str) -> str:
    """Return where the state is kept, without user name and password."""
    scheme, separator, rest = state.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2]}" if separator else state

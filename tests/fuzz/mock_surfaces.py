"""The inputs of the mock store."""

from __future__ import annotations

import contextlib
import logging
import os
import select
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import click
import msgspec
from click.testing import CliRunner

from mockstore.orders.model import Shipment
from mockstore.orders.order_files import UnreadableOrders, made_orders, read_orders, write_orders
from mockstore.shop.shop import Shop
from mockstore.shop.versions import LATEST
from mockstore.store.store import LedgerError, OrderExists, StateMismatch, Store, UnreadableState
from tests.fuzz import mock_inputs
from tests.fuzz.mutate import TEXTS, damaged, damaged_json, strange_bytes, strange_text
from tests.fuzz.surface import Fault, Feed, Surface
from tests.fuzz.wire import connected, is_broken, read_statuses
from tests.support.store_in_thread import EMAIL, KEY
from tests.support.store_process import COMMAND, ROOT


@contextmanager
def without_network(*, framed: bool) -> Iterator[Feed]:
    """Feed requests to a store in this process. ``framed`` requests are whole, so that each must be answered."""
    with connected() as running:

        def feed(data: bytes) -> str:
            asked = mock_inputs.with_token(data, running.store.control_token)
            return running.send(mock_inputs.with_session(asked, *running.console_session), must_answer=framed)

        yield feed


# ---------------------------------------------------------------------- real sockets


PATIENCE_S = 0.05
"""How long an answer is waited for. A request without an answer counts as one that is not whole, not as a fault."""


@contextmanager
def over_sockets() -> Iterator[Feed]:
    """Feed bytes to ``mockstore serve``, a process of its own, over a connection for each input."""
    with TemporaryDirectory() as folder, (Path(folder) / "log").open("w+b") as log:
        serve = ["serve", "--port", "0", "--control", "--rest-user", EMAIL, "--orders", "40"]
        secrets = {"FUZZ_KEY": KEY, "FUZZ_TOKEN": "control-token"}
        process = subprocess.Popen(
            [sys.executable, "-c", COMMAND, *serve, "--rest-key-env", "FUZZ_KEY", "--control-token-env", "FUZZ_TOKEN"],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env={**os.environ, **secrets, "PYTHONPATH": str(ROOT)},
        )
        assert process.stdout is not None
        try:
            port = 0
            for line in process.stdout:
                if line.startswith("  URL"):
                    port = int(line.split("/")[2].rpartition(":")[2])
                if line.startswith("Ctrl-C"):
                    break
            feed = partial(_over_socket, port)
            yield feed
            if process.poll() is not None:
                raise Fault(f"the process ended with status {process.returncode}")
            asked = b"GET /control/v1/journal HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \0token\0\r\n\r\n"
            if feed(asked) != "200":
                raise Fault("the journal can't be read any more")
            log.seek(0)
            if (text := log.read()).count(b"Traceback"):
                raise Fault(f"a traceback in the log\n{text[-3000:].decode('utf-8', 'replace')}")
        finally:
            process.terminate()
            process.stdout.close()
            process.wait(20)


def _over_socket(port: int, data: bytes) -> str:
    with socket.create_connection(("127.0.0.1", port), 20) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(mock_inputs.with_token(data, "control-token"))
        reply = b""
        while b"\r\n\r\n" not in reply:
            if not select.select([connection], [], [], PATIENCE_S)[0]:
                break  # the request is not whole
            if not (part := connection.recv(65536)):
                break
            reply += part
        statuses = read_statuses(reply)
        for status in statuses:
            if is_broken(status, data):
                raise Fault(f"status {status}")
        return str(statuses[0]) if statuses else "waits or closed"
    return "reset"


# ---------------------------------------------------------------------- state files


@cache
def state_file() -> bytes:
    """Return the bytes of a state with orders of every kind."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "shop.db"
        store = Store(Shop(LATEST), count=20, state=str(path))
        for number in range(1002, 1008):
            store.book(str(number), Shipment(f"T{number}"), status="Complete", key=f"T{number}")
        store.delete("1010")
        store.change("1011", customer_notes="changed")
        store.close()
        connection = sqlite3.connect(path)
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.close()
        return path.read_bytes()


def damaged_state(rng: Random) -> bytes:
    """Return a state file with flipped bits, a missing part, another program's content, or nothing."""
    data = bytearray(state_file())
    kind = rng.randrange(10)
    if kind == 0:
        return strange_bytes(rng) * rng.choice((0, 1, 500))
    if kind == 1:
        return bytes(data[: rng.randrange(len(data))])
    if kind == 2:
        return damaged(rng, bytes(data))
    for _ in range(rng.choice((1, 8, 8, 100))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
    return bytes(data)


FORMS = ("orders.json", "orders.jsonl", "orders.csv")


@cache
def saved_orders() -> dict[str, bytes]:
    """Return a few orders in each form, as ``mockstore orders --save`` writes them."""
    with closing(Store(Shop(LATEST), count=3)) as store, TemporaryDirectory() as folder:
        for name in FORMS:
            write_orders(Path(folder, name), store.orders())
        return {name: Path(folder, name).read_bytes() for name in FORMS}


def damaged_orders(rng: Random) -> bytes:
    """Return the name of a form in a line, and a damaged file of it."""
    name = rng.choice(FORMS)
    data = saved_orders()[name]
    if name == "orders.csv" or not rng.randrange(3):
        words = (b"items[0].sku", b"customer", b"[", b"{}", b",", b";", b'"', b"\r\n", b"\\ud800", b"NaN", b"1e999")
        return name.encode() + b"\n" + damaged(rng, data, words)
    orders = msgspec.json.decode(saved_orders()["orders.json"])
    lines = [damaged_json(rng, order) for order in orders]
    return name.encode() + b"\n" + (b"[" + b",".join(lines) + b"]" if name == "orders.json" else b"\n".join(lines))


@contextmanager
def read_order_files() -> Iterator[Feed]:
    """Read each input as ``serve --orders-from`` does; what a store holds of it is saved and read as it was."""
    shop, now = Shop(LATEST), datetime(2026, 1, 1, tzinfo=UTC)
    with TemporaryDirectory() as folder:
        saved = Path(folder, "saved.jsonl")

        def feed(data: bytes) -> str:
            name, _, content = data.partition(b"\n")
            path = Path(folder, name.decode("ascii", "replace").replace("/", "_").replace("\0", "_")[:40] or "orders")
            path.write_bytes(content)
            try:
                made = made_orders(read_orders(path), shop, now, path)
                with closing(Store(shop, count=0)) as store:
                    store.add_initial_orders(made)
                    held = list(store.orders())
            except (UnreadableOrders, OrderExists) as refused:
                return type(refused).__name__
            write_orders(saved, held)
            with closing(Store(shop, count=0)) as store:
                store.add_initial_orders(made_orders(read_orders(saved), shop, now, saved))
                if list(store.orders()) != held:
                    raise Fault("saved orders are read otherwise than they were")
            return "read"

        yield feed


@contextmanager
def opened_state() -> Iterator[Feed]:
    """Write each input to a file, open a store with it, and use every interface."""
    with TemporaryDirectory() as folder:

        def feed(data: bytes) -> str:
            for old in Path(folder).iterdir():
                old.unlink()
            path = Path(folder) / "shop.db"
            path.write_bytes(data)
            try:
                store = Store(Shop(LATEST), count=20, state=str(path))
            except (UnreadableState, StateMismatch) as error:
                return type(error).__name__
            try:
                return _used(store)
            finally:
                store.close()

        yield feed


def _used(store: Store) -> str:
    """Use a store as its interfaces do; each may raise LedgerError only."""
    failed = 0
    work: tuple[Callable[[], object], ...] = (
        lambda: store.window(None, None).slice(0, 100),
        lambda: [store.find(str(number)) for number in range(1000, 1021)],
        lambda: store.book("1003", Shipment("T-new"), status="Complete", key="T-new"),
        lambda: store.book("1015", Shipment("T-new"), status="Complete", key="T-new"),
        lambda: store.change("1016", status="Complete"),
        lambda: list(store.orders()),
    )
    for step in work:
        try:
            step()
        except LedgerError:
            failed += 1
    return f"open, {failed} of {len(work)} fail" if failed else "open"


# ---------------------------------------------------------------------- command line

_OPTIONS = {
    "--version": ("4.6.3", "4.3.4", "9.9"),
    "--seed": ("1", "2"),
    "--timezone": ("Europe/Berlin", "UTC"),
    "--weight-unit": ("kg", "lbs"),
    "--currency": ("EUR",),
    "--profile": ("reference", "1.0.12"),
    "--orders": ("5", "0"),
    "--clock": ("2026-03-29T00:59:00Z",),
    "--format": ("json", "xml", "table"),
    "--limit": ("3",),
    "--status": ("A=paid", "B=shipped", "C"),
    "--fault": ("cut", "status,times=2,status=503"),
    "--host": ("127.0.0.1", "0.0.0.0"),
    "--port": ("0", "99999"),
    "--workers": ("1", "2"),
    "--orders-per-page": ("5",),
    "--public-url": ("http://shop.example",),
    "--username": ("u",),
    "--password-env": ("HOME",),
    "--password-file": ("/dev/null", "/nonexistent"),
    "--defect": ("page-off-by-one", "booked-but-500"),
    "--variant": ("minutes-only",),
    "--state": ("/nonexistent/shop.db", "/dev/null", "postgresql://nobody@127.0.0.1:1/x"),
    "--rest-user": ("a@example.org",),
    "--rest-key-env": ("HOME",),
    "--control-token-env": ("HOME",),
    "--control": (),
    "--watch": (),
    "--no-specimens": (),
    "--no-console": (),
    "--allow-remote": (),
}
OWN_FAULT = "an error of the suite itself"
_COMMANDS = ("orders", "orders", "serve", "serve", "versions", "defects", "variants", "profiles", "nonsense")


def command_line(rng: Random, commands: tuple[str, ...], options: dict[str, tuple[str, ...]]) -> bytes:
    """Return a command line, its words separated by line feeds."""
    words = [rng.choice(commands)]
    for _ in range(rng.randrange(4)):
        name = rng.choice(list(options))
        words.append(name)
        if options[name]:
            words.append(
                rng.choice(options[name]) if rng.randrange(3) else rng.choice((strange_text(rng), rng.choice(TEXTS)))
            )
    if rng.randrange(6) == 0:
        words.insert(rng.randrange(len(words) + 1), strange_text(rng))
    return "\n".join(word.replace("\n", " ").replace("\0", " ") for word in words).encode("utf-8", "surrogatepass")


@contextmanager
def mockstore_commands() -> Iterator[Feed]:
    """Call the command with the words of each input. What would serve for ever is not started."""
    from mockstore.cli import serve
    from mockstore.cli.main import main

    async def not_served(*_: object, **__: object) -> None:
        """Stand for a store that is stopped at once."""

    kept, kept_workers, before = serve._serve, serve._run_workers, Path.cwd()
    with TemporaryDirectory() as folder:
        serve._serve, serve._run_workers = not_served, lambda *_: None
        os.chdir(folder)  # --state makes files
        try:
            yield partial(invoked, main)
        finally:
            os.chdir(before)
            serve._serve, serve._run_workers = kept, kept_workers


def invoked(command: click.Command, data: bytes) -> str:
    """Call a command with the words of an input, and return its exit status.

    Raises:
        Fault: the exit status is none of the documented ones, or the command says that it failed itself.
    """
    words = data.decode("utf-8", "surrogateescape").split("\n")
    with CliRunner().isolation() as (_, _, output):
        try:
            command.main(words)
            status: object = 0
        except SystemExit as end:
            status = end.code or 0
        text = output.getvalue().decode("utf-8", "replace")
    if status not in (0, 1, 2, 3):
        raise Fault(f"exit status {status!r}\n{text}")
    if OWN_FAULT in text:
        raise Fault(f"{OWN_FAULT} {text.strip().rpartition('(')[2]}\n{text}")
    return f"exit {status}"


logging.getLogger("asyncio").setLevel(logging.WARNING)

FRAMED, RAW = partial(without_network, framed=True), partial(without_network, framed=False)

MOCK_SURFACES = (
    Surface(
        name="add-on requests", program="mockstore", share=180_000, ci=900, make=mock_inputs.addon_request, open=FRAMED
    ),
    Surface(
        name="shipment notifications",
        program="mockstore",
        share=140_000,
        ci=900,
        make=mock_inputs.notify_request,
        open=FRAMED,
    ),
    Surface(
        name="control protocol",
        program="mockstore",
        share=130_000,
        ci=900,
        make=mock_inputs.control_request,
        open=FRAMED,
    ),
    Surface(name="REST API", program="mockstore", share=110_000, ci=900, make=mock_inputs.api_request, open=FRAMED),
    Surface(name="pictures", program="mockstore", share=30_000, ci=200, make=mock_inputs.image_request, open=FRAMED),
    Surface(
        name="web console", program="mockstore", share=40_000, ci=300, make=mock_inputs.console_request, open=FRAMED
    ),
    Surface(name="HTTP framing", program="mockstore", share=50_000, ci=600, make=mock_inputs.raw_bytes, open=RAW),
    Surface(
        name="HTTP over sockets",
        program="mockstore",
        share=20_000,
        ci=300,
        make=mock_inputs.raw_bytes,
        open=over_sockets,
        batch=2_000,
    ),
    Surface(
        name="state files", program="mockstore", share=4_000, ci=40, make=damaged_state, open=opened_state, batch=200
    ),
    Surface(
        name="order files",
        program="mockstore",
        share=10_000,
        ci=60,
        make=damaged_orders,
        open=read_order_files,
        batch=1000,
    ),
    Surface(
        name="mockstore commands",
        program="mockstore",
        share=6_000,
        ci=60,
        make=partial(command_line, commands=_COMMANDS, options=_OPTIONS),
        open=mockstore_commands,
    ),
)

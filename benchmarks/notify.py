"""Measures notifications that are on the disk before the reply, beside servers that do less, and bare commits."""

from __future__ import annotations

import sqlite3
import time
from base64 import b64encode
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks import peers
from benchmarks.client import Client, notice_of, query_of_notice
from benchmarks.processes import mockstore
from benchmarks.tables import Effort, Result, number, ratio

BARE = "bare SQLite: a commit of one row of 2,000 bytes, in a loop"
HERE = "mock store with a state, without HTTP, in a loop"
POST, POST_COMMIT = "bare aiohttp: a POST", "bare aiohttp: a POST and such a commit"
TEMPORARY, DURABLE = "mock store, no --state", "mock store, --state FILE"
ORDERS = 1_000_000
FIRST_NUMBER = 1000

Notify = Callable[[str], object]
"""Notifies of an order by its number."""


def measure(effort: Effort) -> Result:
    """Measure the elapsed time, which depends on the disk, and the CPU time of the server."""
    result = Result(
        "A shipment notification",
        (
            *("what", "ms", "CPU ms", "ms ÷ bare commit", "CPU ÷ bare commit"),
            *("ms ÷ POST and commit", "CPU ÷ POST and commit", "per second"),
        ),
    )
    waited: dict[str, list[float]] = defaultdict(list)
    used: dict[str, list[float]] = defaultdict(list)
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, many = Path(name), ("--orders", str(ORDERS), "--no-specimens")
        servers = {
            POST: stack.enter_context(peers.bare_post()),
            POST_COMMIT: stack.enter_context(peers.bare_post(folder / "post.db")),
            TEMPORARY: stack.enter_context(mockstore(*many)),
            DURABLE: stack.enter_context(mockstore(*many, "--state", str(folder / "store.db"))),
        }
        bare = stack.enter_context(closing(_bare(folder / "bare.db")))
        ways: dict[str, tuple[Callable[[], float], Notify]] = {
            BARE: (time.process_time, lambda _: _commit(bare)),
            HERE: (time.process_time, _without_http(folder / "here.db", stack)),
        }
        for way, server in servers.items():
            ways[way] = server.cpu, notify_over_http(Client(server.port))
        next_order, times = FIRST_NUMBER, effort.of(100)
        for _ in range(effort.rounds * 2):
            for way, (cpu, notify) in ways.items():
                numbers = list(map(str, range(next_order, next_order + times)))
                begun, before = time.perf_counter(), cpu()
                for each in numbers:
                    notify(each)
                waited[way].append((time.perf_counter() - begun) / times)
                used[way].append((cpu() - before) / times)
            next_order += times
    for way, seconds in waited.items():
        result.rows.append(
            (
                way,
                number(median(seconds) * 1000),
                number(median(used[way]) * 1000),
                *(ratio(each[way], each[other]) for other in (BARE, POST_COMMIT) for each in (waited, used)),
                f"{1 / median(seconds):,.0f}",
            )
        )
    result.notes.append(
        f"What a notification adds to a POST, divided by what a commit adds to it: {_beyond(waited)} by elapsed time, "
        f"{_beyond(used)} by CPU time."
    )
    return result


def _beyond(spent: dict[str, list[float]]) -> str:
    """Return how many commits of a bare server a durable notification costs, both without what a POST costs."""
    ours, theirs = (
        [one - post for one, post in zip(spent[name], spent[POST], strict=True)] for name in (DURABLE, POST_COMMIT)
    )
    return ratio(ours, theirs)


def notify_over_http(client: Client) -> Notify:
    """Return what notifies a server, with another tracking number for each order."""
    return lambda order_number: client.notify(order_number, f"T-{order_number}")


def _without_http(state: Path, stack: ExitStack) -> Notify:
    """Return what notifies a store in this process."""
    from mockstore.endpoint.behaviour import REFERENCE
    from mockstore.endpoint.message import Request
    from mockstore.shop.shop import Shop
    from mockstore.shop.versions import LATEST
    from mockstore.store.store import Store

    store = stack.enter_context(closing(Store(Shop(LATEST), count=ORDERS, state=str(state))))
    headers = {"authorization": f"Basic {b64encode(b'ship-user:ship-pass').decode()}"}

    def notify(order_number: str) -> None:
        tracking = f"T-{order_number}"
        query = {"dispatch": "shipstation", **query_of_notice(order_number, tracking)}
        reply = REFERENCE.answer(Request("POST", query, headers, notice_of(order_number, tracking)), store)
        if reply.status != 200:
            raise RuntimeError(f"the store answered {reply.status}")

    return notify


def _bare(file: Path) -> sqlite3.Connection:
    """Open a database with the settings of the store."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("CREATE TABLE orders (row INTEGER PRIMARY KEY, body BLOB)")
    return connection


def _commit(connection: sqlite3.Connection) -> None:
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("INSERT INTO orders (body) VALUES (?)", (b"x" * 2000,))
    connection.execute("COMMIT")

"""Measures notifications that are on the disk before the reply, beside bare commits of the same size."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from benchmarks.client import Client
from benchmarks.processes import mockstore
from benchmarks.tables import Effort, Result, number, ratio

BARE, DURABLE, TEMPORARY = "bare SQLite, one row per commit", "mock store, --state FILE", "mock store, no --state"


def measure(effort: Effort) -> Result:
    """Measure the elapsed time, which depends on the disk, and the CPU time of the server."""
    result = Result(
        "A shipment notification", ("what", "ms", "CPU ms", "ms ÷ bare commit", "CPU ÷ bare commit", "per second")
    )
    waited: dict[str, list[float]] = defaultdict(list)
    used: dict[str, list[float]] = defaultdict(list)
    with TemporaryDirectory() as folder:
        state = str(Path(folder) / "store.db")
        many = "--orders", "1000000", "--no-specimens"
        with (
            mockstore(*many, "--state", state) as durable,
            mockstore(*many) as temporary,
            closing(_bare(Path(folder) / "bare.db")) as bare,
        ):
            clients = {DURABLE: (durable, Client(durable.port)), TEMPORARY: (temporary, Client(temporary.port))}
            next_order = 1000
            for _ in range(effort.rounds * 2):
                times = effort.of(100)
                begun, cpu = time.perf_counter(), time.process_time()
                for _ in range(times):
                    _commit(bare)
                waited[BARE].append((time.perf_counter() - begun) / times)
                used[BARE].append((time.process_time() - cpu) / times)
                for name, (server, client) in clients.items():
                    begun, cpu = time.perf_counter(), server.cpu()
                    for place in range(times):
                        client.notify(str(next_order + place), f"T-{next_order + place}")
                    waited[name].append((time.perf_counter() - begun) / times)
                    used[name].append((server.cpu() - cpu) / times)
                next_order += times
    for name, seconds in waited.items():
        result.rows.append(
            (
                name,
                number(median(seconds) * 1000),
                number(median(used[name]) * 1000),
                ratio(seconds, waited[BARE]),
                ratio(used[name], used[BARE]),
                f"{1 / median(seconds):,.0f}",
            )
        )
    return result


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

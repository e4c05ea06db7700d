"""Measures what the web console and its journal cost requests to the add-on."""

from __future__ import annotations

import json
import socket
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPConnection
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from benchmarks.client import Client
from benchmarks.processes import Server, mockstore
from benchmarks.tables import Effort, Result, number, ratio

WITHOUT, WITH, WATCHED = "--no-console", "no page open", "Traffic open"
SETTINGS = ("--orders", "10000", "--no-specimens", "--clock", "2026-04-02T12:00:00Z")
JOURNAL = 10_000
"""Requests that fill the journal."""
DAYS = 28
BLOCKS = 4
"""Blocks of requests in a round: short blocks in alternation, because other programs of the machine disturb them."""

Ask = Callable[[Client, int], object]


def measure(effort: Effort) -> Result:
    """Measure the CPU time of the server for three kinds of requests, in alternation between the servers."""
    result = Result("What the web console costs", ("request", "console", "CPU ms", f"÷ {WITHOUT}"))
    with ExitStack() as stack:
        servers = {name: stack.enter_context(_served(name)) for name in (WITHOUT, WITH, WATCHED)}
        clients = {name: Client(server.port) for name, server in servers.items()}
        kinds: tuple[tuple[str, int, Ask], ...] = (
            ("window with few orders, while the journal fills", 400, _ask_small_window),
            ("window with few orders, when the journal is full", 400, _ask_small_window),
            ("page of 100 orders", 100, lambda client, _: client.page(1)),
            ("notification", 100, lambda client, place: client.notify(str(1_000 + place), f"T-{place}")),
        )
        for kind, times, ask in kinds:
            if "is full" in kind:
                for client in clients.values():
                    for place in range(effort.of(JOURNAL)):
                        ask(client, place)
            used: dict[str, list[float]] = defaultdict(list)
            for block in range(effort.rounds * BLOCKS):
                for name, server in servers.items():
                    before = server.cpu()
                    for place in range(effort.of(times)):
                        ask(clients[name], block * times + place)
                    used[name].append((server.cpu() - before) / effort.of(times))
            for name, seconds in used.items():
                row = (kind, name, number(median(seconds) * 1000), ratio(seconds, used[WITHOUT]))
                result.rows.append(row)
    return result


def _ask_small_window(client: Client, place: int) -> None:
    day = place % DAYS + 1
    client.page(1, f"start_date=03/{day:02d}/2026+00:00&end_date=03/{day:02d}/2026+00:30")


@contextmanager
def _served(name: str) -> Iterator[Server]:
    with TemporaryDirectory() as folder, ExitStack() as stack:
        ready = Path(folder) / "ready.json"
        options = ("--no-console",) if name == WITHOUT else ("--ready-file", str(ready))
        server = stack.enter_context(mockstore(*SETTINGS, *options))
        Client(server.port).get("/health")  # then the file is there
        if name == WATCHED:
            link = urlsplit(json.loads(ready.read_text(encoding="utf-8"))["console"])
            stack.enter_context(_watching(server.port, f"{link.path}?{link.query}"))
        yield server


@contextmanager
def _watching(port: int, link: str) -> Iterator[None]:
    """Read what an open page Traffic gets, until the block ends."""
    login = HTTPConnection("127.0.0.1", port, timeout=60)
    login.request("GET", link)
    cookie = (login.getresponse().getheader("Set-Cookie") or "").partition(";")[0]
    login.close()
    stream = socket.create_connection(("127.0.0.1", port), 60)
    asked = f"GET /console/traffic/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n"
    stream.sendall(asked.encode())
    if b" 200 " not in stream.recv(4096).partition(b"\r\n")[0]:
        raise RuntimeError("the console did not open")
    stream.settimeout(None)

    def drain() -> None:
        while stream.recv(1 << 16):
            pass

    reader = threading.Thread(target=drain, daemon=True)
    reader.start()
    try:
        yield
    finally:
        stream.shutdown(socket.SHUT_RDWR)
        reader.join(10)
        stream.close()

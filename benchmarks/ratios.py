"""Compares what things cost with what bare programs cost that do the same, and with the ratios that are stored.

A ratio depends little on the machine, and a change of it shows that our code became slower or faster. Each is the
least CPU time of some rounds, divided by the least of the bare program: other programs of the machine only add time.
``make bench ARGS=ratios`` measures them in ten CPU seconds, and CI prints what it says.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
import tomllib
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TypeVar

from benchmarks import peers
from benchmarks.client import Client
from benchmarks.notify import FIRST_NUMBER, notify_over_http
from benchmarks.processes import CONFORMANCE, MOCKSTORE, ROOT, Server, free_port, mockstore, running
from benchmarks.tables import Effort, Result, number
from benchmarks.validation import Documents

STORED = Path(__file__).with_name("ratios.toml")
ROUNDS = 3
"""How many rounds CI measures. The least of more rounds would be less."""
WARN_ABOVE = 1.4
"""A ratio that grew by more than this factor is reported. On a busy machine ratios vary by a quarter."""
BARE_SUITE = """
from pytest_bdd import given, parsers, scenarios, then, when
scenarios({features!r})
for step in (given, when, then):
    step(parsers.re(".*"))(lambda: None)
"""

T = TypeVar("T")
Spent = dict[str, list[float]]
"""CPU seconds of each round, by what was measured."""

PAIRS: Mapping[str, tuple[str, str]] = {
    "a page requested before ÷ bare aiohttp": ("page again", "bare page"),
    "a page computed ÷ bare aiohttp": ("new page", "bare page"),
    "a notification, no --state ÷ bare aiohttp": ("notification", "bare POST"),
    "a notification, --state ÷ bare aiohttp and a commit": ("durable notification", "bare POST and commit"),
    "start of a store ÷ start of bare aiohttp": ("start", "bare start"),
    "a run of one version ÷ bare pytest-bdd with as many scenarios": ("run", "bare session"),
    "reading a page of orders ÷ lxml": ("reading", "lxml"),
    "orders.xsd ÷ lxml": ("orders.xsd", "lxml"),
    "orders-strict.xsd ÷ lxml": ("orders-strict.xsd", "lxml"),
}
"""Name of each ratio, and the two measurements that it divides."""


def measured(rounds: int) -> dict[str, float]:
    """Return the ratios."""
    spent: Spent = defaultdict(list)
    for part in (_pages, _notifications, _starts, _sessions, _documents):
        part(spent, rounds)
    return {name: min(spent[ours]) / min(spent[bare]) for name, (ours, bare) in PAIRS.items()}


def typical() -> dict[str, float]:
    """Return the median of each ratio over several measurements of the same length as CI's."""
    runs = [measured(ROUNDS) for _ in range(5)]
    return {name: median(run[name] for run in runs) for name in PAIRS}


def stored() -> dict[str, float]:
    """Return the ratios that the repository keeps."""
    return {name: float(value) for name, value in tomllib.loads(STORED.read_text(encoding="utf-8"))["ratios"].items()}


def store(found: Mapping[str, float]) -> None:
    """Keep these ratios in the repository."""
    head = "# The ratios that make bench compares with. ARGS=store-ratios measures and writes them.\n[ratios]\n"
    lines = (f'"{name}" = {value:.2f}\n' for name, value in found.items())
    STORED.write_text(head + "".join(lines), encoding="utf-8")


def regressions(found: Mapping[str, float], before: Mapping[str, float]) -> list[str]:
    """Return a sentence for each ratio that grew too much, and for each that is not stored."""
    said = []
    for name, value in found.items():
        known = before.get(name)
        if known is None:
            said.append(f"{name} is not stored: make bench ARGS=store-ratios stores it.")
        elif value > known * WARN_ABOVE:
            said.append(f"{name} grew to {number(value)}, and was {number(known)} when it was stored.")
    return said


def measure(effort: Effort) -> Result:
    """Measure the ratios, and compare them with those that are stored."""
    result = Result("Ratios", ("CPU time", "stored", "now", "now ÷ stored"))
    found, before = measured(ROUNDS) if effort.share < 1 else typical(), stored()
    for name, value in found.items():
        known = before.get(name)
        cells = ("–", number(value), "–") if known is None else (number(known), number(value), number(value / known))
        result.rows.append((name, *cells))
    result.notes += regressions(found, before)
    return result


def _cpu(spent: Spent, name: str, server: Server, asked: Sequence[T], ask: Callable[[T], object]) -> None:
    """Note the CPU time that a server takes for a request, on average."""
    before = server.cpu()
    for each in asked:
        ask(each)
    spent[name].append((server.cpu() - before) / len(asked))


def _pages(spent: Spent, rounds: int) -> None:
    with ExitStack() as stack:
        own = stack.enter_context(mockstore("--orders", "1000000", "--no-specimens"))
        client = Client(own.port)
        bare = stack.enter_context(peers.bare(client.page(1)))
        bare_client = Client(bare.port)
        for each in range(rounds):
            _cpu(spent, "bare page", bare, [1] * 150, bare_client.page)
            _cpu(spent, "page again", own, [1] * 150, client.page)
            _cpu(spent, "new page", own, range(2 + 60 * each, 62 + 60 * each), client.page)


def _notifications(spent: Spent, rounds: int) -> None:
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder, many = Path(name), ("--orders", "1000000", "--no-specimens")
        servers = {
            "bare POST": stack.enter_context(peers.bare_post()),
            "bare POST and commit": stack.enter_context(peers.bare_post(folder / "post.db")),
            "notification": stack.enter_context(mockstore(*many)),
            "durable notification": stack.enter_context(mockstore(*many, "--state", str(folder / "store.db"))),
        }
        ways = {way: notify_over_http(Client(server.port)) for way, server in servers.items()}
        for each in range(rounds):
            orders = [str(FIRST_NUMBER + 100 * each + place) for place in range(100)]
            for way, server in servers.items():
                _cpu(spent, way, server, orders, ways[way])


def _starts(spent: Spent, rounds: int) -> None:
    for _ in range(rounds):
        port = free_port()
        for name, command in (
            ("bare start", [sys.executable, "-c", peers.BARE, __file__, str(port)]),
            ("start", [*MOCKSTORE, "serve", "--port", str(port)]),
        ):
            with running(command, port) as server:
                Client(port).page(1)
                spent[name].append(server.cpu())


def _sessions(spent: Spent, rounds: int) -> None:
    plain = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pytest.ini").write_text("[pytest]\n")
        text = BARE_SUITE.format(features=str(ROOT / "features" / "store"))
        (folder / "test_bare.py").write_text(text, encoding="utf-8")
        options = ("-q", "-p", "no:cacheprovider", "-p", "pytest_bdd.plugin", "-W", "ignore")
        for _ in range(max(1, rounds - 2)):  # they take longest, and vary least
            for what, command in (
                ("bare session", [sys.executable, "-m", "pytest", *options]),
                ("run", [*CONFORMANCE, "run", "--store-version", "4.3.4", "--quiet", "--report-dir", name]),
            ):
                before = _children()
                done = subprocess.run(command, cwd=folder, env=plain, capture_output=True, timeout=300, check=False)
                if done.returncode:
                    raise RuntimeError(f"{what} ended with status {done.returncode}: {done.stdout[-500:]!r}")
                spent[what].append(_children() - before)


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _documents(spent: Spent, rounds: int) -> None:
    documents = Documents()
    for work in documents.parts.values():
        work()  # schemas are compiled once
    for _ in range(rounds):
        for name, work in documents.parts.items():
            before = time.process_time()
            for _ in range(5):
                work()
            spent[name].append((time.process_time() - before) / 5)

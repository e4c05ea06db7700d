"""Whatever signal stops a run, and whenever: its orders are deleted, it leaves a report, and nothing else is left.

Each test uses real processes. The moments are reached by events: a reply that is held back, or a pipe in place of a
file of the report.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance.report import views
from tests.support.gate import Gate, gate
from tests.support.runs import LIMIT_S, credentials, on_one_url, on_several, orders, port_of, started
from tests.support.store_in_thread import Served, served

ORDERS = b"POST /control/v1/orders/batch "
ANY = b"GET "


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run a correct store."""
    with served("4.3.4", count=10, now=None) as running:
        yield running


KINDS: dict[str, Callable[[Path, Served, Gate], tuple[list[str], Path]]] = {
    "one process": on_one_url,
    "several processes": on_several,
}
SIGNALS: dict[str, tuple[tuple[signal.Signals, ...], bool]] = {
    "SIGINT": ((signal.SIGINT,), False),
    "SIGTERM": ((signal.SIGTERM,), False),
    "SIGHUP": ((signal.SIGHUP,), False),
    "SIGINT twice": ((signal.SIGINT, signal.SIGINT), False),
    "SIGTERM to the group": ((signal.SIGTERM,), True),
}
MOMENTS = ("early", "midway", "late")
IN_CI = {
    ("SIGTERM to the group", "early", "one process"),
    ("SIGHUP", "midway", "one process"),
    ("SIGINT twice", "late", "one process"),
    ("SIGTERM", "midway", "several processes"),
}
MATRIX = [
    pytest.param(sent, moment, kind, marks=() if (sent, moment, kind) in IN_CI else pytest.mark.long)
    for sent in SIGNALS
    for moment in MOMENTS
    for kind in KINDS
]


@pytest.mark.parametrize(("sent", "moment", "kind"), MATRIX)
def test_a_signal_leaves_a_report_and_nothing_else(
    sent: str, moment: str, kind: str, store: Served, tmp_path: Path
) -> None:
    """Early: before the first reply. Midway: orders were made, their numbers not known. Late: the report is written."""
    before = orders(store)
    numbers, group = SIGNALS[sent]
    prefix, number = (ANY, 1) if moment == "early" else (ORDERS, 1) if moment == "midway" else (b"never", 1)
    with gate(port_of(store), prefix, number) as at:
        words, report = KINDS[kind](tmp_path, store, at)
        with started(tmp_path, *words, variables=credentials(store)) as run:
            if moment == "late":
                report.mkdir(parents=True)
                first, second = (report / f".badge.{end}.{run.process.pid}.tmp" for end in ("json", "svg"))
                os.mkfifo(first)
                os.mkfifo(second)
                first.read_bytes()
                run.send(*numbers, group=group)
                second.read_bytes()  # until now, the run waits for a reader
            else:
                assert at.reached.wait(LIMIT_S)
                run.send(*numbers, group=group)
                if moment == "midway":
                    at.opened.set()
            status = run.end()
            left = run.left()
    assert "Traceback" not in run.printed, run.printed
    assert status == 3, run.printed
    assert orders(store) == before
    assert not left
    assert not list(run.temporary.iterdir())
    name = numbers[0].name
    assert f"{name}{' (Ctrl-C)' if name == 'SIGINT' else ''} stopped the run" in run.printed
    if moment != "late":
        assert views.read(report).stopped.startswith(name)


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("moment", ["early", "midway"])
def test_a_signal_to_plain_pytest(number: signal.Signals, moment: str, store: Served, tmp_path: Path) -> None:
    """As to ``conformance run``: a report, exit status 3, and no order."""
    before = orders(store)
    with gate(port_of(store), *((ANY, 1) if moment == "early" else (ORDERS, 1))) as at:
        place = f"http://127.0.0.1:{at.port}"
        words = ["--conformance-url", f"{place}/?dispatch=shipstation", "--conformance-control", f"{place}/control/v1"]
        words += ["--conformance-username", store.store.shop.username, "--conformance-allow-writes"]
        words += ["--conformance-report-dir", str(tmp_path / "report")]
        pytest_words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "--pyargs", "conformance")
        with started(
            tmp_path, *words, command=(sys.executable, *pytest_words), where=tmp_path, variables=credentials(store)
        ) as run:
            assert at.reached.wait(LIMIT_S)
            run.send(number)
            if moment == "midway":
                at.opened.set()
            assert run.end() == 3, run.printed
            assert not run.left()
    assert "Traceback" not in run.printed, run.printed
    assert views.read(tmp_path / "report").stopped.startswith(number.name)
    assert orders(store) == before
    assert not list(run.temporary.iterdir())

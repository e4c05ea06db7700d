"""Whatever signal stops a run, and whenever: its orders are deleted, it leaves a report, and nothing else is left.

Each test uses real processes. The moments are reached by events: a reply that is held back, or a pipe in place of a
file of the report.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from conformance.report import views
from tests.support.gate import Gate, gate
from tests.support.processes import CODE, ROOT, environment
from tests.support.store_in_thread import Served, served

LIMIT_S = 60
"""Time for a process to end. No test depends on it: it only keeps a fault from blocking the tests."""
MARK = "TEST_OF_SIGNALS"
"""Environment variable that marks the processes of a run."""
ORDER = b"POST /control/v1/orders "
ANY = b"GET "


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run a correct store."""
    with served("4.3.4", count=10, now=None) as running:
        yield running


def orders(store: Served) -> set[str]:
    """Return the numbers of all orders of a store."""
    control = Served(store.store, f"Bearer {store.store.control_token}")
    reply = control.ask("/control/v1/orders?modified_from=2000-01-01T00:00:00Z&modified_to=2100-01-01T00:00:00Z")
    return {each["order_number"] for each in reply.json["orders"]}


def port_of(store: Served) -> int:
    """Return the port of a store."""
    return int(store.base.rpartition(":")[2])


@dataclass
class Started:
    """A run in a process of its own, and how to find what it leaves."""

    process: subprocess.Popen[str]
    mark: str
    temporary: Path
    report: Path
    printed: str = ""

    def send(self, *signals: signal.Signals, group: bool = False) -> None:
        """Send signals to the process, or to its group."""
        for number in signals:
            (os.killpg if group else os.kill)(self.process.pid, number)

    def end(self) -> int:
        """Wait until the process has ended, and return its status."""
        out, error = self.process.communicate(timeout=LIMIT_S)
        self.printed = out + error
        return self.process.returncode

    def left(self) -> list[int]:
        """Return the processes of the run that still run."""
        return [pid for pid in pids() if marked(pid, self.mark)]


def pids() -> list[int]:
    """Return all processes."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def marked(pid: int, mark: str) -> bool:
    """True if a process has the mark in its environment."""
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


@contextlib.contextmanager
def started(folder: Path, *words: str, **variables: str) -> Iterator[Started]:
    """Start a command in a process group of its own; in the end, kill all that is left of it."""
    temporary, mark = folder / "tmp", uuid.uuid4().hex
    temporary.mkdir()
    more = {MARK: mark, "TMPDIR": str(temporary), **variables}
    process = subprocess.Popen(
        [sys.executable, "-c", CODE.format("conformance"), *words],
        env=environment(**more),
        cwd=ROOT,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    run = Started(process, mark, temporary, folder / "report")
    try:
        yield run
    finally:
        for pid in run.left():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def on_one_url(folder: Path, store: Served, at: Gate) -> tuple[list[str], Path]:
    """Return the command that judges a URL in one process, and the folder of its report."""
    place = f"http://127.0.0.1:{at.port}"
    words = ["run", f"{place}/?dispatch=shipstation", "--username", store.store.shop.username]
    words += ["--control", f"{place}/control/v1", "--allow-writes", "--only", "GIF-1", "--only", "CON-1"]
    return [*words, "--report-dir", str(folder / "report")], folder / "report"


def on_several(folder: Path, store: Served, at: Gate) -> tuple[list[str], Path]:
    """Return the command that judges two URLs in two processes, and the folder of the first one's report."""
    words, _ = on_one_url(folder, store, at)
    table = (
        f'[[target]]\nname = "{{}}"\nurl = "{words[1]}"\nusername = "{words[3]}"\ncontrol = "{words[5]}"\n'
        'allow_writes = true\nonly = ["GIF-1", "CON-1"]\n'
    )
    (folder / "targets.toml").write_text(table.format("one") + table.format("two"), encoding="utf-8")
    words = ["run", "--targets", str(folder / "targets.toml"), "--jobs", "2", "--report-dir", str(folder / "report")]
    return words, folder / "report" / "one"


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
    """Early: before the first reply. Midway: an order was made, its number not known. Late: the report is written."""
    before = orders(store)
    numbers, group = SIGNALS[sent]
    prefix, number = (ANY, 1) if moment == "early" else (ORDER, 5) if moment == "midway" else (b"never", 1)
    with gate(port_of(store), prefix, number) as at:
        words, report = KINDS[kind](tmp_path, store, at)
        secrets = {
            "CONFORMANCE_PASSWORD": store.store.shop.password,
            "CONFORMANCE_CONTROL_TOKEN": store.store.control_token,
        }
        with started(tmp_path, *words, **secrets) as run:
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

"""Start ``conformance`` in a process group of its own, and find what it leaves."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from tests.support.gate import Gate
from tests.support.processes import CODE, ROOT, environment
from tests.support.store_in_thread import Served

LIMIT_S = 120
"""Time for a process to end. No test depends on it: it only keeps a fault from blocking the tests."""
MARK = "TEST_OF_SIGNALS"
"""Environment variable that marks the processes of a run."""


def orders(store: Served) -> set[str]:
    """Return the numbers of all orders of a store."""
    control = Served(store.store, f"Bearer {store.store.control_token}")
    reply = control.ask("/control/v1/orders?modified_from=2000-01-01T00:00:00Z&modified_to=2100-01-01T00:00:00Z")
    return {each["order_number"] for each in reply.json["orders"]}


def port_of(store: Served) -> int:
    """Return the port of a store."""
    return int(store.base.rpartition(":")[2])


def credentials(store: Served) -> dict[str, str]:
    """Return the environment variables with the secrets of a store."""
    return {
        "CONFORMANCE_PASSWORD": store.store.shop.password,
        "CONFORMANCE_CONTROL_TOKEN": store.store.control_token,
    }


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


@dataclass
class Started:
    """A run in a process of its own."""

    process: subprocess.Popen[str]
    mark: str
    temporary: Path
    """The folder for temporary files, empty before the run."""
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
        return [pid for pid in pids() if is_marked(pid, self.mark)]


def pids() -> list[int]:
    """Return all processes."""
    return [int(folder.name) for folder in Path("/proc").glob("[0-9]*")]


def is_marked(pid: int, mark: str) -> bool:
    """True if a process has the mark in its environment."""
    try:
        return f"{MARK}={mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except OSError:
        return False


COMMAND = (sys.executable, "-c", CODE.format("conformance"))


@contextlib.contextmanager
def started(
    folder: Path,
    *words: str,
    command: Sequence[str] = COMMAND,
    where: Path = ROOT,
    variables: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Started]:
    """Start a command in a process group of its own; in the end, kill all that is left of it."""
    temporary, mark = folder / "tmp", uuid.uuid4().hex
    temporary.mkdir()
    more = {MARK: mark, "TMPDIR": str(temporary), **variables}
    process = subprocess.Popen(
        [*command, *words],
        env=environment(**more),
        cwd=where,
        text=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    run = Started(process, mark, temporary)
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

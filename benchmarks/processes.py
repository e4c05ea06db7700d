"""Servers as processes of their own, and what they use of the machine.

CPU time is what counts here: the clock of a machine that others share tells of the others. Linux only.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).parent.parent
MOCKSTORE = [sys.executable, "-m", "mockstore"]
CONFORMANCE = [sys.executable, "-m", "conformance"]
PATIENCE = 30.0
"""Seconds that a server has to answer for the first time."""


class Absent(Exception):
    """Something to compare with isn't there; the sentence says what."""


def free_port() -> int:
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running server and all of its processes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def pids(self) -> list[int]:
        """Its processes, itself first."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def cpu(self) -> float:
        """Seconds of CPU time used up to now, to the nanosecond."""
        nanoseconds = 0
        for pid in self.pids():
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                nanoseconds += int(thread.read_text().split()[0])
        return nanoseconds / 1e9

    def memory(self, kind: str = "VmRSS") -> float:
        """Megabytes in memory; ``VmHWM`` is the most that there ever were."""
        kilobytes = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1000


@contextmanager
def running(command: list[str], port: int, *, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A server, from when it takes connections at that port until it has ended.

    Raises:
        Absent: where it never does.
    """
    known = {**os.environ, "PYTHONPATH": os.environ.get("PYTHONPATH", str(ROOT)), **(environment or {})}
    process = subprocess.Popen(
        command, env=known, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(process, port)
        yield Server(process, port)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], port: int) -> None:
    """Return as soon as a port takes connections.

    Raises:
        Absent: where the process ends or the time is up before.
    """
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        if process.poll() is not None:
            raise Absent(f"it ended with status {process.returncode} at once")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise Absent(f"it took no connection within {PATIENCE:.0f} s")


@contextmanager
def mockstore(*options: str) -> Iterator[Server]:
    """A mock store with those options."""
    port = free_port()
    with running([*MOCKSTORE, "serve", "--port", str(port), *options], port) as server:
        yield server

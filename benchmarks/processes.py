"""Runs servers as processes of their own, and reads how much CPU time and memory they use. Linux only.

CPU time, because on a shared machine the elapsed time depends on other programs.
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
START_TIMEOUT_S = 30.0
"""The longest time from the start of a server to its first connection."""


class NotAvailable(Exception):
    """A program to compare with is not available; the message says which."""


def free_port() -> int:
    """Return a port that no program listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """A running server with all of its processes."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def pids(self) -> list[int]:
        """Return the ids of its processes, the first one first."""
        found = [self.process.pid]
        for pid in found:
            for children in Path(f"/proc/{pid}/task").glob("*/children"):
                found += map(int, children.read_text().split())
        return found

    def cpu(self) -> float:
        """Return the CPU time used so far in seconds, to the nanosecond."""
        nanoseconds = 0
        for pid in self.pids():
            for thread in Path(f"/proc/{pid}/task").glob("*/schedstat"):
                nanoseconds += int(thread.read_text().split()[0])
        return nanoseconds / 1e9

    def memory(self, kind: str = "VmRSS") -> float:
        """Return the megabytes in memory; with ``VmHWM``, the most so far."""
        kilobytes = 0
        for pid in self.pids():
            for line in Path(f"/proc/{pid}/status").read_text().splitlines():
                if line.startswith(f"{kind}:"):
                    kilobytes += int(line.split()[1])
        return kilobytes / 1000


@contextmanager
def running(command: list[str], port: int, *, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """Start a server, yield it once it accepts connections, and end it afterwards.

    Raises:
        NotAvailable: if it accepts none.
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
    """Return as soon as a port accepts connections.

    Raises:
        NotAvailable: if the process ends first, or takes too long.
    """
    until = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < until:
        if process.poll() is not None:
            raise NotAvailable(f"the server ended with status {process.returncode} at its start")
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.005)
        else:
            return
    raise NotAvailable(f"the server accepted no connection within {START_TIMEOUT_S:.0f} s")


@contextmanager
def mockstore(*options: str) -> Iterator[Server]:
    """Run a mock store with these options."""
    port = free_port()
    with running([*MOCKSTORE, "serve", "--port", str(port), *options], port) as server:
        yield server

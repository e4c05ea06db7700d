"""Run the commands ``conformance`` and ``mockstore`` in real processes without their start-up.

A process has imported what the commands need. It forks for each command: the child gets arguments, environment, folder
and output of its own, runs the command's ``main``, and ends as any process does. Tests of the start itself, of Python's
options and of the terminal start a fresh interpreter instead.

``serve`` is the program of the process that forks. Its channel is a socket; it ends when the tests close their end.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock, Thread
from typing import IO

ROOT = Path(__file__).parents[2]
PRELOADED = (
    "conformance.__main__",
    *(f"conformance.cli.{name}" for name in ("main", "run", "importer", "recheck", "reports", "tidy", "worksheet")),
    *("conformance.runner.run", "conformance.runner.importer_run", "conformance.suite.store_steps"),
    *("conformance.suite.importer_steps", "conformance.report.views"),
    *("mockstore.cli.main", "mockstore.cli.serve", "mockstore.server.embedded", "mockstore.behaviours.registry"),
    *(f"conformance.report.{name}" for name in ("badge", "html", "junit", "markdown", "terminal")),
    *("conformance.runner.scenarios", "mockstore.store.ledger", "sqlite3", "jinja2", "rich.console", "rich.pager"),
    *("pytest_bdd.plugin", *(f"_pytest.{name}" for name in ("fixtures", "main", "python", "runner", "terminal"))),
)
"""The modules that the commands import, directly or not."""
NUMBER, ENDED = struct.Struct(">i"), struct.Struct(">id")
"""The report on a process: its number, and at its end its status and its CPU seconds."""
MESSAGE_BYTES = 1 << 20
PROGRAM = "import sys; from tests.support.warm import serve; serve(int(sys.argv[1]))"


USED: list[float] = []
"""The CPU seconds of each process that has ended."""


class WarmProcess:
    """A process that runs a command. ``stdout`` and ``stderr`` are the reading ends of its pipes."""

    def __init__(self, words: list[str], stdout: IO[bytes], stderr: IO[bytes], report: IO[bytes]) -> None:
        self.args, self.stdout, self.stderr = words, stdout, stderr
        self.returncode: int | None = None
        self.pid = NUMBER.unpack(report.read(NUMBER.size))[0]
        self._keeper = Thread(target=self._wait_for, args=(report,), daemon=True)
        self._keeper.start()

    def _wait_for(self, report: IO[bytes]) -> None:
        with report:
            status, cpu_s = ENDED.unpack(report.read(ENDED.size))
        USED.append(cpu_s)
        self.returncode = os.waitstatus_to_exitcode(status)

    def poll(self) -> int | None:
        """Return the exit status; None while the process runs."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until the process has ended, and return its exit status.

        Raises:
            subprocess.TimeoutExpired: it did not end in time.
        """
        self._keeper.join(timeout)
        if self.returncode is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0.0)
        return self.returncode

    def terminate(self) -> None:
        """Send SIGTERM, if the process still runs."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL, if the process still runs."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.returncode is None:
            os.kill(self.pid, number)

    def close(self, patience_s: float = 10) -> None:
        """Wait until the process has ended, kill it if that takes long, and close its pipes."""
        self._keeper.join(patience_s)
        self.kill()
        self.wait()
        self.stdout.close()
        self.stderr.close()


def start(program: str, words: Sequence[str], *, env: Mapping[str, str], cwd: Path, prints: bool = True) -> WarmProcess:
    """Start a command. ``program`` is ``conformance`` or ``mockstore``. What it prints is dropped unless ``prints``."""
    message = json.dumps({"program": program, "words": list(words), "env": dict(env), "cwd": str(cwd)}).encode()
    pipes = [os.pipe() for _ in range(3)]
    if not prints:
        for ours, theirs in pipes[:2]:
            os.close(theirs)
            os.close(ours)
        pipes[:2] = [(os.open(os.devnull, os.O_RDONLY), os.open(os.devnull, os.O_WRONLY)) for _ in range(2)]
    with _lock:
        socket.send_fds(_server(), [message], [theirs for _, theirs in pipes])
    for _, theirs in pipes:
        os.close(theirs)
    stdout, stderr, report = (os.fdopen(ours, "rb") for ours, _ in pipes)
    return WarmProcess([program, *words], stdout, stderr, report)


def run(
    program: str, words: Sequence[str], *, env: Mapping[str, str], cwd: Path, timeout: float
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and return what ``subprocess.run`` returns.

    Raises:
        subprocess.TimeoutExpired: it did not end in time.
    """
    process = start(program, words, env=env, cwd=cwd)
    printed: dict[str, bytes] = {}
    readers = [
        Thread(target=lambda name, stream: printed.update({name: stream.read()}), args=each, daemon=True)
        for each in (("stdout", process.stdout), ("stderr", process.stderr))
    ]
    until = time.monotonic() + timeout
    try:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(max(0.0, until - time.monotonic()))
        status = process.wait(max(0.0, until - time.monotonic()))
    finally:
        process.kill()
        for reader in readers:
            reader.join()
        process.close()
    out, error = (printed[name].decode().replace("\r\n", "\n") for name in ("stdout", "stderr"))
    return subprocess.CompletedProcess(process.args, status, out, error)


_lock = Lock()


@cache
def _server() -> socket.socket:
    """Start the process that forks, once for each process of the tests, and return the channel to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, str(theirs.fileno())],
        pass_fds=(theirs.fileno(),),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        start_new_session=True,
    )
    theirs.close()

    def end() -> None:
        ours.close()
        process.terminate()  # another process may have inherited the channel
        process.wait()

    atexit.register(end)
    return ours


# ---------------------------------------------------------------------- the process that forks


def serve(channel_number: int) -> None:
    """Fork for each message, until the channel is closed. In a child, run its command."""
    for name in PRELOADED:
        import_module(name)
    gc.collect()
    gc.freeze()  # so that a child copies no pages only because it collects garbage
    channel = socket.socket(fileno=channel_number)
    while True:
        message, handles, _, _ = socket.recv_fds(channel, MESSAGE_BYTES, 3)
        if not message:
            return
        if os.fork() == 0:
            channel.close()
            _keep(json.loads(message), *handles)
            return
        for handle in handles:
            os.close(handle)
        _reap()


def _reap() -> None:
    """Take the statuses of the keepers that have ended."""
    try:
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    except ChildProcessError:
        pass


def _keep(wanted: dict[str, object], stdout: int, stderr: int, report: int) -> None:
    """Fork once more. The child runs the command; its parent reports its number and its status, and ends."""
    child = os.fork()
    if child:
        os.close(stdout)
        os.close(stderr)
        os.write(report, NUMBER.pack(child))
        _, status, used = os.wait4(child, 0)
        os.write(report, ENDED.pack(status, used.ru_utime + used.ru_stime))
        os._exit(0)
    os.close(report)
    _become(wanted, stdout, stderr)


def _become(wanted: dict[str, object], stdout: int, stderr: int) -> None:
    """Make this process what a fresh interpreter would be, and run the command."""
    for number, handle in ((1, stdout), (2, stderr)):
        os.dup2(handle, number)
        os.close(handle)
    words, variables = wanted["words"], wanted["env"]
    assert isinstance(words, list)
    assert isinstance(variables, dict)
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(str(wanted["cwd"]))
    time.tzset()
    tempfile.tempdir = None
    sys.argv = [str(wanted["program"]), *words]
    import_module(f"{wanted['program']}.cli.main").main()

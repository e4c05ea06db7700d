"""Run a command as a child process and end it together with every process that it started."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from conformance.core.errors import ConformanceError
from conformance.core.guardian_process import KILL_INTERVAL_S, KILL_LIMIT_S, kill_marked

MAX_OUTPUT_BYTES = 32_000_000
"""Standard output beyond this is dropped: it can't be a result."""

KEPT_ERROR_BYTES = 64_000
"""Only the end of standard error is kept."""

RUN_VARIABLE = "CONFORMANCE_IMPORTER_RUN"
"""Environment variable that marks the child processes of a run."""

PR_SET_CHILD_SUBREAPER = 36
"""A constant of Linux, from sys/prctl.h."""

DRAIN_LIMIT_S = 0.5
"""Time to read on after the child ended: a process that left its group may keep the pipes open."""


class NotStarted(ConformanceError):
    """The command can't be started; the message says why."""


@dataclass(frozen=True, slots=True)
class ProcessResult:
    """The end of a child process: its exit status and its output.

    ``status`` is its exit status, a negative signal number, or None if the suite ended it.
    ``overflow`` is True if it printed more than ``MAX_OUTPUT_BYTES``.
    """

    status: int | None
    output: bytes
    error: str
    overflow: bool = False

    @property
    def printed(self) -> str:
        """Return the output that a person should see: the end of standard error, or else of standard output."""
        return self.error.strip() or self.output[-2000:].decode("utf-8", "replace").strip()


async def run_command(
    words: Sequence[str],
    environment: Mapping[str, str],
    limit_s: float,
    until: Callable[[], Awaitable[None]] | None = None,
) -> ProcessResult:
    """Run a command until it exits, the time limit is over, or ``until`` returns; then end its process group.

    Raises:
        NotStarted: if the command can't be started.
    """
    output = _LimitedBuffer(MAX_OUTPUT_BYTES, keep_end=False)
    errors = _LimitedBuffer(KEPT_ERROR_BYTES, keep_end=True)
    try:
        # not asyncio's own: its wait() returns only when the last grandchild has closed the pipes
        child = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=dict(environment),
            start_new_session=True,
        )
    except FileNotFoundError:
        raise NotStarted(f"there is no program {words[0]!r}: give its path, or put it on the PATH") from None
    except (OSError, ValueError) as error:
        raise NotStarted(f"{words[0]!r} can't be started: {_why_not_started(words[0], error)}") from None
    exited = asyncio.ensure_future(asyncio.to_thread(child.wait))
    waiting: list[asyncio.Future[int] | asyncio.Future[None]] = [exited]
    if until is not None:
        waiting.append(asyncio.ensure_future(until()))
    readers: list[asyncio.Future[None]] = []
    try:
        readers += [
            asyncio.ensure_future(output.read_from(child.stdout)),
            asyncio.ensure_future(errors.read_from(child.stderr)),
        ]
        done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        status = exited.result() if exited in done else None
    finally:
        kill_group(child.pid)
        child.wait()
        await asyncio.wait(readers, timeout=DRAIN_LIMIT_S)
        for task in (*waiting, *readers):
            task.cancel()
        await asyncio.gather(*waiting, *readers, return_exceptions=True)
    return ProcessResult(status, bytes(output.kept), errors.kept.decode("utf-8", "replace"), output.overflow)


def _why_not_started(program: str, error: OSError | ValueError) -> str:
    """Return the reason in plain words, with what to do."""
    if isinstance(error, PermissionError) and Path(program).is_dir():
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "it isn't executable: run chmod +x, or name the program that runs it, like python3"
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return "its first line doesn't name the program that runs it, like #!/usr/bin/env python3"
    return getattr(error, "strerror", None) or str(error)


class _LimitedBuffer:
    """The bytes read from a pipe, up to a limit: the first or the last ones."""

    def __init__(self, limit: int, *, keep_end: bool) -> None:
        self._limit, self._keep_end = limit, keep_end
        self.kept = bytearray()
        self.overflow = False

    async def read_from(self, pipe: IO[bytes] | None) -> None:
        """Read the pipe to its end, and close it then or when this task is cancelled."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            while part := await reader.read(1 << 16):
                self._keep(part)
        finally:
            transport.close()

    def _keep(self, part: bytes) -> None:
        room = self._limit - len(self.kept)
        self.overflow = self.overflow or len(part) > room
        if self._keep_end:
            self.kept += part
            del self.kept[: -self._limit]
        else:
            self.kept += part[: max(0, room)]


def kill_group(leader: int) -> None:
    """Kill a process and all others of its process group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


@contextlib.contextmanager
def descendants_ended(mark: str) -> Iterator[None]:
    """Kill at the end every process that was started inside and is left, also those that became daemons.

    On Linux, this process adopts the children of processes that end (a "subreaper"), so that all stay below it. A
    process that left nevertheless is found by ``mark``, which is in its environment.
    """
    adopting = _adopt_orphans(True)
    others = _descendants()
    try:
        yield
    finally:
        kill_strays(mark)
        if adopting:
            _kill_descendants(others)
            _adopt_orphans(False)


def _adopt_orphans(wanted: bool) -> bool:
    """Make this process the parent of orphans below it, or no longer. Return False if the system can't do that."""
    if not sys.platform.startswith("linux"):
        return False
    try:
        import ctypes

        return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(wanted), 0, 0, 0) == 0)
    except (ImportError, OSError, AttributeError):
        return False


def _kill_descendants(spared: set[int]) -> None:
    """Kill all other processes below this one until none is left. They are stopped first, so that none multiplies."""
    until = time.monotonic() + KILL_LIMIT_S
    while (found := _descendants() - spared) and time.monotonic() < until:
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in found:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)
        for pid in found:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, os.WNOHANG)  # only children of this process; the others become its children
        time.sleep(KILL_INTERVAL_S)


def _descendants() -> set[int]:
    """Return the processes below this one."""
    children: dict[int, list[int]] = defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, ValueError, IndexError):
            # the name of the program, in parentheses, may contain anything
            fields = (folder / "stat").read_text(errors="replace").rpartition(")")[2].split()
            children[int(fields[1])].append(int(folder.name))
    found: set[int] = set()
    new = [os.getpid()]
    while new:
        new = [child for parent in new for child in children[parent] if child not in found]
        found.update(new)
    return found


def kill_strays(mark: str) -> int:
    """Kill the processes of a run that left their group, and return how many there were."""
    return kill_marked(f"{RUN_VARIABLE}={mark}")

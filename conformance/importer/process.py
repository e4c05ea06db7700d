"""A child process: started, listened to, and ended with everything that it started itself."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import signal
import subprocess
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from conformance.core.errors import ConformanceError

OUTPUT_LIMIT = 32_000_000
"""Bytes of standard output that are kept; what is longer can't be a result."""

ERROR_LIMIT = 64_000
"""Bytes of standard error that are kept: its end."""

MARK = "CONFORMANCE_IMPORTER_RUN"
"""The environment variable by which a run knows its children again, wherever they went."""


class NotStarted(ConformanceError):
    """The command can't be started; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a child ended. ``status`` is its exit status (negative: a signal), None where it was ended by us."""

    status: int | None
    output: bytes
    error: str
    seconds: float
    overflow: bool = False

    @property
    def said(self) -> str:
        """What it printed, for a person: the end of standard error, else that of standard output."""
        return self.error.strip() or self.output[-2000:].decode("utf-8", "replace").strip()


async def run(
    words: Sequence[str],
    environment: Mapping[str, str],
    limit_s: float,
    enough: Callable[[], Coroutine[Any, Any, None]] | None = None,
) -> Ended:
    """Run a command until it ends, the limit is over, or ``enough`` comes back: then it is ended.

    Raises:
        NotStarted: where it can't be.
    """
    began = time.monotonic()
    output, errors = _Kept(OUTPUT_LIMIT, end=False), _Kept(ERROR_LIMIT, end=True)
    try:
        # not asyncio's own: its wait() comes back only when the last grandchild has let go of the pipes
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
        raise NotStarted(f"{words[0]!r} can't be started: {_why(words[0], error)}") from None
    ended = asyncio.ensure_future(asyncio.to_thread(child.wait))
    waiting: list[asyncio.Future[Any]] = [ended]
    if enough is not None:
        waiting.append(asyncio.ensure_future(enough()))
    readers: list[asyncio.Future[Any]] = []
    try:
        readers += [
            asyncio.ensure_future(output.drain(child.stdout)),
            asyncio.ensure_future(errors.drain(child.stderr)),
        ]
        done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        status = ended.result() if ended in done else None
    finally:
        end_group(child.pid)
        child.wait()
        # a grandchild that left the group may hold the pipes: nobody waits for it
        await asyncio.wait(readers, timeout=0.5)
        for task in (*waiting, *readers):
            task.cancel()
        await asyncio.gather(*waiting, *readers, return_exceptions=True)
    return Ended(
        status,
        bytes(output.kept),
        errors.kept.decode("utf-8", "replace"),
        time.monotonic() - began,
        output.overflow,
    )


def _why(program: str, error: OSError | ValueError) -> str:
    """What keeps a program from being started, and the way out."""
    if isinstance(error, PermissionError) and Path(program).is_dir():
        return "it is a folder"
    if isinstance(error, PermissionError):
        return "it isn't executable (chmod +x), or name what runs it, like python3"
    if isinstance(error, OSError) and error.errno == errno.ENOEXEC:
        return "its first line doesn't say what runs it, like #!/usr/bin/env python3"
    return getattr(error, "strerror", None) or str(error)


class _Kept:
    """What a pipe gave, up to a limit: its beginning or its end."""

    def __init__(self, limit: int, *, end: bool) -> None:
        self._limit, self._end = limit, end
        self.kept = bytearray()
        self.overflow = False

    async def drain(self, pipe: IO[bytes] | None) -> None:
        """Read until there is no more; then, or when nobody waits any more, close it."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
        try:
            await self._keep(reader)
        finally:
            transport.close()

    async def _keep(self, reader: asyncio.StreamReader) -> None:
        while part := await reader.read(1 << 16):
            room = self._limit - len(self.kept)
            self.overflow = self.overflow or len(part) > room
            if self._end:
                self.kept += part
                del self.kept[: -self._limit]
            else:
                self.kept += part[: max(0, room)]


def end_group(leader: int) -> None:
    """End a process and all of its group."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(leader, signal.SIGKILL)


def sweep(mark: str) -> int:
    """End whatever of a run's children has left its group; how many those were. Only where there is /proc."""
    wanted = f"{MARK}={mark}".encode()
    found = 0
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if wanted in (folder / "environ").read_bytes().split(b"\0") and int(folder.name) != os.getpid():
                os.kill(int(folder.name), signal.SIGKILL)
                found += 1
    return found

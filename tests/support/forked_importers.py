"""Let the suite call the importers of tests/importers in forks of one small process (fork_server.py).

The importer is the same program in a process of its own, with its own environment, folder and output; only the start of
an interpreter is saved, which takes most of a call. Tests of processes (limits, signals, daemons) start real commands
instead.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from unittest import mock

from conformance.importer import program
from conformance.importer.process import KEPT_ERROR_BYTES, MAX_OUTPUT_BYTES, ProcessResult, _LimitedBuffer, kill_group

OPTIONS_OF_PYTHON = ("-E", "-s")


@contextlib.contextmanager
def importers_in_forks() -> Iterator[None]:
    """Have importers run in forks inside the block."""
    _server()  # before a run begins, because a run ends every process that was started during it
    with mock.patch.object(program, "run_command", run_forked):
        yield


@cache
def _server() -> socket.socket:
    """Start the process that forks, once for each process of the tests, and return the socket to it."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    script = Path(__file__).with_name("fork_server.py")
    with theirs:
        number = theirs.fileno()
        process = subprocess.Popen([sys.executable, *OPTIONS_OF_PYTHON, str(script), str(number)], pass_fds=(number,))

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


async def run_forked(
    words: Sequence[str],
    environment: Mapping[str, str],
    limit_s: float,
    until: Callable[[], Awaitable[None]] | None = None,
) -> ProcessResult:
    """Do what ``run_command`` does, in a fork."""
    assert tuple(words[1 : 1 + len(OPTIONS_OF_PYTHON)]) == OPTIONS_OF_PYTHON
    call = {"words": words[1 + len(OPTIONS_OF_PYTHON) :], "environment": dict(environment)}
    (output_end, output), (errors_end, errors), (told_end, told) = os.pipe(), os.pipe(), os.pipe()
    socket.send_fds(_server(), [json.dumps(call).encode()], [output, errors, told])
    for each in (output, errors, told):
        os.close(each)
    process = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(process), os.fdopen(told_end, "rb")
    )
    child = int(await process.readline())
    exited = asyncio.ensure_future(process.readline())
    waiting: list[asyncio.Future[bytes] | asyncio.Future[None]] = [exited]
    if until is not None:
        waiting.append(asyncio.ensure_future(until()))
    kept, error = _LimitedBuffer(MAX_OUTPUT_BYTES, keep_end=False), _LimitedBuffer(KEPT_ERROR_BYTES, keep_end=True)
    readers = [
        asyncio.ensure_future(kept.read_from(os.fdopen(output_end, "rb"))),
        asyncio.ensure_future(error.read_from(os.fdopen(errors_end, "rb"))),
    ]
    done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    status = int(exited.result()) if exited in done else None
    kill_group(child)
    await exited
    await asyncio.wait(readers)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return ProcessResult(status, bytes(kept.kept), error.kept.decode("utf-8", "replace"), kept.overflow)

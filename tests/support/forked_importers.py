"""Make ``conformance importer`` call the importers of tests/importers in forks of one small process (fork_server.py).

Importing this module replaces how the suite runs a command. The importer is the same program in a process of its own,
with its own environment, folder and output; only the start of an interpreter is saved, which takes most of a call.
Tests of processes (limits, signals, daemons) start real commands instead.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path

from conformance.importer import program
from conformance.importer.process import KEPT_ERROR_BYTES, MAX_OUTPUT_BYTES, ProcessResult, _LimitedBuffer, kill_group

OPTIONS_OF_PYTHON = ("-E", "-s")


def _server() -> socket.socket:
    """Start the process that forks, and return the socket to it. It ends with this process."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    script = Path(__file__).with_name("fork_server.py")
    with theirs:
        number = theirs.fileno()
        subprocess.Popen([sys.executable, *OPTIONS_OF_PYTHON, str(script), str(number)], pass_fds=(number,))
    return ours


_CALLS = _server()


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
    socket.send_fds(_CALLS, [json.dumps(call).encode()], [output, errors, told])
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


program.run_command = run_forked  # type: ignore[attr-defined]

"""Make ``conformance importer`` call the importers of tests/importers in forks of its own process.

Importing this module replaces how the suite runs a command. The importer is the same program in a process of its own,
with its own environment, folder and output; only the start of an interpreter is saved, which takes most of a call.
Tests of processes (limits, signals, daemons) start real commands instead.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import os
import sys
import time
import traceback
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.importer import program
from conformance.importer.process import KEPT_ERROR_BYTES, MAX_OUTPUT_BYTES, ProcessResult, _LimitedBuffer, kill_group

FOLDER = Path(__file__).parents[1] / "importers"
OPTIONS_OF_PYTHON = ("-E", "-s")


def _load() -> tuple[Any, Any, Any]:
    sys.path.insert(0, str(FOLDER))
    try:
        correct, broken, habits = (importlib.import_module(name) for name in ("correct", "broken", "habits"))
        return correct, broken, habits
    finally:
        sys.path.remove(str(FOLDER))


CORRECT, BROKEN, HABITS = _load()


def _become(words: Sequence[str], environment: Mapping[str, str], output: int, errors: int) -> None:
    """Be the importer: run its main function, and end."""
    status = 1
    gc.disable()  # a collection would copy the pages of all objects
    try:
        os.setsid()
        os.dup2(output, 1)
        os.dup2(errors, 2)
        os.closerange(3, 4096)
        os.environ.clear()
        os.environ.update(environment)
        time.tzset()
        program_file, *arguments = words[1 + len(OPTIONS_OF_PYTHON) :]
        sys.argv = [program_file, *arguments]
        match Path(program_file).name:
            case "broken.py":
                BROKEN.BROKEN[arguments.pop(0)].break_it()
            case "habits.py":
                for name in arguments.pop(0).split(","):
                    HABITS.HABITS[name][1]()
        status = CORRECT.main(arguments)
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status or 0)


async def run_forked(
    words: Sequence[str],
    environment: Mapping[str, str],
    limit_s: float,
    until: Callable[[], Awaitable[None]] | None = None,
) -> ProcessResult:
    """Do what ``run_command`` does, in a fork."""
    assert tuple(words[1 : 1 + len(OPTIONS_OF_PYTHON)]) == OPTIONS_OF_PYTHON
    (output_end, output), (errors_end, errors) = os.pipe(), os.pipe()
    sys.stdout.flush()
    sys.stderr.flush()
    child = os.fork()
    if child == 0:
        _become(words, environment, output, errors)
    os.close(output)
    os.close(errors)
    exited = asyncio.ensure_future(asyncio.to_thread(os.waitpid, child, 0))
    waiting: list[asyncio.Future[tuple[int, int]] | asyncio.Future[None]] = [exited]
    if until is not None:
        waiting.append(asyncio.ensure_future(until()))
    kept, error = _LimitedBuffer(MAX_OUTPUT_BYTES, keep_end=False), _LimitedBuffer(KEPT_ERROR_BYTES, keep_end=True)
    readers = [
        asyncio.ensure_future(kept.read_from(os.fdopen(output_end, "rb"))),
        asyncio.ensure_future(error.read_from(os.fdopen(errors_end, "rb"))),
    ]
    done, _ = await asyncio.wait(waiting, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
    status = os.waitstatus_to_exitcode(exited.result()[1]) if exited in done else None
    kill_group(child)
    await exited
    await asyncio.wait(readers)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    return ProcessResult(status, bytes(kept.kept), error.kept.decode("utf-8", "replace"), kept.overflow)


gc.freeze()
program.run_command = run_forked  # type: ignore[attr-defined]

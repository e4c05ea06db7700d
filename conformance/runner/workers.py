"""Judges targets in several processes, and joins their results.

Targets are handed out in batches; a process gets the next batch when it has finished one, so that no process waits for
a slow one.

Why not concurrent.futures or loky: a worker reports events while it judges, and after SIGINT it must return what it has
so far. A pool has no channel for events, cannot send a signal to its workers, and loses all results of a worker that
ends. It also forks or imports the program's main module, where a worker here is a fresh interpreter that the terminal's
Ctrl-C does not reach.
"""

from __future__ import annotations

import contextlib
import gc
import signal
import struct
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from itertools import count
from pathlib import Path
from threading import Event as ThreadEvent
from threading import Lock, Thread
from typing import IO

import msgspec

from conformance.core.events import Event, EventHandler, ignore_event
from conformance.core.interrupts import ignored, take_interrupts
from conformance.runner.results import SessionResult, decode_result, encode_result, join_results
from conformance.runner.session import failed_session, run_session
from conformance.runner.settings import RunSettings, TargetSettings

Batch = tuple[TargetSettings, ...]

_LENGTH = struct.Struct(">I")
_EVENTS = msgspec.json.Decoder(Event)
DONE = b"done"
"""The line that a worker prints when it has judged a batch; every other line is an event."""


def run_in_workers(
    settings: RunSettings,
    watch: EventHandler,
    *,
    max_batch: int | None = None,
    judged: Callable[[int], None] = lambda targets: None,
) -> SessionResult:
    """Judge the targets of a run in ``settings.jobs`` processes, or in this process if one job is enough.

    A process judges at most ``max_batch`` targets at a time. ``judged`` is called with the number of targets after each
    batch.

    Requirements that a process was to judge have the verdict "error" if the process ended without a result.

    Raises:
        KeyboardInterrupt: SIGINT came before any target was open.
    """
    jobs = max(1, min(settings.jobs, len(settings.targets)))
    batches = list(batches_of(settings.targets, jobs, max_batch))
    if jobs == 1:
        return join_results(list(_judge_here(settings, batches, watch, judged)))
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        queue = _Queue(batches, Path(folder))
        workers: list[_Worker] = []
        with ending(workers):
            try:
                for _ in range(jobs):
                    # a status line shows one process; --verbose prints the events of all
                    handler = watch if settings.trace or not workers else ignore_event
                    workers.append(_Worker(settings, queue, judged, handler))
                workers[0].wait()
                return join_results([part for worker in workers for part in worker.results()])
            except KeyboardInterrupt:
                with ignored():
                    interrupt()
                    parts = [part for worker in workers for part in worker.results()]
                return replace(join_results(parts), interrupted=True)


@contextlib.contextmanager
def ending(workers: list[_Worker]) -> Iterator[None]:
    """End all of these workers at the end, even after SIGINT."""
    try:
        yield
    finally:
        with ignored():
            for worker in workers:
                worker.end()


def run_in_one_worker(settings: RunSettings, watch: EventHandler) -> SessionResult:
    """Judge the targets of a run in one process of their own, so that several runs can go on at the same time."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        worker = _Worker(settings, _Queue([settings.targets], Path(folder)), lambda targets: None, watch)
        try:
            worker.wait()
            result = join_results(list(worker.results()))
            return replace(result, interrupted=result.interrupted or worker.interrupted)
        finally:
            worker.end()


LIVE: set[_Worker] = set()
"""The workers that run."""


def interrupt() -> None:
    """Ask every worker to end and to return what it has. The terminal's Ctrl-C does not reach workers."""
    for worker in tuple(LIVE):
        worker.end_early()


def batches_of(targets: Batch, jobs: int, max_batch: int | None) -> Iterator[Batch]:
    """Yield the targets in batches of nearly equal size: one for each job, or more of at most ``max_batch`` targets."""
    number = jobs if max_batch is None else max(jobs, -(-len(targets) // max_batch))
    for first in range(min(number, len(targets))):
        yield targets[first::number]


def _judge_here(
    settings: RunSettings, batches: Iterable[Batch], watch: EventHandler, judged: Callable[[int], None]
) -> Iterator[SessionResult]:
    for number, batch in enumerate(batches):
        if number:
            gc.collect()  # the evidence of a batch has reference cycles, and the collector hardly runs by itself
        yield run_session(msgspec.structs.replace(settings, targets=batch, jobs=1), watch)
        judged(len(batch))


class _Queue:
    """The batches that no worker has taken yet."""

    def __init__(self, batches: list[Batch], folder: Path) -> None:
        self._batches, self._folder = batches[::-1], folder
        self._lock, self._numbers = Lock(), count()

    def close(self) -> None:
        """Hand out no further batch."""
        with self._lock:
            self._batches.clear()

    def take(self) -> tuple[Batch, Path] | None:
        """Return the next batch and the file for its result, or None if there is no batch left."""
        with self._lock:
            return (self._batches.pop(), self._folder / str(next(self._numbers))) if self._batches else None


class _Worker:
    """One process. It gets its settings, secrets included, through standard input."""

    def __init__(
        self, settings: RunSettings, queue: _Queue, judged: Callable[[int], None], watch: EventHandler
    ) -> None:
        self._settings, self._queue, self._judged, self._watch = settings, queue, judged, watch
        self._process = subprocess.Popen(
            [sys.executable, "-m", "conformance.runner.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        LIVE.add(self)
        self.interrupted = False
        """True if it was asked to end."""
        self._failed: Exception | None = None
        self._answers: list[tuple[Path, RunSettings]] = []
        """The files with the results of its batches, and the settings of these batches."""
        self._errors: list[bytes] = []
        # events, not Thread.join(): after an interrupted join, Python treats a running thread as ended
        self._fed, self._heard = ThreadEvent(), ThreadEvent()
        for run in (self._feed, self._listen):
            Thread(target=run, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        try:
            self._errors.extend(self._process.stderr)
        finally:
            self._heard.set()

    def _feed(self) -> None:
        """Hand over batches until none is left. In any case, the worker learns that no further batch follows."""
        assert self._process.stdin is not None
        try:
            self._hand_over(self._process.stdin)
        except (BrokenPipeError, OSError, ValueError):
            pass  # the worker died; results() reports it
        except Exception as error:
            self._failed = error
        finally:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._fed.set()

    def _hand_over(self, to: IO[bytes]) -> None:
        """Hand over a batch, wait until it is judged, and so on."""
        assert self._process.stdout is not None
        while (taken := self._queue.take()) is not None:
            targets, answer = taken
            share = msgspec.structs.replace(self._settings, targets=targets, jobs=1)
            self._answers.append((answer, share))
            for message in (str(answer).encode(), msgspec.msgpack.encode(share)):
                to.write(_LENGTH.pack(len(message)) + message)
            to.flush()
            for line in self._process.stdout:
                if line.rstrip() == DONE:
                    self._judged(len(targets))
                    break
                with contextlib.suppress(msgspec.DecodeError):
                    self._watch(_EVENTS.decode(line))

    def wait(self) -> None:
        """Wait until the worker has judged its last batch."""
        self._fed.wait()

    def end_early(self) -> None:
        """Ask the worker to end and to return what it has of its batch."""
        self.interrupted = True
        self._queue.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def results(self) -> Iterator[SessionResult]:
        """Yield the results of its batches; an error for each requirement if the worker ended before it had a result.

        Raises:
            Exception: what ``watch`` or ``judged`` raised.
        """
        self._fed.wait()
        self._heard.wait()
        self._process.wait()
        if self._failed is not None:
            raise self._failed
        for answer, share in self._answers:
            if answer.exists():
                yield decode_result(answer.read_bytes())
            elif not self.interrupted:
                printed = b"".join(self._errors)[-3000:].decode("utf-8", "replace").strip()
                last = printed.rpartition("\n")[2] or "it printed nothing"
                fault = f"an error of the suite itself, please report it: a worker process ended ({last})"
                yield failed_session(share, fault, printed)

    def end(self) -> None:
        """Kill the process if it still runs."""
        LIVE.discard(self)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _message(source: IO[bytes]) -> bytes | None:
    head = source.read(_LENGTH.size)
    return source.read(_LENGTH.unpack(head)[0]) if len(head) == _LENGTH.size else None


def main() -> None:
    """Run a worker: it reads batches from standard input, prints events, and writes results to files."""
    take_interrupts()
    out = sys.stdout.buffer

    def watch(event: Event) -> None:
        out.write(msgspec.json.encode(event) + b"\n")
        out.flush()

    with ignored():  # judging can be interrupted; a complete result is written even after SIGINT
        for number in count():
            if (answer := _message(sys.stdin.buffer)) is None:
                break
            settings = msgspec.msgpack.decode(_message(sys.stdin.buffer) or b"", type=RunSettings)
            if number:
                gc.collect()  # as above: a worker may judge dozens of batches
            Path(answer.decode()).write_bytes(encode_result(run_session(settings, watch)))
            out.write(DONE + b"\n")
            out.flush()


if __name__ == "__main__":
    main()

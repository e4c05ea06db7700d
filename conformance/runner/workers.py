"""Judges targets in several processes, and joins their results.

Targets are handed out in batches; a process gets the next batch when it has finished one, so that no process waits for
a slow one.

Why not concurrent.futures or loky: a worker reports events while it judges, and if the run is stopped it must return
what it has so far. A pool has no channel for events, cannot ask its workers to end, and loses all results of a worker
that ends. It also forks or imports the program's main module, where a worker here is a fresh interpreter that the
terminal's Ctrl-C does not reach.
"""

from __future__ import annotations

import contextlib
import gc
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import IO

import msgspec

from conformance.core.events import Event, EventHandler, ScenarioStarted, ignore_event
from conformance.core.interrupts import ignored, stop_reason, waking
from conformance.runner.results import SessionResult, decode_result, join_results
from conformance.runner.session import failed_session, run_session
from conformance.runner.settings import RunSettings, TargetSettings

Batch = tuple[TargetSettings, ...]

LENGTH = struct.Struct(">I")
"""The length of the settings that a worker reads next."""
EVENTS = msgspec.json.Decoder(Event)
MAX_BATCH = 13
"""Targets that one process judges at a time, if nothing else is wanted: each takes some 25 MB until all are judged."""
RESULT = b"result "
"""Begins the line with the length of a result, which follows. Every other line that a worker prints is an event."""
END_LIMIT_S = 60.0
"""Time for a worker to end after it was asked to. Its clean-up takes at most ``CLEAN_UP_S``."""
NO_PROCESS_LEFT = "an error of the suite itself, please report it: every worker process ended"
KILLED = (
    f"a process did not end within {END_LIMIT_S:g} s and was killed: its results are missing. If the suite may make "
    "orders in the store, run 'conformance tidy' with the same options, to delete those that are left"
)


def run_in_workers(
    settings: RunSettings,
    watch: EventHandler,
    *,
    max_batch: int = MAX_BATCH,
    judged: Callable[[int], None] = lambda targets: None,
) -> SessionResult:
    """Judge the targets of a run in ``settings.jobs`` processes, or in this process if one job is enough.

    A process judges at most ``max_batch`` targets at a time. ``judged`` is called with the number of targets after each
    batch. If the run is stopped, each process returns what it has of its batch.

    Requirements that a process was to judge have the verdict "error" if the process ended without a result.

    Raises:
        Exception: what ``watch`` or ``judged`` raised.
    """
    jobs = max(1, min(settings.jobs, len(settings.targets)))
    batches = list(batches_of(settings.targets, jobs, max_batch))
    if jobs == 1:
        return join_results(list(_judge_here(settings, batches, watch, judged)))
    return _judge_in(jobs, settings, batches, watch, judged)


def run_in_one_worker(settings: RunSettings, watch: EventHandler) -> SessionResult:
    """Judge the targets of a run in one process of their own, so that several runs can go on at the same time."""
    return _judge_in(1, settings, [settings.targets], watch, lambda targets: None)


def _judge_in(
    jobs: int, settings: RunSettings, batches: list[Batch], watch: EventHandler, judged: Callable[[int], None]
) -> SessionResult:
    """Judge batches in this number of processes, and return the joined results when all processes have ended."""
    queue = _Queue(batches)
    inbox: SimpleQueue[_Worker | None] = SimpleQueue()
    """Gets each worker that has ended, and None when the run is stopped. A signal handler may write to it."""
    workers: list[_Worker] = []
    with ignored():  # a worker that is told to end may still delete orders
        try:
            for _ in range(jobs):
                # a status line shows one process; --verbose prints the events of all
                handler = watch if settings.trace or not workers else ignore_event
                workers.append(_Worker(settings, queue, -(-len(batches) // jobs), judged, handler, inbox.put))
            with waking(lambda: inbox.put(None)):
                _wait_for(workers, inbox, queue)
        finally:
            for worker in workers:
                worker.kill()
    parts = [part for worker in workers for part in worker.results()]
    while (targets := queue.take()) is not None:  # every process crashed
        parts.append(failed_session(msgspec.structs.replace(settings, targets=targets), NO_PROCESS_LEFT))
    result = join_results(parts)
    if any(worker.was_killed for worker in workers):
        result = replace(result, notices=(*result.notices, KILLED))
    # a worker states another reason: that it was asked to end
    return replace(result, stopped=stop_reason() or result.stopped)


def _wait_for(workers: list[_Worker], inbox: SimpleQueue[_Worker | None], queue: _Queue) -> None:
    """Wait until all workers have ended. If an event handler fails or the run is stopped, ask the others to end."""
    running, until = set(workers), None
    while running:
        try:
            ended = inbox.get(timeout=None if until is None else max(0.0, until - time.monotonic()))
        except Empty:
            until = None
            for worker in running:
                worker.kill()
            continue
        if ended is not None:
            running.discard(ended)
        if until is None and (ended is None or ended.has_failed):
            until = time.monotonic() + END_LIMIT_S
            queue.close()
            for worker in running:
                worker.end_early()


def batches_of(targets: Batch, jobs: int, max_batch: int) -> Iterator[Batch]:
    """Yield the targets in batches of nearly equal size, at most ``max_batch``: as many batches for each job."""
    number = jobs * -(-len(targets) // (jobs * max_batch))
    for first in range(min(number, len(targets))):
        yield targets[first::number]


def _judge_here(
    settings: RunSettings, batches: list[Batch], watch: EventHandler, judged: Callable[[int], None]
) -> Iterator[SessionResult]:
    for number, batch in enumerate(batches):
        if number and stop_reason():
            break
        if number:
            gc.collect()  # stopped stores have reference cycles, and the collector hardly runs by itself
        progress = progress_of_batch(watch, number, len(batches))
        yield run_session(msgspec.structs.replace(settings, targets=batch, jobs=1), progress)
        judged(len(batch))


def progress_of_batch(watch: EventHandler, number: int, batches: int) -> EventHandler:
    """Return a handler that counts the scenarios of the ``number``-th batch, from 0, on from those before it."""

    def handle(event: Event) -> None:
        if isinstance(event, ScenarioStarted):
            before = event.total * number
            event = msgspec.structs.replace(event, number=event.number + before, total=event.total * batches)
        watch(event)

    return handle


class _Queue:
    """The batches that no worker has taken yet."""

    def __init__(self, batches: list[Batch]) -> None:
        self._batches = batches[::-1]
        self._lock = Lock()

    def close(self) -> None:
        """Hand out no further batch."""
        with self._lock:
            self._batches.clear()

    def take(self) -> Batch | None:
        """Return the next batch, or None if there is no batch left."""
        with self._lock:
            return self._batches.pop() if self._batches else None


class _Worker:
    """One process (:mod:`conformance.runner.worker_process`). It gets its settings, secrets included, through a pipe.

    Its lifeline is a pipe that nobody writes to. When this process closes its end or is killed, the worker ends.
    ``share`` is how many batches it will probably get, for its progress. ``ended`` is called, in a thread, when the
    process has ended.
    """

    def __init__(
        self,
        settings: RunSettings,
        queue: _Queue,
        share: int,
        judged: Callable[[int], None],
        watch: EventHandler,
        ended: Callable[[_Worker], None],
    ) -> None:
        self._settings, self._queue, self._share = settings, queue, share
        self._judged, self._watch, self._ended = judged, watch, ended
        lifeline, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "conformance.runner.worker_process", str(lifeline)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=(lifeline,),
                start_new_session=True,
            )
        except OSError:
            os.close(self._lifeline)
            raise
        finally:
            os.close(lifeline)
        self.was_killed = False
        """True if it did not end by itself in time."""
        self._asked_to_end = False
        self._failed: Exception | None = None
        self._batch: RunSettings | None = None
        """The settings of the batch that it judges."""
        self._results: list[SessionResult] = []
        self._errors: list[bytes] = []
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        Thread(target=self._feed, daemon=True).start()

    def _listen(self) -> None:
        assert self._process.stderr is not None
        with self._process.stderr as errors:
            self._errors.extend(errors)

    def _feed(self) -> None:
        """Hand over batches until none is left, and wait until the process has ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._process.stdout as results:
            try:
                with self._process.stdin as batches:
                    self._hand_over(batches, results)
            except (OSError, EOFError):
                pass  # the process ended
            except Exception as error:
                self._failed = error
                self._process.kill()
        self._listener.join()
        self._process.wait()
        if self._batch is not None and not self._asked_to_end:
            self._results.append(failed_session(self._batch, *self._crash()))
        self._ended(self)

    def _crash(self) -> tuple[str, str]:
        """Return why it ended without a result, and what it printed."""
        printed = b"".join(self._errors)[-3000:].decode("utf-8", "replace").strip()
        last = printed.rpartition("\n")[2] or "it printed nothing"
        return f"an error of the suite itself, please report it: a worker process ended ({last})", printed

    def _hand_over(self, to: IO[bytes], results: IO[bytes]) -> None:
        """Hand over a batch, wait until it is judged, and so on.

        Raises:
            OSError, EOFError: the process ended before that.
        """
        for number in count():
            if (targets := self._queue.take()) is None:
                return
            watch = progress_of_batch(self._watch, number, max(self._share, number + 1))
            self._batch = msgspec.structs.replace(self._settings, targets=targets, jobs=1)
            encoded = msgspec.msgpack.encode(self._batch)
            to.write(LENGTH.pack(len(encoded)) + encoded)
            to.flush()
            self._results.append(decode_result(self._next_result(results, watch)))
            self._batch = None
            self._judged(len(targets))

    def _next_result(self, printed: IO[bytes], watch: EventHandler) -> bytes:
        """Return the next result that the process prints, and report the events before it to ``watch``."""
        while not (line := printed.readline()).startswith(RESULT):
            if not line:
                raise EOFError
            with contextlib.suppress(msgspec.DecodeError):
                watch(EVENTS.decode(line))
        size = int(line.removeprefix(RESULT))
        if len(result := printed.read(size)) < size:
            raise EOFError
        return result

    @property
    def has_failed(self) -> bool:
        """True if ``watch`` or ``judged`` raised an error."""
        return self._failed is not None

    def end_early(self) -> None:
        """Ask the worker to end and to return what it has of its batch."""
        self._asked_to_end = True
        self._close_lifeline()

    def results(self) -> list[SessionResult]:
        """Return the results of its batches, once it has ended.

        Requirements that it was to judge have the verdict "error" if it ended before it had a result.

        Raises:
            Exception: what ``watch`` or ``judged`` raised.
        """
        if self._failed is not None:
            raise self._failed
        return self._results

    def kill(self) -> None:
        """Kill the process if it still runs."""
        self._close_lifeline()
        if self._process.poll() is None:
            self.was_killed = self._asked_to_end = True
            self._process.kill()
            self._process.wait()

    def _close_lifeline(self) -> None:
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

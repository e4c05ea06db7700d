"""Judging in several processes: each takes some of the targets, all come back as one judgement.

Targets are handed out in portions, the next one to whichever process is free, so that none
waits for a slow one.
"""

from __future__ import annotations

import contextlib
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

from conformance.core.errors import ConformanceError
from conformance.core.events import Event, EventHandler, ignore_event
from conformance.core.interrupts import ignored, take_interrupts
from conformance.runner.results import SessionResult, decode_result, encode_result, join_results
from conformance.runner.session import run_session
from conformance.runner.settings import RunSettings, TargetSettings

Batch = tuple[TargetSettings, ...]

_LENGTH = struct.Struct(">I")
_EVENTS = msgspec.json.Decoder(Event)
DONE = b"done"
"""What a worker prints when a portion is judged; anything else is what it is at."""


class WorkerCrashed(ConformanceError):
    """A worker process ended without a judgement; the sentence has the end of what it printed."""


def run_in_workers(
    settings: RunSettings,
    watch: EventHandler,
    *,
    most: int | None = None,
    judged: Callable[[int], None] = lambda targets: None,
) -> SessionResult:
    """Judge a run's targets in ``settings.jobs`` processes, or here where one is enough.

    A process judges at most ``most`` targets at a time; ``judged`` is told how many more are done.
    """
    jobs = max(1, min(settings.jobs, len(settings.targets)))
    portions = list(batches_of(settings.targets, jobs, most))
    if jobs == 1:
        return join_results(list(_judged_here(settings, portions, watch, judged)))
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        queue = _Queue(portions, Path(folder))
        workers: list[_Worker] = []
        with ending(workers):
            try:
                for _ in range(jobs):
                    workers.append(_Worker(settings, queue, judged))  # noqa: PERF401 (known one by one, to be ended)
                workers[0].follow(watch)
                return join_results([part for worker in workers for part in worker.judgements()])
            except KeyboardInterrupt:
                with ignored():
                    interrupt()
                    parts = [part for worker in workers for part in worker.judgements()]
                return replace(join_results(parts), interrupted=True)


@contextlib.contextmanager
def ending(workers: list[_Worker]) -> Iterator[None]:
    """End all of these workers afterwards, SIGINT or not."""
    try:
        yield
    finally:
        with ignored():
            for worker in workers:
                worker.end()


def run_in_one_worker(settings: RunSettings, watch: EventHandler) -> SessionResult:
    """Judge a run's targets in one process of their own, so that several runs may go side by side.

    Raises:
        WorkerFault: where the process ends without a judgement.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        worker = _Worker(settings, _Queue([settings.targets], Path(folder)), lambda targets: None)
        try:
            worker.follow(watch)
            return join_results(list(worker.judgements()))
        finally:
            worker.end()


LIVE: set[_Worker] = set()
"""The workers that are at it."""


def interrupt() -> None:
    """Ask every worker to end and hand over what it has; a terminal's Ctrl-C doesn't reach them by itself."""
    for worker in tuple(LIVE):
        worker.interrupt()


def batches_of(targets: Batch, jobs: int, most: int | None) -> Iterator[Batch]:
    """The targets in portions as alike in size as can be: one for each process, or more of at most ``most``."""
    number = jobs if most is None else max(jobs, -(-len(targets) // most))
    for place in range(min(number, len(targets))):
        yield targets[place::number]


def _judged_here(
    settings: RunSettings, portions: Iterable[Batch], watch: EventHandler, judged: Callable[[int], None]
) -> Iterator[SessionResult]:
    for portion in portions:
        yield run_session(msgspec.structs.replace(settings, targets=portion, jobs=1), watch)
        judged(len(portion))


class _Queue:
    """The portions that no worker has taken yet."""

    def __init__(self, portions: list[Batch], folder: Path) -> None:
        self._portions, self._folder = portions[::-1], folder
        self._lock, self._numbers = Lock(), count()

    def close(self) -> None:
        """Give out none any more."""
        with self._lock:
            self._portions.clear()

    def take(self) -> tuple[Batch, Path] | None:
        """The next portion and the file for its judgement; None if there is none left."""
        with self._lock:
            return (self._portions.pop(), self._folder / str(next(self._numbers))) if self._portions else None


class _Worker:
    """One process. Settings, secrets included, go through its standard input."""

    def __init__(self, settings: RunSettings, queue: _Queue, judged: Callable[[int], None]) -> None:
        self._settings, self._queue, self._judged = settings, queue, judged
        self._process = subprocess.Popen(
            [sys.executable, "-m", "conformance.runner.workers"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        LIVE.add(self)
        self._interrupted = False
        self._failed: Exception | None = None
        self._watch: EventHandler = ignore_event
        self._answers: list[Path] = []
        self._errors: list[bytes] = []
        # events, not Thread.join(): an interrupted join takes a thread that still runs for one that has ended
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
        """Hand over portions until there is none; whatever fails here, the worker is told that nothing follows."""
        assert self._process.stdin is not None
        try:
            self._hand_over(self._process.stdin)
        except (BrokenPipeError, OSError, ValueError):
            pass  # it died: judgements() says so
        except Exception as error:
            self._failed = error
        finally:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
            self._fed.set()

    def _hand_over(self, to: IO[bytes]) -> None:
        """Hand over a portion, wait until it is judged, and so on."""
        assert self._process.stdout is not None
        while (taken := self._queue.take()) is not None:
            targets, answer = taken
            self._answers.append(answer)
            share = msgspec.structs.replace(self._settings, targets=targets, jobs=1)
            for message in (str(answer).encode(), msgspec.msgpack.encode(share)):
                to.write(_LENGTH.pack(len(message)) + message)
            to.flush()
            for line in self._process.stdout:
                if line.rstrip() == DONE:
                    self._judged(len(targets))
                    break
                with contextlib.suppress(msgspec.DecodeError):
                    self._watch(_EVENTS.decode(line))

    def follow(self, watch: EventHandler) -> None:
        """Pass on what the worker says it is at, until it ends."""
        self._watch = watch
        self._fed.wait()

    def interrupt(self) -> None:
        """Ask it to end: no further portion, and what it has of this one."""
        self._interrupted = True
        self._queue.close()
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def judgements(self) -> Iterator[SessionResult]:
        """What its portions came to.

        Raises:
            WorkerFault: where it ended before one was judged.
            Exception: whatever the watcher raised.
        """
        self._fed.wait()
        self._heard.wait()
        self._process.wait()
        if self._failed is not None:
            raise self._failed
        for answer in self._answers:
            if not answer.exists():
                if self._interrupted:
                    continue
                raise WorkerCrashed(b"".join(self._errors)[-3000:].decode("utf-8", "replace"))
            yield decode_result(answer.read_bytes())

    def end(self) -> None:
        """Make sure that it is gone."""
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
    """A worker: portions on standard input, what it is at on standard output, judgements in files."""
    take_interrupts()
    out = sys.stdout.buffer

    def watch(event: Event) -> None:
        out.write(msgspec.json.encode(event) + b"\n")
        out.flush()

    while (answer := _message(sys.stdin.buffer)) is not None:
        settings = msgspec.msgpack.decode(_message(sys.stdin.buffer) or b"", type=RunSettings)
        Path(answer.decode()).write_bytes(encode_result(run_session(settings, watch)))
        out.write(DONE + b"\n")
        out.flush()


if __name__ == "__main__":
    main()

"""Judging in several processes: each takes some of the targets, all come back as one judgement."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from threading import Thread

import msgspec

from conformance.events import Event, Watch
from conformance.judge import Judgement, decoded, encoded, judge
from conformance.settings import RunSettings

_EVENTS = msgspec.json.Decoder(Event)


class WorkerFault(Exception):
    """A worker process ended without a judgement; the sentence has the end of what it printed."""


def judge_in_shards(settings: RunSettings, watch: Watch) -> Judgement:
    """Judge a run's targets in ``settings.jobs`` processes, or here where one is enough."""
    jobs = min(settings.jobs, len(settings.targets))
    if jobs <= 1:
        return judge(settings, watch)
    shares = [settings.targets[place::jobs] for place in range(jobs)]
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        workers = [_Worker(settings, share, Path(folder) / str(place)) for place, share in enumerate(shares)]
        try:
            workers[0].follow(watch)
            parts = [worker.judgement() for worker in workers]
        except KeyboardInterrupt:
            interrupt()
            parts = [worker.judgement() for worker in workers]
        finally:
            for worker in workers:
                worker.end()
    return joined(parts)


def judge_apart(settings: RunSettings, watch: Watch) -> Judgement:
    """Judge a run's targets in one process of their own, so that several runs may go side by side.

    Raises:
        WorkerFault: where the process ends without a judgement.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        worker = _Worker(settings, settings.targets, Path(folder) / "0")
        try:
            worker.follow(watch)
            return worker.judgement()
        finally:
            worker.end()


def joined(parts: list[Judgement]) -> Judgement:
    """Several judgements as one."""
    return Judgement(
        tuple(outcome for part in parts for outcome in part.outcomes),
        tuple(exchange for part in parts for exchange in part.exchanges),
        sum(part.requests for part in parts),
        tuple(notice for part in parts for notice in part.notices),
        {version: seconds for part in parts for version, seconds in part.durations_s.items()},
        any(part.interrupted for part in parts),
    )


LIVE: set[_Worker] = set()
"""The workers that are at it."""


def interrupt() -> None:
    """Ask every worker to end and hand over what it has; a terminal's Ctrl-C doesn't reach them by itself."""
    for worker in tuple(LIVE):
        worker.interrupt()


class _Worker:
    """One process. Settings, secrets included, go through its standard input."""

    def __init__(self, settings: RunSettings, targets: tuple[object, ...], answer: Path) -> None:
        self._answer = answer
        share = msgspec.structs.replace(settings, targets=targets, jobs=1)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "conformance.shards", str(answer)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        LIVE.add(self)
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.msgpack.encode(share))
        self._process.stdin.close()
        self._errors: list[bytes] = []
        self._listener = Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._drain: Thread | None = None

    def _listen(self) -> None:
        assert self._process.stderr is not None
        self._errors.extend(self._process.stderr)

    def follow(self, watch: Watch) -> None:
        """Pass on what the worker says it is at, until it ends."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            with contextlib.suppress(msgspec.DecodeError):
                watch(_EVENTS.decode(line))

    def interrupt(self) -> None:
        """Ask it to end."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)

    def judgement(self) -> Judgement:
        """What it came to."""
        assert self._process.stdout is not None
        for _ in self._process.stdout:
            pass
        self._process.wait()
        self._listener.join()
        if not self._answer.exists():
            raise WorkerFault(b"".join(self._errors)[-3000:].decode("utf-8", "replace"))
        return decoded(self._answer.read_bytes())

    def end(self) -> None:
        """Make sure that it is gone."""
        LIVE.discard(self)
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def main() -> None:
    """A worker: settings on standard input, what it is at on standard output, the judgement in a file."""
    settings = msgspec.msgpack.decode(sys.stdin.buffer.read(), type=RunSettings)
    out = sys.stdout.buffer

    def watch(event: Event) -> None:
        out.write(msgspec.json.encode(event) + b"\n")
        out.flush()

    Path(sys.argv[1]).write_bytes(encoded(judge(settings, watch)))


if __name__ == "__main__":
    main()

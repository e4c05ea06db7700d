"""Worker processes that answer at one port: this process forks them, watches them, and ends them together."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress

from mockstore.errors import MockStoreError


def end_signals() -> tuple[signal.Signals, ...]:
    """Return the signals that end the store. SIGHUP is not among them if it is ignored, as with ``nohup``."""
    hangup = (signal.SIGHUP,) if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN else ()
    return (signal.SIGINT, signal.SIGTERM, *hangup)


class WorkerFailed(MockStoreError):
    """A worker process ended by itself. It printed the reason before."""


class Workers:
    """Processes that do the same work until they are told to end.

    Each process calls ``work`` with a file descriptor and ends with the exit status that
    ``work`` returns. The descriptor becomes readable when this process is gone, so that no
    worker outlives it. A worker that is killed is replaced, and ``report`` is called with a message.

    Not ``multiprocessing``: the workers share the listening socket and the memory of this
    process by fork, and no data is passed between them.
    """

    def __init__(self, number: int, work: Callable[[int], int], report: Callable[[str], None]) -> None:
        self._number, self._work, self._report = number, work, report
        self._pids: set[int] = set()
        self._ending = False
        self._lifeline = os.pipe()
        self._signals = end_signals()

    def run(self, started: Callable[[], None]) -> None:
        """Run the workers until a signal ends them. ``started`` is called once, when all are started.

        Raises:
            WorkerFailed: a worker ended by itself.
        """
        handlers = {number: signal.signal(number, self._end) for number in self._signals}
        gc.freeze()  # objects that exist now stay in memory that the processes share
        try:
            for _ in range(self._number):
                self._start_worker()
            started()
            self._watch()
        finally:
            self._end()
            while self._pids:
                self._pids.discard(os.wait()[0])
            for number, handler in handlers.items():
                signal.signal(number, handler)
            for descriptor in self._lifeline:
                os.close(descriptor)

    def _watch(self) -> None:
        """Wait for workers to end, and replace those that were killed."""
        while self._pids:
            pid, status = os.wait()
            if pid not in self._pids:
                continue
            self._pids.remove(pid)
            if self._ending:
                continue
            code = os.waitstatus_to_exitcode(status)
            if code >= 0:
                raise WorkerFailed(f"A worker process ended by itself with status {code}. Its message is above.")
            self._report(f"A worker was killed by {signal.Signals(-code).name}; another is started.")
            self._start_worker()

    def _end(self, *_: object) -> None:
        self._ending = True
        for pid in tuple(self._pids):
            with suppress(ProcessLookupError):  # it ended, and that is not noted yet
                os.kill(pid, signal.SIGTERM)

    def _start_worker(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, self._signals)
        try:
            if self._ending:
                return
            pid = os.fork()
            if pid == 0:
                self._run_worker()
            self._pids.add(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)

    def _run_worker(self) -> None:
        """Do the work in the new process, then end the process. Never returns."""
        code = 1
        try:
            for number in self._signals:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, self._signals)
            os.close(self._lifeline[1])
            code = self._work(self._lifeline[0])
        except BaseException:  # an exception must not leave the forked part of the program
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

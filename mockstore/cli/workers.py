"""Several processes that answer at one port: they are forked, watched, and ended together."""

from __future__ import annotations

import gc
import os
import signal
import sys
import traceback
from collections.abc import Callable

import click

from mockstore.cli.errors import UsageError

ENDING = signal.SIGINT, signal.SIGTERM


class Workers:
    """Processes that do the same work until they are told to end.

    ``work`` is called in each of them with a file descriptor that becomes readable when this
    process is gone. One that ends by itself is replaced.
    """

    def __init__(self, number: int, work: Callable[[int], None]) -> None:
        self._number, self._work = number, work
        self._pids: set[int] = set()
        self._ending = False
        self._lifeline = os.pipe()

    def run(self, started: Callable[[], None]) -> None:
        """Have the work done until a signal says to end; ``started`` is called once all are at it.

        Raises:
            Refused: where a process ends by itself.
        """
        before = {number: signal.signal(number, self._end) for number in ENDING}
        gc.freeze()  # what is there is shared between them, and stays so
        try:
            for _ in range(self._number):
                self._start()
            started()
            self._watch()
        finally:
            self._end()
            while self._pids:
                self._pids.discard(os.wait()[0])
            for number, handler in before.items():
                signal.signal(number, handler)
            for descriptor in self._lifeline:
                os.close(descriptor)

    def _watch(self) -> None:
        while self._pids:
            pid, status = os.wait()
            if pid not in self._pids:
                continue
            self._pids.remove(pid)
            if self._ending:
                continue
            code = os.waitstatus_to_exitcode(status)
            if code >= 0:
                raise UsageError(f"A worker ended by itself, with status {code}; what it said is above.")
            click.echo(f"A worker was killed by {signal.Signals(-code).name}; another takes its place.", err=True)
            self._start()

    def _end(self, *_: object) -> None:
        self._ending = True
        for pid in self._pids:
            os.kill(pid, signal.SIGTERM)

    def _start(self) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        signal.pthread_sigmask(signal.SIG_BLOCK, ENDING)
        try:
            if self._ending:
                return
            pid = os.fork()
            if pid == 0:
                self._child()
            self._pids.add(pid)
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)

    def _child(self) -> None:
        """Work, and never come back."""
        code = 1
        try:
            for number in ENDING:
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ENDING)
            os.close(self._lifeline[1])
            self._work(self._lifeline[0])
            code = 0
        except click.ClickException as refused:
            refused.show()
            code = refused.exit_code
        except BaseException:  # this is as far as anything may get in this process
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

"""Handles SIGINT (Ctrl-C) in a run: at once, or after work that must not be left half done.

Inside :func:`deferred`, the work is finished first. For example, if the suite is making an order in a shop, the suite
learns the number of the order before the run ends. Inside :func:`ignored`, the run goes on to its report.
:func:`interruptible` is for parts of such work that may be interrupted at once.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass
class Interrupt:
    """The record of whether SIGINT has arrived."""

    arrived: bool = False

    def note(self, _signal: int, _frame: FrameType | None) -> None:
        """Record that the signal has arrived. This is the signal handler."""
        self.arrived = True


_INTERRUPTIBLE = None
_ACTIVE: list[Interrupt | None] = []
"""An entry for each entered context, the innermost last. It is :data:`_INTERRUPTIBLE` if SIGINT takes effect there."""


def take_interrupts() -> None:
    """Make SIGINT raise KeyboardInterrupt in this process, even if its parent process ignored the signal.

    A shell starts background jobs with SIGINT ignored, and Python then installs no handler of its own: the signal
    would be lost in a run with several processes.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)


def forget_interrupts() -> None:
    """Ignore SIGINT from now on, so that the process ends with the exit status that it has decided on.

    If SIGINT came while a string was executed (``dataclasses`` does so during imports), Python remembers it and would
    end the process by SIGINT instead. Executing another string makes it forget.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    exec("")


@contextlib.contextmanager
def deferred() -> Iterator[Interrupt]:
    """Finish the work inside before SIGINT takes effect.

    Raises:
        KeyboardInterrupt: at the end, if SIGINT arrived inside. If an outer context defers or ignores SIGINT, that
            context gets the interrupt instead.
    """
    interrupt = Interrupt()
    if threading.current_thread() is not threading.main_thread():
        yield interrupt
        return
    before = signal.signal(signal.SIGINT, interrupt.note)
    _ACTIVE.append(interrupt)
    try:
        yield interrupt
    finally:
        _ACTIVE.pop()
        signal.signal(signal.SIGINT, before)
    if interrupt.arrived:
        outer = _ACTIVE[-1] if _ACTIVE else _INTERRUPTIBLE
        if outer is _INTERRUPTIBLE:
            raise KeyboardInterrupt
        outer.arrived = True


@contextlib.contextmanager
def ignored() -> Iterator[Interrupt]:
    """Go on in spite of SIGINT, except inside :func:`interruptible`. Afterwards ``arrived`` tells whether it came.

    Don't return from inside the context: the return value would be lost if SIGINT arrived.
    """
    interrupt = Interrupt()
    try:
        with deferred() as interrupt:
            yield interrupt
    except KeyboardInterrupt:
        interrupt.arrived = True


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT take effect at once, even if it arrived earlier and was deferred.

    Raises:
        KeyboardInterrupt: if SIGINT arrives, or has arrived.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    _ACTIVE.append(_INTERRUPTIBLE)
    try:
        if any(interrupt is not None and interrupt.arrived for interrupt in _ACTIVE):
            raise KeyboardInterrupt
        yield
    finally:
        _ACTIVE.pop()
        signal.signal(signal.SIGINT, before)

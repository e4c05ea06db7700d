"""SIGINT (Ctrl-C) in a run: taken at once, or deferred while something would be left half done.

Inside :func:`deferred`, what has begun is finished first: an order that is made in somebody's shop is known before
the run ends. Inside :func:`ignored`, the run goes on to its report. :func:`interruptible` makes an exception inside.
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
    """Whether SIGINT came."""

    came: bool = False

    def note(self, number: int, frame: FrameType | None) -> None:
        """Take the signal, as its handler."""
        self.came = True


_INTERRUPTIBLE = None
_ACTIVE: list[Interrupt | None] = []
"""The contexts in force, the innermost last; :data:`_INTERRUPTIBLE` where SIGINT takes effect at once."""


def take_interrupts() -> None:
    """Make SIGINT raise KeyboardInterrupt in this process, whatever was inherited.

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
    """Finish what is begun inside before SIGINT takes effect.

    Raises:
        KeyboardInterrupt: at the end if SIGINT came meanwhile; not within an outer context that defers or ignores it,
            which then knows of it.
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
    if interrupt.came:
        outer = _ACTIVE[-1] if _ACTIVE else _INTERRUPTIBLE
        if outer is _INTERRUPTIBLE:
            raise KeyboardInterrupt
        outer.came = True


@contextlib.contextmanager
def ignored() -> Iterator[Interrupt]:
    """Go on in spite of SIGINT, but inside :func:`interruptible`. The value says afterwards whether it came.

    Don't return from inside: the value would be lost if SIGINT came.
    """
    interrupt = Interrupt()
    try:
        with deferred() as interrupt:
            yield interrupt
    except KeyboardInterrupt:
        interrupt.came = True


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let SIGINT take effect at once, also one that came before and was deferred.

    Raises:
        KeyboardInterrupt: where SIGINT came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    _ACTIVE.append(_INTERRUPTIBLE)
    try:
        if any(interrupt is not None and interrupt.came for interrupt in _ACTIVE):
            raise KeyboardInterrupt
        yield
    finally:
        _ACTIVE.pop()
        signal.signal(signal.SIGINT, before)

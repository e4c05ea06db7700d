"""Ctrl-C at moments when it would leave something behind in somebody's shop, or lose what was judged."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import FrameType


@dataclass
class _Deferral:
    asked: bool = False

    def later(self, number: int, frame: FrameType | None) -> None:
        self.asked = True


_DEFERRALS: list[_Deferral] = []
"""Those in force, the innermost last."""


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Ctrl-C takes effect at the end: what is begun inside is finished, and known, first.

    Raises:
        KeyboardInterrupt: at the end, if it was asked for meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    deferral = _Deferral()
    before = signal.signal(signal.SIGINT, deferral.later)
    _DEFERRALS.append(deferral)
    try:
        yield
    finally:
        _DEFERRALS.remove(deferral)
        signal.signal(signal.SIGINT, before)
    if deferral.asked:
        raise KeyboardInterrupt


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Ctrl-C has no effect, but inside :func:`interruptible`."""
    with contextlib.suppress(KeyboardInterrupt), deferred():
        yield


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Ctrl-C takes effect at once, also one that came before and was deferred.

    Raises:
        KeyboardInterrupt: where it was asked for.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        if any(deferral.asked for deferral in _DEFERRALS):
            raise KeyboardInterrupt
        yield
    finally:
        signal.signal(signal.SIGINT, before)

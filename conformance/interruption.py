"""Ctrl-C at moments when it would leave something behind in somebody's shop."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Ctrl-C takes effect at the end: what is begun inside is finished, and known, first.

    Raises:
        KeyboardInterrupt: at the end, if it was asked for meanwhile.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked = False

    def later(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        asked = True

    before = signal.signal(signal.SIGINT, later)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Ctrl-C has no effect: nobody's impatience leaves orders behind."""
    with contextlib.suppress(KeyboardInterrupt), deferred():
        yield

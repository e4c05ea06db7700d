"""Stops a run early: on SIGINT (Ctrl-C), SIGTERM or SIGHUP, or when the deadline is reached. All take the same path.

A signal handler only notes the reason and wakes what waits. It raises nothing, because an exception in the middle of
any code can be swallowed there (aiohttp's parser and ``__del__`` do so), or leave work half done. The run looks for the
reason at safe points (:func:`check`): around each request, and before each scenario. There it raises KeyboardInterrupt.
The reason stays noted, so no signal can be lost, and a second signal changes nothing.

Python calls a handler only when the main thread executes Python code. A signal that comes just before a system call
blocks, or that another thread receives, would wait for the end of that call. Therefore Python also writes each signal
to a pipe (``signal.set_wakeup_fd``), and a thread reads it there.

Inside :func:`deferred`, the work is finished first. For example, if the suite is making an order in a shop, the suite
learns the number of the order before the run ends. Inside :func:`ignored`, the run goes on to its report.
:func:`interruptible` is for parts of such work that may be interrupted.

If no safe point is reached within ``PATIENCE_S``, a timer raises KeyboardInterrupt where the program is, but only
inside :func:`interruptible` or :func:`abandonable`. Code that is not the suite's own, like pytest, is never forced.
"""

from __future__ import annotations

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from enum import Enum
from types import FrameType

STOP_SIGNALS = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))
"""The signals that stop a run."""
PATIENCE_S = 5.0
"""Time after which a stop is forced, if the run has reached no safe point by then."""
AGAIN_S = 1.0
"""Time between further tries, if the forced stop had no effect."""


class _Mode(Enum):
    """What a stop does in a part of the program."""

    HELD = "nothing"
    SAFE_POINTS = "it takes effect at safe points, and anywhere after PATIENCE_S"
    AT_ONCE = "it takes effect at once"
    FORCED_ONLY = "it takes effect after PATIENCE_S, counted from the stop or from the start of this part"


_modes: list[_Mode] = []
"""The mode of each entered context, the innermost last. Without one, SAFE_POINTS applies, and nothing is forced."""
_wakers: list[Callable[[], None]] = []
_reason = ""
_deadline_s = 0.0
_forced_at = 0.0
"""The time from which a stop is forced (``time.monotonic``)."""


def take_signals() -> Callable[[], None]:
    """Let the stop signals stop the run from now on, and return a function that restores the handlers from before.

    A signal that the parent process ignored stays ignored (``nohup`` ignores SIGHUP). SIGINT is always taken: a shell
    starts background jobs with SIGINT ignored, but its user may still send it.
    """
    if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGINT) is _note_signal:
        return lambda: None
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    for number, handler in before.items():
        if number == signal.SIGINT or handler is not signal.SIG_IGN:
            signal.signal(number, _note_signal)
    if hasattr(signal, "SIGALRM") and signal.getsignal(signal.SIGALRM) is signal.SIG_DFL:
        before[signal.SIGALRM] = signal.signal(signal.SIGALRM, _note_alarm)
    stop_watching = _watch_signals()

    def restore() -> None:
        global _reason
        _set_alarm(0)
        for number, handler in before.items():
            signal.signal(number, handler)
        stop_watching()
        _reason = ""

    return restore


def _watch_signals() -> Callable[[], None]:
    """Read signals from a pipe in a thread, and return a function that ends this."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    before = signal.set_wakeup_fd(write, warn_on_full_buffer=False)

    def watch() -> None:
        with contextlib.closing(os.fdopen(read, "rb", buffering=0)) as pipe:
            while numbers := pipe.read(1):
                _note_number(numbers[0])

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()

    def stop_watching() -> None:
        signal.set_wakeup_fd(before)
        os.close(write)
        watcher.join()

    return stop_watching


def set_deadline(seconds: float) -> None:
    """Stop the run in this many seconds. Has an effect only after :func:`take_signals`."""
    global _deadline_s
    _deadline_s = seconds
    _set_alarm(seconds)


def force_no_longer() -> None:
    """Don't force a stop any more: all that is left to do is short."""
    _set_alarm(0)


def ignore_signals() -> None:
    """Ignore the stop signals from now on, so that the process ends with the exit status that it has decided on.

    If KeyboardInterrupt was raised while a string was executed (``dataclasses`` does so during imports), Python
    remembers it and would end the process by SIGINT instead. Executing another string makes it forget.
    """
    _set_alarm(0)
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    exec("")


def stop_reason() -> str:
    """Return what stopped the run, as a sentence without a full stop; "" if nothing has."""
    return _reason


def is_held() -> bool:
    """True if a stop has no effect here, so that the work is finished first."""
    return bool(_modes) and _modes[-1] is _Mode.HELD


def check() -> None:
    """Go on, unless the run was stopped. This is a safe point.

    Raises:
        KeyboardInterrupt: the run was stopped, and the work here may be interrupted.
    """
    if _reason and _mode() is _Mode.SAFE_POINTS and threading.current_thread() is threading.main_thread():
        raise KeyboardInterrupt(_reason)


@contextlib.contextmanager
def waking(wake: Callable[[], None]) -> Iterator[None]:
    """Call ``wake`` when the run is stopped, or at once if it already was; maybe twice, and in any thread.

    ``wake`` must be safe in a signal handler: it takes no lock that the main thread may hold.
    """
    _wakers.append(wake)
    try:
        if _reason:
            wake()
        yield
    finally:
        _wakers.remove(wake)


@contextlib.contextmanager
def deferred() -> Iterator[None]:
    """Finish the work inside before a stop takes effect.

    Raises:
        KeyboardInterrupt: at the end, if the run was stopped and the code around may be interrupted.
    """
    with _entered(_Mode.HELD):
        yield
    check()


@contextlib.contextmanager
def ignored() -> Iterator[None]:
    """Go on after a stop, except inside :func:`interruptible`."""
    with _entered(_Mode.HELD):
        yield


@contextlib.contextmanager
def interruptible() -> Iterator[None]:
    """Let a stop take effect at safe points, even if it came earlier.

    Raises:
        KeyboardInterrupt: the run was stopped.
    """
    with _entered(_Mode.SAFE_POINTS):
        check()
        yield
        check()


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Let a stop take effect at once: for code that does nothing but wait for a person.

    Raises:
        KeyboardInterrupt: the run was stopped.
    """
    check()
    with _entered(_Mode.AT_ONCE):
        yield


@contextlib.contextmanager
def abandonable() -> Iterator[None]:
    """Go on after a stop, but only for ``PATIENCE_S``: for output to a pipe that nobody may read.

    Raises:
        KeyboardInterrupt: the work took longer.
    """
    with _entered(_Mode.FORCED_ONLY):
        if _reason:
            _force_later()
        yield


def _mode() -> _Mode:
    return _modes[-1] if _modes else _Mode.SAFE_POINTS


@contextlib.contextmanager
def _entered(mode: _Mode) -> Iterator[None]:
    """Apply a mode inside. Signals reach only the main thread, so other threads have no mode."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    _modes.append(mode)
    try:
        yield
    finally:
        _modes.pop()


def _note_signal(number: int, _frame: FrameType | None) -> None:
    _note_number(number)
    if _mode() is _Mode.AT_ONCE:
        raise KeyboardInterrupt(_reason)


def _note_alarm(number: int, _frame: FrameType | None) -> None:
    """Force a stop that came PATIENCE_S ago or earlier; else note that the deadline is reached."""
    if _reason and time.monotonic() >= _forced_at and _modes and not is_held():
        raise KeyboardInterrupt(_reason)
    _note_number(number)


def _note_number(number: int) -> None:
    """Note that a signal came; SIGALRM is the deadline."""
    if number in STOP_SIGNALS:
        name = signal.Signals(number).name
        _stop(f"{name}{' (Ctrl-C)' if number == signal.SIGINT else ''} stopped the run")
    elif number == getattr(signal, "SIGALRM", None):
        _stop(f"the deadline of {_deadline_s:g} s was reached")


def _stop(reason: str) -> None:
    global _reason
    if _reason:
        return
    _reason = reason
    _force_later()
    for wake in tuple(_wakers):
        wake()


def _force_later() -> None:
    global _forced_at
    _forced_at = time.monotonic() + PATIENCE_S
    _set_alarm(PATIENCE_S, AGAIN_S)


def _set_alarm(seconds: float, again_s: float = 0.0) -> None:
    if hasattr(signal, "setitimer") and signal.getsignal(signal.SIGALRM) is _note_alarm:
        signal.setitimer(signal.ITIMER_REAL, seconds, again_s)

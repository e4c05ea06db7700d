"""A stop takes effect at safe points, later or not at all, as the context says, and is never lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

# The signal, and the code that must not be reached after it, are inside the block that raises.
# ruff: noqa: PT012
from conformance.core import interrupts
from conformance.core.interrupts import (
    STOP_SIGNALS,
    abandonable,
    check,
    deferred,
    ignored,
    interruptible,
    set_deadline,
    stop_reason,
    take_signals,
    waking,
)


@pytest.fixture(autouse=True)
def own_handlers() -> Iterator[None]:
    """Take the signals in this process, and restore the handlers afterwards, whatever nohup or another test left."""
    found = [(number, signal.signal(number, signal.SIG_DFL)) for number in STOP_SIGNALS]
    try:
        restore = take_signals()
        yield
        restore()
        assert [signal.getsignal(number) for number in STOP_SIGNALS] == [signal.SIG_DFL] * len(STOP_SIGNALS)
        assert not stop_reason()
    finally:
        for number, handler in found:
            signal.signal(number, handler)


def interrupt(number: signal.Signals = signal.SIGINT) -> None:
    """Send a signal to this process."""
    signal.raise_signal(number)


@pytest.mark.parametrize("number", STOP_SIGNALS)
def test_every_signal_takes_effect_at_the_next_safe_point(number: signal.Signals) -> None:
    """It raises nothing before, and names itself."""
    interrupt(number)
    with pytest.raises(KeyboardInterrupt, match=number.name):
        check()


def test_an_exception_that_is_swallowed_loses_nothing() -> None:
    """The next safe point raises again. A second signal doesn't change the reason."""
    interrupt(signal.SIGTERM)
    interrupt()
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt, match="SIGTERM stopped the run"):
            check()


def test_an_ignored_signal_stays_ignored() -> None:
    """A run under nohup goes on when its terminal is closed. SIGINT is taken: a shell ignores it in background jobs."""
    before = [(number, signal.signal(number, signal.SIG_IGN)) for number in STOP_SIGNALS]
    try:
        restore = take_signals()
        interrupt(signal.SIGHUP)
        interrupt(signal.SIGTERM)
        check()
        interrupt(signal.SIGINT)
        assert stop_reason()
        restore()
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def test_deferred_finishes_first() -> None:
    """The work is finished, then KeyboardInterrupt is raised."""
    finished = []
    with pytest.raises(KeyboardInterrupt), deferred():
        interrupt()
        check()
        finished.append("it")
    assert finished


def test_ignored_goes_on() -> None:
    """The reason can be asked for."""
    with ignored():
        interrupt()
        check()
    assert stop_reason() == "SIGINT (Ctrl-C) stopped the run"


def test_interruptible_raises_at_safe_points() -> None:
    """Also inside a context that ignores a stop."""
    with ignored():
        with pytest.raises(KeyboardInterrupt), interruptible():
            interrupt()
            check()
            pytest.fail("it went on")
        check()


def test_interruptible_raises_for_an_earlier_signal() -> None:
    """A signal before the inner context is not lost."""
    with ignored():
        interrupt()
        with pytest.raises(KeyboardInterrupt), interruptible():
            pytest.fail("it went on")


def test_deferred_inside_interruptible_raises_at_its_end() -> None:
    """An order that is being made is completed, then the run ends."""
    finished = []
    with ignored(), pytest.raises(KeyboardInterrupt), interruptible():
        with deferred():
            interrupt()
            check()
            finished.append("it")
        pytest.fail("it went on")
    assert finished


def test_what_waits_is_woken() -> None:
    """At the stop, or at once if that came before. Later signals wake nothing."""
    woken = []
    with waking(lambda: woken.append("first")):
        interrupt()
        with waking(lambda: woken.append("second")):
            interrupt(signal.SIGTERM)
    assert woken == ["first", "second"]


@pytest.mark.parametrize("part", [interruptible, abandonable])
def test_without_a_safe_point_a_stop_is_forced(
    part: Callable[[], AbstractContextManager[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """For example, if standard output is a pipe that nobody reads."""
    monkeypatch.setattr(interrupts, "PATIENCE_S", 0.01)
    read, write = os.pipe()
    with pytest.raises(KeyboardInterrupt), part():
        interrupt()
        os.read(read, 1)
    os.close(read)
    os.close(write)


def test_a_deadline_is_a_stop() -> None:
    """It wakes what waits, and the reason names it."""
    read, write = os.pipe()
    with waking(lambda: os.close(write)):
        set_deadline(0.01)
        os.read(read, 1)
    os.close(read)
    with pytest.raises(KeyboardInterrupt, match=r"the deadline of 0\.01 s was reached"):
        check()


REMEMBERS = sys.version_info < (3, 14)
"""Python 3.14 does not remember the interrupt any more."""


@pytest.mark.parametrize(("words", "status"), [((), -signal.SIGINT if REMEMBERS else 3), (("forget",), 3)])
def test_an_interrupt_that_python_remembers_is_forgotten(words: tuple[str, ...], status: int, tmp_path: Path) -> None:
    """``python -m`` ends by SIGINT if one came while a string was executed, even if the program went on."""
    code = (
        "import sys, signal\n"
        "from conformance.core.interrupts import ignore_signals\n"
        "try: exec('signal.raise_signal(signal.SIGINT)')\n"
        "except KeyboardInterrupt: pass\n"
        "if sys.argv[1:]: ignore_signals()\n"
        "raise SystemExit(3)\n"
    )
    (tmp_path / "program.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"}
    done = subprocess.run([sys.executable, "-m", "program", *words], env=environment, check=False)
    assert done.returncode == status

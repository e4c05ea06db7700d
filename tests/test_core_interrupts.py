"""SIGINT takes effect at once, later or not at all, as the context says, and is never lost."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

# The signal, and the code that must not be reached after it, are inside the block that raises.
# ruff: noqa: PT012
from conformance.core.interrupts import deferred, ignored, interruptible, take_interrupts


@pytest.fixture(autouse=True)
def own_handler() -> Iterator[None]:
    """Make SIGINT raise in this process, and restore its handler afterwards."""
    before = signal.getsignal(signal.SIGINT)
    take_interrupts()
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    """Send SIGINT to this process."""
    signal.raise_signal(signal.SIGINT)


def test_deferred_finishes_first() -> None:
    """The work is finished, then KeyboardInterrupt is raised."""
    finished = []
    with pytest.raises(KeyboardInterrupt), deferred():
        interrupt()
        finished.append("it")
    assert finished


def test_ignored_knows_that_it_arrived() -> None:
    """The run goes on, and can say that it was interrupted."""
    with ignored() as seen:
        interrupt()
    assert seen.arrived


def test_ignored_without_a_signal() -> None:
    """Afterwards, the handler is the one from before."""
    with ignored() as seen:
        pass
    assert not seen.arrived
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_interruptible_raises_at_once() -> None:
    """Also inside a context that ignores SIGINT."""
    with ignored() as seen, pytest.raises(KeyboardInterrupt), interruptible():
        interrupt()
        pytest.fail("it went on")
    assert not seen.arrived


def test_interruptible_raises_for_an_earlier_signal() -> None:
    """A signal before the inner context is not lost."""
    with ignored() as seen:
        interrupt()
        with pytest.raises(KeyboardInterrupt), interruptible():
            pytest.fail("it went on")
    assert seen.arrived


@pytest.mark.parametrize("inner", [deferred, ignored])
def test_the_outer_context_knows_of_it(inner: type[contextlib.AbstractContextManager[object]]) -> None:
    """The inner context tells the outer one at its end."""
    with ignored() as seen, inner():
        interrupt()
    assert seen.arrived


def test_deferred_inside_interruptible_raises_at_its_end() -> None:
    """An order that is being made is completed, then the run ends."""
    finished = []
    with ignored(), pytest.raises(KeyboardInterrupt), interruptible():
        with deferred():
            interrupt()
            finished.append("it")
        pytest.fail("it went on")
    assert finished


REMEMBERS = sys.version_info < (3, 14)
"""Python 3.14 does not remember the interrupt any more."""


@pytest.mark.parametrize(("words", "status"), [((), -signal.SIGINT if REMEMBERS else 3), (("forget",), 3)])
def test_an_interrupt_that_python_remembers_is_forgotten(words: tuple[str, ...], status: int, tmp_path: Path) -> None:
    """``python -m`` ends by SIGINT if one came while a string was executed, even if the program went on."""
    code = (
        "import sys, signal\n"
        "from conformance.core.interrupts import forget_interrupts\n"
        "try: exec('signal.raise_signal(signal.SIGINT)')\n"
        "except KeyboardInterrupt: pass\n"
        "if sys.argv[1:]: forget_interrupts()\n"
        "raise SystemExit(3)\n"
    )
    (tmp_path / "program.py").write_text(code, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{Path(__file__).parents[1]}"}
    done = subprocess.run([sys.executable, "-m", "program", *words], env=environment, check=False)
    assert done.returncode == status

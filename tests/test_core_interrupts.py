"""SIGINT is taken, deferred or ignored where it should be, and never lost."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator

import pytest

# A signal, and what is not reached after it, stand inside the block that raises.
# ruff: noqa: PT012
from conformance.core.interrupts import deferred, ignored, interruptible, take_interrupts


@pytest.fixture(autouse=True)
def own_handler() -> Iterator[None]:
    """The process takes SIGINT, and has its handler back afterwards."""
    before = signal.getsignal(signal.SIGINT)
    take_interrupts()
    yield
    signal.signal(signal.SIGINT, before)


def interrupt() -> None:
    """Send SIGINT to this process."""
    signal.raise_signal(signal.SIGINT)


def test_deferred_finishes_first() -> None:
    """What has begun is finished, then KeyboardInterrupt is raised."""
    finished = []
    with pytest.raises(KeyboardInterrupt), deferred():
        interrupt()
        finished.append("it")
    assert finished


def test_ignored_says_that_it_came() -> None:
    """The run goes on, and knows."""
    with ignored() as seen:
        interrupt()
    assert seen.came


def test_ignored_without_a_signal_says_nothing() -> None:
    """And the handler is the one from before."""
    with ignored() as seen:
        pass
    assert not seen.came
    with pytest.raises(KeyboardInterrupt):
        interrupt()


def test_interruptible_takes_it_at_once() -> None:
    """Inside an ignoring context, too."""
    with ignored() as seen, pytest.raises(KeyboardInterrupt), interruptible():
        interrupt()
        pytest.fail("it went on")
    assert not seen.came


def test_interruptible_takes_one_that_came_before() -> None:
    """A signal between the two contexts is not lost."""
    with ignored() as seen:
        interrupt()
        with pytest.raises(KeyboardInterrupt), interruptible():
            pytest.fail("it went on")
    assert seen.came


@pytest.mark.parametrize("inner", [deferred, ignored])
def test_the_outer_context_learns_of_it(inner: type[contextlib.AbstractContextManager[object]]) -> None:
    """A signal in a nested context is known to the outer one, at its end."""
    with ignored() as seen, inner():
        interrupt()
    assert seen.came


def test_deferred_inside_interruptible_raises_at_its_end() -> None:
    """An order that is being made is finished, then the run ends."""
    finished = []
    with ignored(), pytest.raises(KeyboardInterrupt), interruptible():
        with deferred():
            interrupt()
            finished.append("it")
        pytest.fail("it went on")
    assert finished

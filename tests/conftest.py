"""What all tests share: a Hypothesis profile, signal handlers that a test begins with, the wheel, and the collection.

No example fails because it takes long. CI tries the same examples in every run, so that a submission fails by its
own mistakes only; elsewhere each run tries others.
"""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TypeVar

import pytest
from hypothesis import settings

os.environ.pop("GITHUB_STEP_SUMMARY", None)  # runs that tests start don't belong to the summary of this job
settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")

ROOT = Path(__file__).parents[1]
STOPS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(autouse=True)
def own_signal_handlers() -> None:
    """Begin each test with the usual handlers: nohup ignores SIGHUP, and a command that has ended ignores all three.

    A process that a test starts would ignore them, too.
    """
    for number in STOPS:
        if signal.getsignal(number) is signal.SIG_IGN:
            usual = signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL
            signal.signal(number, usual)


@pytest.fixture(scope="session")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the content of the wheel (`make dist` builds the same), and nothing else of this project."""
    wheels, unpacked = tmp_path_factory.mktemp("wheels"), tmp_path_factory.mktemp("installed")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)],
        cwd=ROOT,
        check=True,
        capture_output=True,
    )
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(unpacked)
    return unpacked


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests without a search for garbage. Later searches skip what is there now: it stays until the end.

    The search would take a third of the collection, in each worker.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


Test = TypeVar("Test")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Put the tests that take longest first if several workers share them: else one would end long after the others."""
    workers = getattr(config, "workerinput", {}).get("workercount", 1)
    if workers == 1:
        return
    marks = [item.get_closest_marker("slow") for item in items]
    longest = [item for item, mark in zip(items, marks, strict=True) if mark and mark.kwargs.get("minutes")]
    slow = [item for item, mark in zip(items, marks, strict=True) if mark and not mark.kwargs.get("minutes")]
    items[:] = shared_out(longest, slow, [item for item, mark in zip(items, marks, strict=True) if not mark], workers)


def shared_out(longest: Sequence[Test], slow: Sequence[Test], quick: Sequence[Test], workers: int) -> list[Test]:
    """Return the tests so that of equal parts, one for each worker, the first begins with the longest tests, and each
    other one with its share of the slow ones.

    Quick ones follow in the sequence in which they came. A worker that has none left takes over the end of another's
    part, so a slow test must not wait behind the longest ones.
    """
    total, rest = len(longest) + len(slow) + len(quick), list(quick)
    found: list[Test] = []
    for place in range(workers):
        first = [*longest] if place == 0 else [*slow[place - 1 :: workers - 1]]
        size = max(0, total * (place + 1) // workers - len(found) - len(first))
        found += [*first, *rest[:size]]
        del rest[:size]
    return [*found, *rest]

"""What all tests share: one Hypothesis profile, the signal handlers that a test begins with, and the wheel.

No example fails because it takes long. CI tries the same examples in every run, so that a submission fails by its
own mistakes only; elsewhere each run tries others.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

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

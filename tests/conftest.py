"""What all tests share: one Hypothesis profile, and the signal handlers that a test begins with.

No example fails because it takes long. CI tries the same examples in every run, so that a submission fails by its
own mistakes only; elsewhere each run tries others.
"""

from __future__ import annotations

import os
import signal

import pytest
from hypothesis import settings

settings.register_profile("suite", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("suite")

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

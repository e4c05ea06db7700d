"""A source of truth that answers garbage is named in the report, and never ends a run with an error of the suite."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import pytest

from conformance.client.http import HttpSession, Limits
from conformance.client.session import EventLoop
from conformance.core.errors import Inconclusive
from conformance.truth.control import ControlTruth
from conformance.truth.cscart import CsCartTruth
from conformance.truth.source import Truth, TruthUnavailable
from tests.support.hostile_endpoint import MODES, hostile_endpoint

UNBOUNDED = ("endless", "bomb", "silence")
"""Modes that take long; the runs of ``test_hostile_endpoints.py`` have them."""
GARBAGE = [mode for mode in MODES if mode.startswith(("control", "rest")) and not mode.endswith(UNBOUNDED)]
NOT_NEEDED = (
    *("control-deep-member", "control-long", "control-zone", "rest-params", "rest-total", "rest-total-huge"),
    "rest-fields",
)
"""Modes whose odd parts the suite does not need."""


@contextmanager
def truth(mode: str) -> Iterator[Truth]:
    """Open the source of truth of a server in this mode."""
    loop = EventLoop()
    with hostile_endpoint(mode) as server:
        session = HttpSession(loop, Limits(timeout_s=5))
        try:
            if mode.startswith("rest"):
                yield CsCartTruth(server.api, "a@shop.example", "key", session)
            else:
                yield ControlTruth(server.control, "token", session)
        finally:
            session.close()
            loop.close()


@pytest.mark.parametrize("mode", GARBAGE)
def test_garbage_is_a_truth_that_is_not_available(mode: str) -> None:
    """Each method returns, or says in a short sentence what can't be read."""
    failures: list[str] = []
    with truth(mode) as source:
        for read in (
            lambda: source.facts,
            lambda: source.modified_between(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)),
            lambda: source.order("1"),
            lambda: source.orders(["1", "2"]),
            lambda: source.delete_all(["1"]),
        ):
            try:
                found = read()
            except (TruthUnavailable, Inconclusive) as error:
                failures.append(str(error))
            else:
                listed = found if isinstance(found, list) else []
                failures += [str(each) for each in listed if isinstance(each, TruthUnavailable)]
    if mode not in NOT_NEEDED:
        assert failures
    assert all(len(failure) < 1500 for failure in failures)

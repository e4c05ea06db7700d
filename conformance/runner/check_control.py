"""Checks an adapter for the control protocol: opens a session, makes all checks, and deletes what they made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from conformance.client.session import Session
from conformance.core.errors import Inconclusive
from conformance.core.interrupts import ignored
from conformance.runner.tidy import open_session, tidy_command
from conformance.truth.control import ControlTruth
from conformance.truth.control_check.calls import Calls, CheckStopped
from conformance.truth.control_check.problems import Problem, Results
from conformance.truth.control_check.reading import ReadingCheck
from conformance.truth.control_check.writing import WritingCheck, skip_all
from conformance.truth.settings import ControlAccess
from conformance.truth.suite_orders import run_id_of


@dataclass(frozen=True, kw_only=True)
class CheckSettings:
    """What is checked, and how. ``allow_writes``: orders may be made, changed and deleted."""

    access: ControlAccess
    allow_writes: bool = False
    timeout_s: float = 30.0
    ca_file: str | None = None


def check_adapter(settings: CheckSettings) -> Results:
    """Check an adapter, and return what was found. The orders that were made are deleted, also if the run is stopped.

    Raises:
        KeyboardInterrupt: the check was stopped.
    """
    with open_session(settings.timeout_s, settings.ca_file) as session:
        return check_in(session, settings, datetime.now(UTC))


def check_in(session: Session, settings: CheckSettings, now: datetime) -> Results:
    """Check an adapter in a session; see :func:`check_adapter`. ``now`` is the present."""
    results, access = Results(), settings.access
    calls = Calls(access.url, access.token.value, session, results)
    reading = ReadingCheck(calls, now.replace(microsecond=0))
    writing: WritingCheck | None = None
    try:
        reading.run()
        if settings.allow_writes:
            writing = WritingCheck(calls, reading, now.replace(microsecond=0), run_id_of(now))
            writing.run()
        else:
            skip_all(calls, reading.facts.capabilities)
    except CheckStopped:
        results.skip("everything else", "nothing can be checked before this works")
    except Inconclusive as error:
        results.add(Problem(call="", expected="a reply to each call", found=str(error), advice="Try again."))
    finally:
        if writing is not None:
            with ignored():
                session.begin_clean_up(1)
                left = writing.clean_up(ControlTruth(access.url, access.token.value, session))
            if left:
                results.add(_left_behind(left, access))
    return results


def _left_behind(numbers: list[str], access: ControlAccess) -> Problem:
    return Problem(
        call="DELETE /orders/{order_number}",
        expected="each order of this check deleted",
        found=f"in the shop: {', '.join(numbers)}",
        advice=f"Delete them in the shop, or with '{tidy_command(access)} --older-than 0'.",
    )

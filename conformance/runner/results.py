"""The result of judging some targets in one process."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from conformance.contract.requirements import requirements
from conformance.core.model import Role
from conformance.core.verdict import Outcome
from conformance.report.model import ExchangeRecord
from conformance.runner import timing
from conformance.runner.settings import Selection


@dataclass(frozen=True)
class SessionResult:
    """The outcomes of some targets, and the exchanges that the findings name."""

    outcomes: tuple[Outcome, ...]
    exchanges: tuple[ExchangeRecord, ...]
    requests: int
    notices: tuple[str, ...]
    durations: timing.Durations
    stopped: str = ""
    """What stopped the run before its end; "" if nothing did."""
    faults: tuple[str, ...] = ()
    """Errors of the suite outside of scenarios."""
    unfinished: tuple[str, ...] = ()
    """Targets that were not judged to the end, because the run was stopped."""


def join_results(results: Iterable[SessionResult]) -> SessionResult:
    """Return the results of several processes as one."""
    parts = list(results)
    return SessionResult(
        outcomes=tuple(outcome for part in parts for outcome in part.outcomes),
        exchanges=tuple(exchange for part in parts for exchange in part.exchanges),
        requests=sum(part.requests for part in parts),
        notices=tuple(notice for part in parts for notice in part.notices),
        durations=timing.join_durations(part.durations for part in parts),
        stopped=next((part.stopped for part in parts if part.stopped), ""),
        faults=tuple(fault for part in parts for fault in part.faults),
        unfinished=tuple(name for part in parts for name in part.unfinished),
    )


def failed_result(role: Role, targets: Iterable[str], selection: Selection, fault: str) -> SessionResult:
    """Return a result in which every selected requirement has an error of the suite, for each of these targets."""
    names = tuple(targets)
    outcomes = tuple(
        Outcome(requirement=requirement.id, scenario="", target=name, error=fault)
        for requirement in requirements(role)
        for name in names
        if selection.takes(requirement.id, requirement.feature)
    )
    return SessionResult(
        outcomes=outcomes, exchanges=(), requests=0, notices=(), durations=timing.Durations(), faults=(fault,)
    )


def encode_result(result: SessionResult) -> bytes:
    """Return a result as bytes for another process."""
    return msgspec.msgpack.encode(result)


def decode_result(data: bytes) -> SessionResult:
    """Return the result that another process encoded."""
    return msgspec.msgpack.decode(data, type=SessionResult)

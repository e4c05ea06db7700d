"""Counts results and decides the exit status. Pure.

A requirement is in scope if the scope covers *any* of its needs. It is then judged as far as the covered needs allow.
An INFO requirement is measured, not judged: it counts only under ``by_level``, except for errors of the suite.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from conformance.core.exit_status import CONFORMING, DEVIATING, FAILED, INCOMPLETE
from conformance.core.model import Level, Requirement, Scope
from conformance.report.model import Result, Summary, Tally

GateLevel = Literal["must", "should"]
"""The lowest level whose deviations fail a run (``--level``)."""

COVERED: dict[Scope, frozenset[str]] = {
    "observation": frozenset({"wire"}),
    "truth": frozenset({"wire", "truth"}),
    "full": frozenset({"wire", "truth", "write", "notify"}),
}
"""Scope → the needs that it covers."""


def needs(requirement: Requirement) -> frozenset[str]:
    """Return the needs of a requirement as a set."""
    return frozenset(need.strip() for need in requirement.needs.split(","))


def in_scope(requirement: Requirement, scope: Scope) -> bool:
    """True if the scope covers a need of the requirement."""
    return scope == "full" or bool(needs(requirement) & COVERED[scope])


def is_judged(result: Result) -> bool:
    """True if the requirement was judged: it conforms or deviates."""
    return result.verdict in ("conforms", "deviates")


def is_settled(result: Result) -> bool:
    """True if the requirement was judged, or the baseline accepts that it was not exercised."""
    return is_judged(result) or result.accepted is not None


def is_new(result: Result) -> bool:
    """True for a deviation that the baseline doesn't list."""
    return result.verdict == "deviates" and result.known is None


def failing_levels(gate: GateLevel) -> tuple[Level, ...]:
    """Return the levels whose deviations fail a run with this ``--level``."""
    return ("must", "should") if gate == "should" else ("must",)


def _tally(verdicts: Iterable[str]) -> Tally:
    counted = Counter(verdicts)
    return Tally(
        conforms=counted["conforms"],
        deviates=counted["deviates"],
        not_exercised=counted["not-exercised"],
        error=counted["error"],
    )


def _exit_status(deviates: bool, faulty: bool, complete: bool) -> int:
    if deviates:
        return DEVIATING
    if faulty:
        return FAILED
    return CONFORMING if complete else INCOMPLETE


def summarise(
    requirements: Sequence[Requirement],
    results: Sequence[Result],
    scope: Scope,
    gate_level: GateLevel,
    expected_versions: Sequence[str],
    *,
    stale: bool = False,
    faults: int = 0,
    stopped: bool = False,
) -> Summary:
    """Return the figures of a run and its exit status.

    A deviation decides before an error of the suite, an error before an incomplete run. A deviation counts even if its
    requirement is outside the scope. ``stale`` means that the baseline lists deviations that no longer occur; it fails
    the run like a deviation. ``faults`` is the number of errors of the suite outside of scenarios. A run that judged
    nothing, or was ``stopped``, is incomplete.
    """
    by_id = {requirement.id: requirement for requirement in requirements}
    judged = {(result.requirement, result.version) for result in results if is_judged(result)}
    must = [each for each in requirements if each.level == "must" and in_scope(each, scope)]
    must_judged = sum(
        bool(expected_versions) and all((each.id, version) in judged for version in expected_versions) for each in must
    )
    settled = {(result.requirement, result.version) for result in results if is_settled(result)}
    must_settled = sum(
        bool(expected_versions) and all((each.id, version) in settled for version in expected_versions) for each in must
    )
    failing = failing_levels(gate_level)

    counted: list[tuple[Requirement, str]] = []
    levels: list[tuple[str, str]] = []
    undeclared = 0  # results of an id that no feature file declares: an error of the suite
    for result in results:
        requirement = by_id.get(result.requirement)
        if requirement is None:
            undeclared += 1
            continue
        levels.append((requirement.level, result.verdict))
        if requirement.level != "info" or result.verdict == "error":
            counted.append((requirement, result.verdict))

    total = _tally(verdict for _, verdict in counted)
    errors = total.error + undeclared + (0 if total.error else faults)
    measured = any(by_id[name].level != "info" for name, _ in judged if name in by_id)
    status = _exit_status(
        deviates=stale
        or any(
            is_new(result) and by_id[result.requirement].level in failing
            for result in results
            if result.requirement in by_id
        ),
        faulty=errors > 0,
        complete=measured and must_settled == len(must) and not stopped,
    )
    return Summary(
        conforms=total.conforms,
        deviates=total.deviates,
        not_exercised=total.not_exercised,
        error=errors,
        by_level={
            level: _tally(verdict for of, verdict in levels if of == level)
            for level in dict.fromkeys(each.level for each in requirements)
        },
        by_feature={
            feature: _tally(verdict for of, verdict in counted if of.feature == feature)
            for feature in dict.fromkeys(each.feature for each in requirements)
        },
        conformant=status == CONFORMING
        and bool(must)
        and must_judged == len(must)
        and not any(
            result.verdict == "deviates" and by_id[result.requirement].level == "must"
            for result in results
            if result.requirement in by_id
        ),
        must_judged=must_judged,
        must_in_scope=len(must),
        exit_status=status,
        must_accepted=must_settled - must_judged,
    )

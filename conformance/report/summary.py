"""From results to figures and an exit status; pure.

A requirement is in scope if the scope covers *any* of its needs: what can be judged of it
without the others is judged. INFO is measured, never judged: apart from errors (which are
the suite's own) it counts nowhere but under ``by_level``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from conformance.core.model import Requirement, Scope
from conformance.report.model import Result, Summary, Tally

GateLevel = Literal["must", "should"]

COVERED: dict[Scope, frozenset[str]] = {
    "observation": frozenset({"wire"}),
    "truth": frozenset({"wire", "truth"}),
    "full": frozenset({"wire", "truth", "write", "notify"}),
}

CONFORMING, DEVIATING, FAULTY, INCOMPLETE = 0, 1, 2, 3


def needs(requirement: Requirement) -> frozenset[str]:
    return frozenset(need.strip() for need in requirement.needs.split(","))


def in_scope(requirement: Requirement, scope: Scope) -> bool:
    return scope == "full" or bool(needs(requirement) & COVERED[scope])


def is_judged(result: Result) -> bool:
    return result.verdict in ("conforms", "deviates")


def is_new(result: Result) -> bool:
    """A deviation that no baseline knows."""
    return result.verdict == "deviates" and result.known is None


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
        return FAULTY
    return CONFORMING if complete else INCOMPLETE


def summarise(
    requirements: Sequence[Requirement],
    results: Sequence[Result],
    scope: Scope,
    gate_level: GateLevel,
    expected_versions: Sequence[str],
    *,
    stale: bool = False,
) -> Summary:
    """The figures of a run, and how it ends.

    A deviation decides before a fault of ours, that before an incomplete run. A deviation
    counts also where its requirement is outside the scope: what was seen was seen.
    ``stale``: the baseline names deviations that are gone, which gates like one.
    A run that judged nothing at all is incomplete, whatever was selected.
    """
    by_id = {requirement.id: requirement for requirement in requirements}
    judged = {(r.requirement, r.version) for r in results if is_judged(r)}
    must = [r for r in requirements if r.level == "must" and in_scope(r, scope)]
    must_judged = sum(
        bool(expected_versions) and all((r.id, version) in judged for version in expected_versions) for r in must
    )
    gated = ("must", "should") if gate_level == "should" else ("must",)

    counted: list[tuple[Requirement, str]] = []
    levels: list[tuple[str, str]] = []
    undeclared = 0  # results of an id that no feature file declares: a fault of ours
    for result in results:
        requirement = by_id.get(result.requirement)
        if requirement is None:
            undeclared += 1
            continue
        levels.append((requirement.level, result.verdict))
        if requirement.level != "info" or result.verdict == "error":
            counted.append((requirement, result.verdict))

    total = _tally(verdict for _, verdict in counted)
    faults = total.error + undeclared
    measured = any(by_id[name].level != "info" for name, _ in judged if name in by_id)
    status = _exit_status(
        deviates=stale
        or any(is_new(r) and by_id[r.requirement].level in gated for r in results if r.requirement in by_id),
        faulty=faults > 0,
        complete=measured and must_judged == len(must),
    )
    return Summary(
        conforms=total.conforms,
        deviates=total.deviates,
        not_exercised=total.not_exercised,
        error=faults,
        by_level={
            level: _tally(verdict for of, verdict in levels if of == level)
            for level in dict.fromkeys(r.level for r in requirements)
        },
        by_feature={
            feature: _tally(verdict for of, verdict in counted if of.feature == feature)
            for feature in dict.fromkeys(r.feature for r in requirements)
        },
        conformant=status == CONFORMING
        and bool(must)
        and not any(
            r.verdict == "deviates" and by_id[r.requirement].level == "must" for r in results if r.requirement in by_id
        ),
        must_judged=must_judged,
        must_in_scope=len(must),
        exit_status=status,
    )

"""Combines the outcomes of scenarios into one verdict for each requirement and target."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.core.finding import Finding, SharedProperty
from conformance.core.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The outcome of one scenario for one target.

    ``judged`` is the number of things that were compared. With findings, the target deviates. Without findings, the
    target conforms if ``judged`` is not 0. ``reason`` says why nothing was judged, or not everything.
    """

    requirement: str
    scenario: str
    target: str
    judged: int = 0
    findings: tuple[Finding, ...] = ()
    shared: tuple[SharedProperty, ...] = ()
    """What the orders of the findings have in common."""
    notes: tuple[str, ...] = ()
    reason: str = ""
    error: str = ""
    supports: bool = False
    """True if the scenario only shows that the orders with which the requirement deals arrive."""
    seconds: float = 0.0
    """The time that the scenario took for the target. It decides nothing."""


def verdict_of(outcomes: Iterable[Outcome]) -> tuple[Verdict, str]:
    """Return the verdict of all scenarios of one requirement, and its reason.

    It is the first of these verdicts that any scenario has: deviates, error, conforms, not-exercised. If something was
    not judged, the reason of "conforms" says so. A scenario that only supports the others does not make the requirement
    conform.
    """
    listed = list(outcomes)
    unjudged = [outcome.reason for outcome in listed if outcome.reason]
    if any(outcome.findings for outcome in listed):
        return "deviates", ""
    if errors := [outcome.error for outcome in listed if outcome.error]:
        return "error", errors[0]
    if any(outcome.judged for outcome in [each for each in listed if not each.supports] or listed):
        return "conforms", "; ".join(dict.fromkeys(f"in part: {reason}" for reason in unjudged))
    return "not-exercised", "; ".join(dict.fromkeys(unjudged)) or "there was nothing to judge"

"""From what scenarios found to one verdict for each requirement and version."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from conformance.core.finding import Finding
from conformance.core.model import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one scenario came out for one version.

    Judged with findings it deviates, judged without it conforms; not judged, ``reason`` says why.
    """

    requirement: str
    scenario: str
    target: str
    judged: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    reason: str = ""
    error: str = ""


def verdict_of(outcomes: Iterable[Outcome]) -> tuple[Verdict, str]:
    """The verdict that the scenarios of one requirement give, and its reason.

    A deviation decides; an error of ours before what conforms; conforming before not
    exercised, which then is said in the reason.
    """
    listed = list(outcomes)
    unjudged = [outcome.reason for outcome in listed if not outcome.judged and outcome.reason]
    if any(outcome.findings for outcome in listed):
        return "deviates", ""
    if errors := [outcome.error for outcome in listed if outcome.error]:
        return "error", errors[0]
    if any(outcome.judged for outcome in listed):
        return "conforms", "; ".join(dict.fromkeys(f"in part: {reason}" for reason in unjudged))
    return "not-exercised", "; ".join(dict.fromkeys(unjudged)) or "nothing was there to judge"

"""One run of a scenario: for each target, its evidence and its findings.

A scenario is run once for all targets: each step works on every target that still takes part. A target with nothing to
judge leaves the scenario with a reason.
"""

from __future__ import annotations

import time
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from typing import Any, Protocol

import msgspec

from conformance.core.errors import Deviation, Inconclusive, NotExercised, TargetError
from conformance.core.finding import MAX_SHOWN_TEXT, Finding, SharedProperty, shorten, shorten_finding
from conformance.core.masking import Secrets
from conformance.core.verdict import Outcome
from conformance.suite.required_fields import fields_of, require_fields
from conformance.truth.source import TruthUnavailable

Found = Iterable[Finding] | None

SUPPORTING = frozenset(
    ("none of the orders is missing because of this property", "the customer's notes are still there")
)
"""The *Then* of scenarios that support a verdict and make none: they don't show what the requirement is about."""
MAX_KEPT_FINDINGS = 1_000
"""Findings of one scenario that are kept, at most. Reports show fewer, but say how many there are."""


class UnderTest(Protocol):
    """An implementation under test: a store's endpoint, or an importer. ``survey`` obtains the evidence."""

    name: str
    survey: Any
    notices: list[str]
    secrets: Secrets

    def skip_reason(self, requirement: str, needs: frozenset[str]) -> str:
        """Return why a scenario with these needs can't run here; empty if it can.

        Raises:
            TargetError: if the suite has failed on this target.
        """

    @property
    def unjudged_part(self) -> str:
        """Reason why some orders can't be judged; empty if all can."""

    def confirmed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings without those that other people caused by a change during the run."""

    def with_shared(
        self, requirement: str, findings: Sequence[Finding], evidence: Any
    ) -> tuple[Sequence[Finding], tuple[SharedProperty, ...]]:
        """Return the findings with what their orders have in common that no other judged order has."""


@dataclass
class TargetState:
    """One target in one scenario: its evidence and findings so far."""

    target: UnderTest
    evidence: Any = None
    judged: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    error: str = ""
    unjudged_part: str = ""
    """Reason why some of the orders could not be judged; empty if all were."""
    is_done: bool = False
    """True if the target deviated before there was anything else to judge."""
    seconds: float = 0.0
    """The time that the scenario took for this target."""

    @property
    def is_open(self) -> bool:
        """True while the target takes part in the next step."""
        return not (self.reason or self.error or self.is_done)


def add_findings(to: list[Finding], found: Found) -> None:
    """Add findings to a list, their texts cut. Beyond the limit, the last one is added again for each further one."""
    for finding in found or ():
        to.append(shorten_finding(finding) if len(to) < MAX_KEPT_FINDINGS else to[-1])


NOTHING_READ = "none of the replies that this scenario needs could be read"


def is_empty(evidence: object) -> bool:
    """True for evidence of nothing: an empty tuple, or a record whose only field is one."""
    if isinstance(evidence, tuple):
        return not evidence
    if isinstance(evidence, msgspec.Struct):
        names = evidence.__struct_fields__
    else:
        names = tuple(each.name for each in fields(evidence)) if is_dataclass(evidence) else ()
    return len(names) == 1 and getattr(evidence, names[0]) == ()


class ScenarioRun:
    """One scenario of a requirement, for all targets, with its tags. ``sentences`` are the sentences of its steps."""

    def __init__(
        self,
        requirement: str,
        scenario: str,
        tags: frozenset[str],
        targets: Iterable[UnderTest],
        sentences: Collection[str] = (),
    ) -> None:
        self.requirement, self.scenario, self.tags = requirement, scenario, tags
        self._supports = not SUPPORTING.isdisjoint(sentences)
        self.states = [TargetState(target) for target in targets]
        relied_on = fields_of(sentences)
        self._each(lambda state: require_fields(state.target.survey, relied_on))

    def _each(self, work: Callable[[TargetState], None]) -> None:
        """Do ``work`` for every target that still takes part. If it fails for one target, the others go on.

        What the step before read may show that the target can't be judged: then the target leaves the scenario.
        """
        for state in self.states:
            if not state.is_open:
                continue
            started = time.perf_counter()
            try:
                state.reason = state.target.skip_reason(self.requirement, self.tags)
                if not state.reason:
                    work(state)
            except Inconclusive as why:
                state.reason = str(why)
            except Deviation as shown:
                add_findings(state.findings, [shown.finding])
                state.judged, state.is_done = state.judged + 1, True
            except TruthUnavailable as problem:
                state.reason = f"the store's own records can't be read: {problem}"
            except TargetError as error:
                state.error = str(error)
            except Exception as error:  # an error of the suite must not stop the other targets
                state.error = f"{type(error).__name__}: {error}"
                state.target.notices.append(
                    f"error of the suite in {self.requirement}, {self.scenario!r}:\n{traceback.format_exc(limit=-8)}"
                )
            finally:
                state.seconds += time.perf_counter() - started

    def obtain(self, perform: Callable[[Any], Any]) -> None:
        """Obtain the evidence of a Given or a When: ``perform`` takes the target's survey and returns the evidence."""

        def work(state: TargetState) -> None:
            state.evidence = perform(state.target.survey)

        self._each(work)

    def narrow(self, choose: Callable[[Any, Any], Any]) -> None:
        """Keep a part of the evidence: ``choose`` takes the survey and the evidence, and returns the part."""

        def work(state: TargetState) -> None:
            state.evidence = choose(state.target.survey, state.evidence)

        self._each(work)

    def filter(self, wanted: Callable[[Any], bool], what: str) -> None:
        """Keep the selected orders for which ``wanted`` is true; ``what`` describes them in a message.

        A target that exported no such order leaves the scenario.
        """

        def work(state: TargetState) -> None:
            state.evidence = tuple(each for each in state.evidence if wanted(each))
            if not state.evidence:
                raise NotExercised(f"the store exported no orders {what}")

        self._each(work)

    def judge_each(
        self, check: Callable[[Any], Found], appears: Callable[[Any], bool] = lambda order: True, lacking: str = ""
    ) -> None:
        """Judge every selected order by itself.

        An order with no finding counts as judged only if what is judged ``appears`` in it. If it appears in no order,
        the target leaves the scenario with the reason ``lacking``.
        """

        def work(state: TargetState) -> None:
            found: list[Finding] = []
            try:
                for each in state.evidence:
                    before = len(found)
                    add_findings(found, check(each))
                    if len(found) > before or appears(each):
                        state.judged += 1
            finally:
                state.findings += state.target.confirmed(found)
            state.unjudged_part = state.target.unjudged_part
            if not state.judged:
                raise NotExercised(lacking)

        self._each(work)

    def judge(self, check: Callable[[Any], Found]) -> None:
        """Judge the evidence as a whole."""

        def work(state: TargetState) -> None:
            found: list[Finding] = []
            add_findings(found, check(state.evidence))
            if not found and is_empty(state.evidence):
                raise NotExercised(NOTHING_READ)
            state.findings += state.target.confirmed(found)
            state.judged += 1

        self._each(work)

    def observe(self, describe: Callable[[Any], Iterable[str]]) -> None:
        """Add notes about the evidence to the report. Nothing is judged."""

        def work(state: TargetState) -> None:
            state.notes += describe(state.evidence)
            state.judged += 1

        self._each(work)

    def fail(self, why: str) -> None:
        """End the scenario for all targets with an error of the suite."""
        for state in self.states:
            state.error = state.error or why

    @property
    def outcomes(self) -> list[Outcome]:
        """The outcome for each target, without secrets; long texts are cut."""
        return [state.target.secrets.outcome(self._outcome(state)) for state in self.states]

    def _outcome(self, state: TargetState) -> Outcome:
        findings, shared = state.target.with_shared(self.requirement, state.findings, state.evidence)
        return Outcome(
            requirement=self.requirement,
            scenario=self.scenario,
            target=state.target.name,
            judged=state.judged,
            findings=tuple(findings),
            shared=shared,
            notes=tuple(shorten(note, MAX_SHOWN_TEXT) for note in state.notes),
            reason=shorten(state.unjudged_part if state.judged else state.reason, MAX_SHOWN_TEXT),
            error=shorten(state.error, MAX_SHOWN_TEXT),
            supports=self._supports,
            seconds=state.seconds,
        )

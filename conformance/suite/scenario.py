"""A scenario under way: for each subject, what it looks at and what was found.

The versions are an axis inside a scenario, not copies of it: a step does its work for
every subject that is still in, and one that has nothing to judge drops out with a reason.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.core.errors import Inconclusive, NotExercised, TargetError
from conformance.core.finding import Finding
from conformance.core.verdict import Outcome
from conformance.suite.required_fields import require
from conformance.truth.source import TruthUnavailable

Found = Iterable[Finding] | None


class UnderTest(Protocol):
    """Whoever is judged: a store's endpoint, or an importer. ``survey`` is what is known of it."""

    version: str
    survey: Any
    notices: list[str]

    def lacks(self, requirement: str, needs: frozenset[str]) -> str:
        """Why what a scenario needs isn't to be had; empty if it is."""

    def standing(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that nobody else has brought about."""


@dataclass
class TargetState:
    """One subject in one scenario."""

    subject: UnderTest
    material: Any = None
    judged: int = 0
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    reason: str = ""
    error: str = ""

    @property
    def open(self) -> bool:
        """Whether it is still in."""
        return not self.reason and not self.error


class ScenarioRun:
    """A scenario of a requirement, over all subjects."""

    def __init__(self, requirement: str, scenario: str, needs: frozenset[str], subjects: Iterable[UnderTest]) -> None:
        self.requirement, self.scenario = requirement, scenario
        self.benches = [TargetState(subject, reason=subject.lacks(requirement, needs)) for subject in subjects]

    def each(self, work: Callable[[TargetState], None]) -> None:
        """Do this for every subject that is still in; what fails for one is nobody else's matter."""
        for bench in self.benches:
            if not bench.open:
                continue
            try:
                work(bench)
            except Inconclusive as why:
                bench.reason = str(why)
            except TruthUnavailable as problem:
                bench.reason = f"what the store holds can't be learnt: {problem}"
            except TargetError as fault:
                bench.error = str(fault)
            except Exception as error:  # a fault of ours must not stop the others
                bench.error = f"{type(error).__name__}: {error}"
                bench.subject.notices.append(
                    f"fault of ours in {self.requirement}, {self.scenario!r}:\n{traceback.format_exc(limit=-8)}"
                )

    def require(self, sentence: str) -> None:
        """Go on only where the store's record has what a sentence relies on."""
        self.each(lambda bench: require(bench.subject.survey, sentence))

    def take(self, fetch: Callable[[Any], Any], otherwise: str) -> None:
        """Look at this; where there is none of it, the scenario isn't exercised."""

        def work(bench: TargetState) -> None:
            bench.material = fetch(bench.subject.survey)
            if isinstance(bench.material, Sequence) and not bench.material:
                raise NotExercised(otherwise)

        self.each(work)

    def keep(self, wanted: Callable[[Any], bool], otherwise: str) -> None:
        """Look only at those of it that are like this."""

        def work(bench: TargetState) -> None:
            bench.material = [each for each in bench.material if wanted(each)]
            if not bench.material:
                raise NotExercised(otherwise)

        self.each(work)

    def judge_each(self, check: Callable[[Any], Found]) -> None:
        """Judge every piece of what is looked at."""

        def work(bench: TargetState) -> None:
            found: list[Finding] = []
            try:
                for each in bench.material:
                    found += check(each) or ()
                    bench.judged += 1
            finally:
                bench.findings += bench.subject.standing(found)

        self.each(work)

    def judge(self, check: Callable[[Any], Found]) -> None:
        """Judge what is looked at as a whole."""

        def work(bench: TargetState) -> None:
            bench.findings += bench.subject.standing(check(bench.material) or ())
            bench.judged += 1

        self.each(work)

    def judge_survey(self, check: Callable[[Any], Found]) -> None:
        """Judge from the survey itself."""

        def work(bench: TargetState) -> None:
            bench.findings += bench.subject.standing(check(bench.subject.survey) or ())
            bench.judged += 1

        self.each(work)

    def note(self, observe: Callable[[Any], Iterable[str]]) -> None:
        """Note what was observed: measured, never judged."""

        def work(bench: TargetState) -> None:
            bench.notes += observe(bench.material)
            bench.judged += 1

        self.each(work)

    def fail(self, why: str) -> None:
        """A fault of ours ended the scenario for all."""
        for bench in self.benches:
            bench.error = bench.error or why

    @property
    def outcomes(self) -> list[Outcome]:
        """How it came out, for each subject."""
        return [
            Outcome(
                requirement=self.requirement,
                scenario=self.scenario,
                target=bench.subject.version,
                judged=bench.judged,
                findings=tuple(bench.findings),
                notes=tuple(bench.notes),
                reason=bench.reason,
                error=bench.error,
            )
            for bench in self.benches
        ]

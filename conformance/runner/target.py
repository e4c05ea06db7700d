"""A subject: one endpoint of one version that a run judges, with all that was learnt of it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.client.exchange import Exchange
from conformance.client.session import Session
from conformance.core.errors import Inconclusive
from conformance.core.finding import Finding
from conformance.survey.record import NO_TRUTH
from conformance.survey.stability import changed_by_others
from conformance.survey.survey import Survey

RECHECKED = 25
"""Orders with findings that are looked up again, lest others changed them: staff don't change more at once."""


@dataclass
class Target:
    """One endpoint and version. ``gone`` says why it can't be judged any further."""

    version: str
    survey: Survey
    session: Session
    may_send_hostile: bool = True
    embedded: bool = False
    gone: str = ""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Requirement → why the source of truth is no base to judge it."""
    notices: list[str] = field(default_factory=list)
    afterwards: Callable[[], Sequence[str]] = tuple
    """What the source of truth has to say once all is judged."""

    def lacks(self, requirement: str, needs: frozenset[str]) -> str:
        """Why what a scenario needs isn't to be had here; empty if it is."""
        survey = self.survey
        if self.gone:
            return self.gone
        if needs & {"truth", "write", "notify"} and (unknown := self.unknown.get(requirement)):
            return unknown
        if needs & {"truth", "write", "notify"} and not survey.has_truth:
            return NO_TRUTH
        if needs & {"write", "notify"} and not survey.may_write:
            return "the store may not be changed: run with --allow-writes"
        if "hostile" in needs and not self.may_send_hostile:
            return "hostile input may not be sent: run with --allow-hostile or --allow-writes"
        return ""

    def standing(self, findings: Iterable[Finding]) -> list[Finding]:
        """The findings that still stand: none about an order that others changed since it was looked at.

        Raises:
            NotExercised: where none is left of those that there were.
        """
        found = list(findings)
        if self.embedded or not self.survey.has_truth:
            return found  # nobody else has a hand in it, or nobody can tell
        moved = {
            number
            for number in list(dict.fromkeys(finding.order for finding in found if finding.order))[:RECHECKED]
            if self.survey.stability.has_changed(number)
        }
        left = [finding for finding in found if finding.order not in moved]
        if moved and not left:
            raise changed_by_others(moved)
        return left

    @property
    def asking_s(self) -> float:
        """Seconds in which something was asked, by the clock."""
        return self.session.busy_s

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange so far."""
        return self.session.exchanges

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of it, beside the verdicts."""
        said: Sequence[str] = ()
        if not self.gone:
            with contextlib.suppress(Inconclusive):
                said = self.afterwards()
        return (*self.notices, *said, *self.survey.notices, *self.session.notices)

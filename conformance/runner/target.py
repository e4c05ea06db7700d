"""A target: one endpoint in one version that a run judges, with everything known about it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.checks.shared_property import MIN_FAILING, explain
from conformance.client.exchange import Exchange
from conformance.client.session import Session
from conformance.core.errors import ConformanceError, Inconclusive, TargetError
from conformance.core.finding import Finding, SharedProperty
from conformance.core.masking import NO_SECRETS, Secrets
from conformance.probes.judged_orders import judged_orders
from conformance.survey.record import NO_TRUTH
from conformance.survey.stability import changed_by_others
from conformance.survey.survey import Survey
from conformance.truth.source import TruthUnavailable, listed

MAX_REREAD_ORDERS = 25
"""Orders with findings that are read again; shop staff don't change more orders during a run."""


@dataclass
class Target:
    """One endpoint in one version."""

    name: str
    """The name in results: the version, or the label of the settings."""
    survey: Survey
    session: Session
    may_send_hostile: bool = True
    embedded: bool = False
    unreachable: str = ""
    """Reason why nothing can be judged."""
    fault: str = ""
    """Error of the suite because of which nothing can be judged."""
    not_judged: Mapping[str, str] = field(default_factory=dict)
    """Requirement → reason why the clocks don't allow judging it."""
    notices: list[str] = field(default_factory=list)
    tidy_command: str = ""
    """The command that shows and deletes the orders that earlier runs left; empty if no command can."""
    explains_findings: bool = True
    """True if the orders of findings are compared with the other orders."""
    secrets: Secrets = NO_SECRETS
    """What is replaced in everything that leaves the suite: outcomes, notices, exchanges, events."""

    def skip_reason(self, requirement: str, needs: frozenset[str]) -> str:
        """Return why a scenario with these needs can't run here, or "" if it can.

        Raises:
            TargetError: the suite failed on this target.
        """
        if self.fault:
            raise TargetError(self.fault)
        survey = self.survey
        needs_truth = bool(needs & {"truth", "write", "notify"})
        if self.unreachable:
            return self.unreachable
        if needs_truth and (reason := self.not_judged.get(requirement) or survey.unknown.get(requirement)):
            return reason
        if needs_truth and not survey.has_truth:
            return NO_TRUTH
        if needs & {"write", "notify"} and not survey.may_write:
            return survey.unwritable_reason
        if "hostile" in needs and not self.may_send_hostile:
            return "hostile input may not be sent: run with --allow-hostile or --allow-writes"
        return ""

    @property
    def unjudged_part(self) -> str:
        """Reason why some orders can't be judged: the window with them can't be read. Empty if all can."""
        return self.survey.unread_part

    def confirmed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return the findings without those about orders that shop staff have changed meanwhile.

        An order that can't be read again counts as changed.

        Raises:
            NotExercised: there were findings, and none is left.
            TruthUnavailable: there were findings, and none is left, because no order can be read again.
        """
        found = list(findings)
        if self.embedded or not self.survey.has_truth:
            return found  # nobody else changes an embedded store; without truth, a change can't be seen
        changed: set[str] = set()
        unread: dict[str, TruthUnavailable] = {}
        for number in list(dict.fromkeys(finding.order for finding in found if finding.order))[:MAX_REREAD_ORDERS]:
            try:
                if self.survey.stability.has_changed(number):
                    changed.add(number)
            except TruthUnavailable as error:
                unread[number] = error
        left = [finding for finding in found if finding.order not in changed | unread.keys()]
        if changed and not left:
            raise changed_by_others(changed)
        if unread and not left:
            raise next(iter(unread.values()))
        return left

    def with_shared(
        self, requirement: str, findings: Sequence[Finding], evidence: object
    ) -> tuple[Sequence[Finding], tuple[SharedProperty, ...]]:
        """Return the findings with what their orders have in common, as far as the store's own record tells it."""
        if len(findings) < MIN_FAILING or not self.explains_findings or not self.survey.has_truth:
            return findings, ()
        try:
            return explain(requirement, findings, judged_orders(self.survey, evidence), self.survey.facts)
        except ConformanceError:
            return findings, ()
        except Exception as error:  # the verdict doesn't depend on it
            self.notices.append(
                f"what the orders of {requirement} have in common is not known, by an error of the suite: "
                f"{type(error).__name__}: {error}"
            )
            return findings, ()

    @property
    def busy_s(self) -> float:
        """Seconds spent in exchanges."""
        return self.session.busy_s

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange so far."""
        return self.session.exchanges

    @property
    def all_notices(self) -> tuple[str, ...]:
        """Every notice for the report."""
        final: list[str] = []
        if not self.unreachable:
            with contextlib.suppress(Inconclusive):
                final += self.survey.truth_notices
            with contextlib.suppress(Inconclusive, TruthUnavailable):
                final += self._notices_on_orders_left()
        return (*self.notices, *final, *self.survey.notices, *self.session.notices)

    @property
    def advice_to_tidy(self) -> str:
        """The end of a sentence about orders that runs left; empty if no command can delete them."""
        return f". When no run is going on, delete them with '{self.tidy_command}'" if self.tidy_command else ""

    def _notices_on_orders_left(self) -> Iterator[str]:
        """Yield notices on orders that this run or another one may have left, with the command that deletes them."""
        if self.embedded:
            return
        if lost := self.survey.orders_without_number:
            yield (
                f"the store gave no usable reply to {lost} of the suite's requests to make an order, so it may have "
                f"orders that the suite could not delete{self.advice_to_tidy}"
            )
        if not (numbers := self.survey.orders_of_other_runs):
            return
        yield (
            f"the store has orders that another run of the suite made ({listed(numbers)}). They were not compared with "
            f"the store's records{self.advice_to_tidy}"
        )

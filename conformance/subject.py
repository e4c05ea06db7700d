"""A subject: one endpoint of one version that a run judges, with all that was learnt of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from conformance.conversation import Conversation
from conformance.exchange import Exchange
from conformance.survey import Survey


@dataclass
class Subject:
    """One endpoint and version. ``gone`` says why it can't be judged any further."""

    version: str
    survey: Survey
    transport: Conversation
    may_send_hostile: bool = True
    embedded: bool = False
    gone: str = ""
    notices: list[str] = field(default_factory=list)

    def lacks(self, needs: frozenset[str]) -> str:
        """Why what a scenario needs isn't to be had here; empty if it is."""
        survey = self.survey
        if self.gone:
            return self.gone
        if needs & {"truth", "write", "notify"} and not survey.knows_truth:
            return "what the store holds isn't known: run with --control URL"
        if needs & {"write", "notify"} and not survey.may_write:
            return "the store may not be changed: run with --allow-writes"
        if "hostile" in needs and not self.may_send_hostile:
            return "hostile input may not be sent: run with --allow-hostile or --allow-writes"
        return ""

    @property
    def exchanges(self) -> list[Exchange]:
        """Every exchange so far."""
        return self.transport.exchanges

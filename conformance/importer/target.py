"""The importer as a target of the suite: the occasions that were run, and all requests that it made."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from conformance.client.exchange import Exchange
from conformance.client.session import EventLoop
from conformance.core.errors import Deviation, NotExercised
from conformance.core.finding import Finding, SharedProperty
from conformance.core.masking import NO_SECRETS, Secrets
from conformance.importer.evidence import (
    BookedNotification,
    Evidence,
    ImportEvidence,
    ImportsByStore,
    Notifications,
    Visits,
)
from conformance.importer.harness import ImporterRun, RequestRefused
from conformance.importer.occasions import notifications, requests
from conformance.importer.program import CallFailed, ImporterError, ImporterProgram, run_together
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import ImporterAccess, hide_password

AnyOf = TypeVar("AnyOf", bound=Evidence)
AnyEvidence = Evidence | ImportsByStore | Notifications | BookedNotification | Visits
Occasion = Callable[..., Coroutine[Any, Any, AnyEvidence]]
"""A function of an :class:`ImporterRun`, and of the word that varies in its When sentence if there is one."""


@dataclass(frozen=True)
class OccasionCall:
    """The occasion of a When sentence, with the word that varies in the sentence."""

    occasion: Occasion
    example: str | None = None

    def start(self, run: ImporterRun) -> Coroutine[Any, Any, AnyEvidence]:
        """Return the occasion, ready to run."""
        return self.occasion(run) if self.example is None else self.occasion(run, self.example)


REFERENCE = OccasionCall(requests.import_plain_orders)
"""An import in which nothing is special. An importer that fails in it can't be judged at all."""
SHIP_REFERENCE = OccasionCall(notifications.notify)
"""A notification in which nothing is special."""


class OccasionRunner:
    """Runs each occasion once, however many scenarios judge its evidence."""

    def __init__(self, run: ImporterRun, loop: EventLoop) -> None:
        self._run, self._loop = run, loop
        self._results: dict[OccasionCall, AnyEvidence | Exception] = {}
        self._exchanges: list[Exchange] = []
        self._recorded = 0

    @property
    def exchanges(self) -> list[Exchange]:
        """Return the requests to all stores that have closed, in the order in which the stores closed."""
        for visit in self._run.visits[self._recorded :]:
            self._exchanges += [exchange_of(each, visit.access, visit.offset + each.number) for each in visit.logged]
            self._recorded += 1
        return self._exchanges

    def prepare(self, calls: Iterable[OccasionCall], done: Callable[[OccasionCall], None] = lambda call: None) -> None:
        """Run all these occasions at the same time. ``done`` gets each when it has ended."""

        async def run(call: OccasionCall) -> AnyEvidence:
            try:
                return await call.start(self._run)
            finally:
                done(call)

        new = [call for call in dict.fromkeys(calls) if call not in self._results]
        if new and (hopeless := self._hopeless()) is not None:
            self._results |= dict.fromkeys(new, hopeless)
            return
        results = self._loop.run(run_together(run(call) for call in new))
        for call, result in zip(new, results, strict=True):
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            self._results[call] = result if isinstance(result, Exception) else self._placed(result)

    def _hopeless(self) -> ImporterError | None:
        """Return the error of the plainest import, if it shows that no call can be judged. It is made only once.

        A service is waited for in each occasion: it may appear later.
        """
        if not isinstance(self._run.importer, ImporterProgram):
            return None
        if REFERENCE not in self._results:
            (result,) = self._loop.run(run_together([REFERENCE.start(self._run)]))
            if isinstance(result, BaseException) and not isinstance(result, Exception):
                raise result
            self._results[REFERENCE] = result if isinstance(result, Exception) else self._placed(result)
        found = self._results[REFERENCE]
        return found if isinstance(found, ImporterError) else None

    def evidence_of(self, call: OccasionCall, *, failure_deviates: bool = True) -> AnyEvidence:
        """Return the evidence of an occasion; run the occasion if that is not done yet. Raise its error each time.

        Raises:
            Deviation: the importer failed here, but works where nothing is special.
            NotExercised: the same, and ``failure_deviates`` is false.
        """
        result = self._result(call)
        if not isinstance(result, Exception):
            return result
        if isinstance(result, CallFailed | RequestRefused) and self._works_otherwise(call):
            if not failure_deviates:
                raise NotExercised(f"the importer failed here: {result}")
            raise Deviation(
                Finding(
                    message="The importer failed, although the store worked.",
                    expected="it succeeds, as with three plain orders",
                    actual=str(result),
                )
            )
        raise result

    def _result(self, call: OccasionCall) -> AnyEvidence | Exception:
        if call not in self._results:
            self.prepare([call])
        return self._results[call]

    def _works_otherwise(self, call: OccasionCall) -> bool:
        """True if the same command works where nothing is special."""
        notifies = call.occasion.__module__ == notifications.__name__
        usual = SHIP_REFERENCE if notifies else REFERENCE
        if call == usual:
            return False
        result = self._result(usual)
        return not isinstance(result, Exception) and not (isinstance(result, ImportEvidence) and result.failed)

    def _placed(self, evidence: AnyEvidence) -> AnyEvidence:
        """Return the evidence with the numbers that its requests have in the whole run."""
        match evidence:
            case Evidence():
                return self._with_offset(evidence)
            case ImportsByStore():
                return replace(
                    evidence,
                    plain=self._import_with_offset(evidence.plain),
                    others={name: self._import_with_offset(each) for name, each in evidence.others.items()},
                )
            case Notifications():
                return replace(evidence, parcels=tuple(map(self._with_offset, evidence.parcels)))
            case BookedNotification():
                return replace(evidence, notification=self._with_offset(evidence.notification))
            case Visits():
                return evidence

    def _import_with_offset(self, evidence: ImportEvidence | BaseException) -> ImportEvidence | BaseException:
        return evidence if isinstance(evidence, BaseException) else self._with_offset(evidence)

    def _with_offset(self, evidence: AnyOf) -> AnyOf:
        visit = next(each for each in self._run.visits if each.store_number == evidence.store_number)
        return replace(evidence, offset=visit.offset)


def exchange_of(request: LoggedRequest, access: ImporterAccess, number: int) -> Exchange:
    """Return a logged request as an exchange for the report, without the password."""
    entry = request.entry
    origin = access.url.partition("/?")[0]
    return Exchange(
        number=number,
        method=entry.method,
        url=origin + hide_password(entry.target, access),
        request_headers=tuple((name, hide_password(value, access)) for name, value in entry.headers.items()),
        request_body=entry.body.encode(),
        status=entry.status,
        reason="",
        reply_headers=(),
        reply_body=entry.reply.encode(),
        duration_ms=0.0,
        error=f"fault: {entry.fault}" if entry.fault else None,
    )


@dataclass
class ImporterTarget:
    """An importer, run against the stores of one version. ``name`` is that version."""

    name: str
    survey: OccasionRunner
    has_ship_command: bool
    has_import_command: bool = True
    reports_imports: bool = True
    embedded: bool = True
    fault: str = ""
    """Error of the suite that kept the importer from being judged."""
    notices: list[str] = field(default_factory=list)
    secrets: Secrets = NO_SECRETS
    """What is replaced in everything that leaves the suite: outcomes, notices, exchanges, events."""

    def skip_reason(self, requirement: str, needs: frozenset[str]) -> str:
        """Return why a scenario with these needs can't run; empty if it can."""
        if "notify" in needs and not self.has_ship_command:
            return "the importer has no command that notifies of shipments: run with --ship-command"
        if "command" in needs and not self.has_import_command:
            return "a service can't be told to do this: run with --import-command"
        if "truth" in needs and not self.reports_imports:
            return "the suite can't know which orders were imported: run with --results-url"
        return ""

    @property
    def unjudged_part(self) -> str:
        """Return "": every order of the mock stores can be judged."""
        return ""

    def confirmed(self, findings: Iterable[Finding]) -> list[Finding]:
        """Return all findings: nobody else changes the mock stores."""
        return list(findings)

    def with_shared(
        self, requirement: str, findings: Sequence[Finding], evidence: object
    ) -> tuple[Sequence[Finding], tuple[SharedProperty, ...]]:
        """Return the findings alone: the orders of several stores are judged together."""
        return findings, ()

    @property
    def busy_s(self) -> float:
        """Return 0: the suite makes no requests here."""
        return 0.0

    @property
    def exchanges(self) -> list[Exchange]:
        """Return all requests so far."""
        return self.survey.exchanges

    @property
    def all_notices(self) -> tuple[str, ...]:
        """Return the notices for the report."""
        return tuple(self.notices)

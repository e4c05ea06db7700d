"""The importer as a party to the suite: what was done with it, each occasion once, and what it asked."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from conformance.client.exchange import Exchange
from conformance.client.session import EventLoop
from conformance.core.finding import Finding
from conformance.importer.evidence import OccasionEvidence, Read
from conformance.importer.importer_run import ImporterRun
from conformance.importer.program import together
from mockstore.traffic.requests import LoggedRequest
from mockstore.traffic.rules import ImporterAccess, hide_password


class Occasions:
    """What was done with an importer: each occasion is brought about once, however many scenarios judge it."""

    def __init__(self, scene: ImporterRun, loop: EventLoop) -> None:
        self._scene, self._loop = scene, loop
        self._known: dict[tuple[object, ...], Any] = {}
        self.exchanges: list[Exchange] = []

    def prepare(self, wanted: Iterable[tuple[Any, ...]]) -> None:
        """Bring all of these about at the same time."""
        new = [key for key in dict.fromkeys(wanted) if key not in self._known]
        came = self._loop.run(together([work(self._scene, *how) for work, *how in new]))
        for key, found in zip(new, came, strict=True):
            if isinstance(found, BaseException) and not isinstance(found, Exception):
                raise found
            self._known[key] = found if isinstance(found, Exception) else self._taken_down(found)

    def of(self, work: Callable[..., Coroutine[Any, Any, Any]], *how: object) -> Any:
        """The evidence of an occasion; what went wrong then goes wrong again."""
        key = (work, *how)
        if key not in self._known:
            try:
                self._known[key] = self._taken_down(self._loop.run(work(self._scene, *how)))
            except Exception as error:  # kept for whoever asks again
                self._known[key] = error
        found = self._known[key]
        if isinstance(found, Exception):
            raise found
        return found

    def _taken_down(self, found: OccasionEvidence | Read) -> OccasionEvidence | Read:
        if isinstance(found, OccasionEvidence):
            return self._numbered(found)
        return {
            name: self._numbered(each) if isinstance(each, OccasionEvidence) else each for name, each in found.items()
        }

    def _numbered(self, found: OccasionEvidence) -> OccasionEvidence:
        offset = len(self.exchanges)
        first = min((each.number for each in found.requests), default=1) - 1
        for place, each in enumerate(found.requests, start=offset + 1):
            self.exchanges.append(exchange(each, found.given, place))
        return replace(found, offset=offset - first)


def exchange(each: LoggedRequest, given: ImporterAccess, number: int) -> Exchange:
    """A request of the journal, as a report shows it; without the password, wherever it stood."""
    entry = each.entry
    origin = given.url.partition("/?")[0]
    return Exchange(
        number=number,
        method=entry.method,
        url=origin + hide_password(entry.target, given),
        request_headers=tuple((name, hide_password(value, given)) for name, value in entry.headers.items()),
        request_body=entry.body.encode(),
        status=entry.status,
        reason="",
        reply_headers=(),
        body=entry.reply.encode(),
        duration_ms=0.0,
        error=f"fault: {entry.fault}" if entry.fault else None,
    )


@dataclass
class Importer:
    """An importer before the stores of one version."""

    version: str
    survey: Occasions
    ships: bool
    calls: bool = True
    tells: bool = True
    embedded: bool = True
    notices: list[str] = field(default_factory=list)

    def lacks(self, requirement: str, needs: frozenset[str]) -> str:
        """Why what a scenario needs isn't to be had; empty if it is."""
        if "notify" in needs and not self.ships:
            return "no shipments are told of: run with --ship-command"
        if "command" in needs and not self.calls:
            return "a service can't be told to do this: run with --import-command"
        if "truth" in needs and not self.tells:
            return "what was imported isn't known: run with --results-url"
        return ""

    def standing(self, findings: Iterable[Finding]) -> list[Finding]:
        """All of them: nobody else has a hand in the stores that it pulls from."""
        return list(findings)

    @property
    def asking_s(self) -> float:
        """Seconds in which something was asked: not measured, for the importer asks."""
        return 0.0

    @property
    def exchanges(self) -> list[Exchange]:
        """Every request so far."""
        return self.survey.exchanges

    @property
    def remarks(self) -> tuple[str, ...]:
        """What is to be said of it, beside the verdicts."""
        return tuple(self.notices)

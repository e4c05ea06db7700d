"""The importer as a program: called with a command line, listened to, and never left running."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from conformance.core.errors import TargetError
from conformance.importer.command import Template
from conformance.importer.mapping import Mapping
from conformance.importer.process import MARK, Ended, NotStarted, run
from conformance.importer.result import RESULT_LIMIT, BadResult, ImportedOrder, ImportResult, parsed, read_result
from conformance.importer.stores import RunningStore
from mockstore.orders.model import Shipment
from mockstore.shop.facts import StoreFacts
from mockstore.traffic.requests import LoggedRequest

ZONE = "America/New_York"
"""The importer's own time zone, unless a scenario is about it: not UTC, and not the store's."""

SHOWN_LIMIT = 300
"""Characters of what an importer printed that a report shows: the end, where the cause stands; no view cuts that."""


PARTS = ("tracking_number", "carrier", "service", "cost", "notes", "items", "order_number")
"""What an importer may be told of a shipment."""


class ImporterError(TargetError):
    """The importer did not do what it was called for; the sentence says how, and what it said last."""


@dataclass(frozen=True)
class Pull:
    """One pull: what was to be imported, what came of it, and what the store was asked meanwhile."""

    start: datetime
    end: datetime
    result: ImportResult | None
    requests: tuple[LoggedRequest, ...]
    ended: Ended
    cut_short: bool = False

    @property
    def failed(self) -> bool:
        """Whether the importer says that it failed."""
        return self.ended.status != 0 or bool(self.result and self.result.problem)

    @property
    def orders(self) -> tuple[ImportedOrder, ...]:
        """What it says it imported."""
        return self.result.orders if self.result else ()

    @property
    def said(self) -> str:
        """All that it said, besides the orders."""
        problem = self.result.problem if self.result else ""
        return "\n".join(filter(None, (problem, self.ended.error, "" if self.result else self.ended.said)))


@dataclass(frozen=True)
class ShipCall:
    """One call to tell of a shipment."""

    requests: tuple[LoggedRequest, ...]
    ended: Ended


@dataclass
class Memory:
    """What stays from call to call: a folder of the importer's own, and a place for files."""

    folder: Path
    calls: int = 0
    state: Path = field(init=False)

    def __post_init__(self) -> None:
        self.state = self.folder / "state"
        self.state.mkdir(parents=True)

    def file(self, name: str) -> Path:
        """A new file's path."""
        self.calls += 1
        return self.folder / f"{self.calls}-{name}"


@dataclass(frozen=True)
class Program:
    """An importer that is called for each pull and each shipment."""

    importing: Template | None
    shipping: Template | None
    password_variable: str
    mapping: Mapping | None
    mark: str
    limit_s: float = 30.0
    room: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """How many calls there are at the same time."""

    @property
    def bounded(self) -> bool:
        """Whether it is told which window to import."""
        return self.importing is not None and self.importing.names("start", "end")

    @property
    def offered(self) -> frozenset[str]:
        """What it is told of a shipment."""
        told = self.shipping
        return frozenset(part for part in PARTS if told is not None and told.names(part, "shipment"))

    async def pull(
        self,
        stand: RunningStore,
        start: datetime,
        end: datetime,
        memory: Memory,
        *,
        zone: str = ZONE,
        password: str | None = None,
        timeout_s: float = 10.0,
        enough: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> Pull:
        """Have it import what was modified from ``start`` to ``end``.

        Raises:
            ImporterFault: where it can't be called, doesn't end, or says success and leaves no result.
        """
        assert self.importing is not None
        before = stand.latest
        left, statuses = memory.file("result.json"), memory.file("statuses.json")
        statuses.write_text(json.dumps(meanings_of(stand.facts)), encoding="utf-8")
        words = self.importing.filled(
            {
                "url": stand.given.url,
                "username": stand.given.username,
                "start": rfc3339(start),
                "end": rfc3339(end),
                "result": str(left),
                "state": str(memory.state),
                "statuses": str(statuses),
                "timeout": f"{timeout_s:g}",
            }
        )
        ended = await self._run(words, stand, zone, password, enough)
        cut_short = ended.status is None and enough is not None
        if ended.status is None and not cut_short:
            raise ImporterError(f"the import command didn't end within {self.limit_s:g} s, and was ended{last(ended)}")
        requests = tuple(each for each in stand.asked if each.number > before)
        try:
            result = self._result(left if self.importing.names("result") else None, ended)
        except BadResult as bad:
            if ended.status == 0:
                raise ImporterError(f"the import command says success, but {bad}{last(ended)}") from None
            result = None
        return Pull(start, end, result, requests, ended, cut_short)

    async def ship(
        self, stand: RunningStore, number: str, shipment: Shipment, memory: Memory, *, timeout_s: float = 10.0
    ) -> ShipCall:
        """Have it tell the store of a shipment.

        Raises:
            ImporterFault: where it can't be called, or doesn't end.
        """
        assert self.shipping is not None
        before = stand.latest
        items, whole = memory.file("items.json"), memory.file("shipment.json")
        items.write_bytes(msgspec.json.encode(shipment.items))
        values = {
            "url": stand.given.url,
            "username": stand.given.username,
            "order_number": number,
            "order_id": stand.orders[number].order_id,
            "tracking_number": shipment.tracking_number,
            "carrier": shipment.carrier,
            "service": shipment.service,
            "cost": "" if shipment.cost is None else str(shipment.cost),
            "notes": shipment.notes,
            "ship_date": shipment.shipped_on.isoformat() if shipment.shipped_on else "",
            "items": str(items),
            "shipment": str(whole),
            "state": str(memory.state),
            "timeout": f"{timeout_s:g}",
        }
        about = {"order_number": number, "order_id": values["order_id"]}
        whole.write_bytes(msgspec.json.encode({**about, **msgspec.to_builtins(shipment)}))
        ended = await self._run(self.shipping.filled(values), stand, ZONE, None, None)
        if ended.status is None:
            raise ImporterError(f"the ship command didn't end within {self.limit_s:g} s, and was ended{last(ended)}")
        return ShipCall(tuple(each for each in stand.asked if each.number > before), ended)

    async def _run(
        self,
        words: tuple[str, ...],
        stand: RunningStore,
        zone: str,
        password: str | None,
        enough: Callable[[], Coroutine[Any, Any, None]] | None,
    ) -> Ended:
        environment = {
            **os.environ,
            self.password_variable: stand.given.password if password is None else password,
            "TZ": zone,
            "NO_PROXY": "127.0.0.1,localhost",
            "no_proxy": "127.0.0.1,localhost",
            MARK: self.mark,
        }
        try:
            async with self.room:
                return await run(words, environment, self.limit_s, enough)
        except NotStarted as why:
            raise ImporterError(str(why)) from None

    def _result(self, left: Path | None, ended: Ended) -> ImportResult:
        if left is not None:
            try:
                with left.open("rb") as file:
                    data = file.read(RESULT_LIMIT + 1)
            except OSError:
                raise BadResult("it left no result in {result}") from None
        elif ended.overflow:
            raise BadResult("it printed more than a result may have")
        else:
            data = ended.output
        content = parsed(data)
        try:
            return read_result(self.mapping.applied(content) if self.mapping else content)
        except RecursionError:
            raise BadResult("the result is nested too deep") from None


def meanings_of(facts: StoreFacts) -> dict[str, str]:
    """A store's statuses and what they mean: those that mean something."""
    return {status.name: status.maps_to for status in facts.statuses if status.maps_to}


def last(ended: Ended) -> str:
    """What it said last, behind a sentence."""
    said = end_of(ended.said)
    return f"; it said last: {said}" if said else "; it said nothing"


def end_of(said: str) -> str:
    """The end of what it said, from the beginning of a line if there is one."""
    said = said.strip()
    if len(said) <= SHOWN_LIMIT:
        return said
    cut = said[-SHOWN_LIMIT:]
    _, broken, whole = cut.partition("\n")
    return f"… {whole if broken else cut}"


def how_ended(ended: Ended) -> str:
    """How a command ended that failed."""
    if ended.status is not None and ended.status < 0:
        number = -ended.status
        name = signal.Signals(number).name if number in set(signal.Signals) else str(number)
        return f"was ended by signal {name}"
    return f"ended with status {ended.status}" if ended.status else "reports a problem"


def rfc3339(moment: datetime) -> str:
    """A moment as the placeholders have it."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def refused_often(stand: RunningStore, most: int) -> None:
    """Come back when the store has refused that many requests."""
    while sum(each.refused for each in stand.asked) < most:
        await stand.arrival()


async def together(work: list[Coroutine[Any, Any, Any]]) -> list[Any]:
    """Do all of this; what fails is among the results."""
    return await asyncio.gather(*work, return_exceptions=True)

"""The importer as a service that comes by itself: waited for, never called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp

from conformance.importer.mapping import Mapping
from conformance.importer.process import Ended
from conformance.importer.program import ImporterFault, Memory, Program, Pull, Told
from conformance.importer.result import RESULT_LIMIT, BadResult, Result, parsed, read_result
from conformance.importer.stores import Stand
from mockstore.control.asked import Asked, Poll, polls
from mockstore.orders.model import Shipment

SETTLED = Ended(0, b"", "", 0.0)
READ_S = 10.0
"""Seconds for the results to be read in."""

AGAIN_S = 0.5
"""Seconds after which results are read again that don't yet have what was exported."""


@dataclass
class Attached:
    """An importer that polls a store at a fixed URL; ``results`` is where it tells what it imported."""

    results: str
    mapping: Mapping | None
    teller: Program | None
    limit_s: float = 300.0
    absent: str = field(default="", init=False)
    _known: set[str] = field(default_factory=set, init=False)
    """The orders that it was seen to have."""

    @property
    def bounded(self) -> bool:
        """Nobody tells it which window to import."""
        return False

    @property
    def offered(self) -> frozenset[str]:
        """What it is told of shipments, by a command beside it."""
        return self.teller.offered if self.teller else frozenset()

    async def pull(
        self,
        stand: Stand,
        start: datetime,
        end: datetime,
        memory: Memory,
        *,
        zone: str = "",
        password: str | None = None,
        timeout_s: float = 0.0,
        enough: Callable[[], Coroutine[Any, Any, None]] | None = None,
    ) -> Pull:
        """Wait until it has asked for all that the store holds now; what it imported is read then.

        Raises:
            ImporterFault: where it doesn't come, or its results can't be read.
        """
        if self.absent:
            raise ImporterFault(self.absent)
        before = stand.latest
        try:
            poll = await asyncio.wait_for(self._whole(stand, before), self.limit_s)
        except TimeoutError:
            raise ImporterFault(self._missed(stand, before)) from None
        result = await self._imported(stand, poll) if self.results else None
        requests = tuple(each for each in stand.asked if each.number > before)
        return Pull(poll.start, poll.end, result, requests, SETTLED)

    def _missed(self, stand: Stand, before: int) -> str:
        came = [each for each in stand.asked if each.number > before]
        if not came:
            self.absent = f"nobody came to {stand.given.url} within {self.limit_s:g} s"
            return self.absent
        return (
            f"within {self.limit_s:g} s the importer made {len(came)} requests, and none of its polls was answered "
            f"whole for the present; the last was {came[-1].shown}, answered with status {came[-1].entry.status}"
        )

    async def _whole(self, stand: Stand, before: int) -> Poll:
        while True:
            since = [each for each in stand.asked if each.number > before]
            for poll in polls(since):
                if poll.end >= stand.now and poll.whole:
                    return poll
            await stand.arrival()

    async def _imported(self, stand: Stand, poll: Poll) -> Result:
        """What it says it imported: when everything is there, or else when it has begun to poll again."""
        last = poll.requests[-1].number
        wanted = {number for number, order in stand.orders.items() if order.customer.shipping is not None}
        new = wanted - self._known
        while True:
            again = _begun(stand.asked, last)
            result = await self._read()
            came = {order.number for order in result.orders}
            # a problem, or nothing new to wait for, may be of the poll before
            if again or (new and not result.problem and wanted <= came):
                self._known |= wanted & came
                return result
            try:
                await asyncio.wait_for(stand.arrival(), AGAIN_S)
            except TimeoutError:
                continue

    async def _read(self) -> Result:
        try:
            limit = aiohttp.ClientTimeout(total=READ_S)
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(self.results) as reply:
                data = await reply.content.read(RESULT_LIMIT + 1)
                while len(data) <= RESULT_LIMIT and (part := await reply.content.read(1 << 18)):
                    data += part
                if reply.status != 200:
                    raise ImporterFault(f"the results at {self.results} are answered with status {reply.status}")
            content = parsed(data)
            return read_result(self.mapping.applied(content) if self.mapping else content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ImporterFault(f"the results at {self.results} can't be read: {error}") from None
        except BadResult as bad:
            raise ImporterFault(f"at {self.results}: {bad}") from None

    async def ship(
        self, stand: Stand, number: str, shipment: Shipment, memory: Memory, *, timeout_s: float = 10.0
    ) -> Told:
        """Have the command beside it tell of a shipment."""
        assert self.teller is not None
        return await self.teller.ship(stand, number, shipment, memory, timeout_s=timeout_s)


def _begun(requests: tuple[Asked, ...], last: int) -> bool:
    """Whether another poll has begun since."""
    return any(each.number > last and each.action == "export" for each in requests)

"""The importer as a service that comes by itself: waited for, never called."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count, takewhile
from typing import Any, TypeVar

import aiohttp

from conformance.core.events import Waits, Watch, ignore_event
from conformance.importer.mapping import Mapping
from conformance.importer.process import Ended
from conformance.importer.program import ImporterError, Memory, Program, Pull, ShipCall, refused_often
from conformance.importer.result import RESULT_LIMIT, BadResult, ImportResult, parsed, read_result
from conformance.importer.stores import RunningStore
from mockstore.orders.model import Shipment
from mockstore.traffic.requests import LoggedRequest, Poll, polls

Awaited = TypeVar("Awaited")

SETTLED = Ended(0, b"", "", 0.0)
READ_S = 10.0
"""Seconds for the results to be read in."""

AGAIN_S = 0.5
"""Seconds after which results are read again that don't yet have what was exported."""

SAID_S = (5.0, 15.0, 30.0)
"""Seconds after which it is said that the importer is waited for; then again after each last of these."""

POLLS = 3
"""Polls after which a page that nobody asks for won't be asked for, and a problem that is still told is one."""

MISSES = 3
"""Stores to which nobody came as was needed, after which nobody is waited for any more."""


@dataclass
class Attached:
    """An importer that polls a store at a fixed URL; ``results`` is where it tells what it imported."""

    results: str
    mapping: Mapping | None
    teller: Program | None
    limit_s: float = 300.0
    watch: Watch = ignore_event
    absent: str = field(default="", init=False)
    """Why it isn't waited for any more."""
    _misses: int = field(default=0, init=False)
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
        stand: RunningStore,
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
            raise ImporterError(self.absent)
        before = stand.latest
        poll = await self._waited(self._settled(stand, before), lambda: came_so_far(stand, before))
        result = None
        if self.results:
            late = f"the results at {self.results} don't have the orders that were exported, and no new poll came"
            result = await self._waited(self._imported(stand, poll), lambda: late)
        requests = tuple(each for each in stand.asked_for_good if each.number > before)
        return Pull(poll.start, poll.end, result, requests, SETTLED)

    async def refusal(self, stand: RunningStore) -> None:
        """Wait until the store has refused it.

        Raises:
            ImporterFault: where it doesn't come.
        """
        if self.absent:
            raise ImporterError(self.absent)
        await self._waited(refused_often(stand, 1), lambda: came_so_far(stand, 0))

    async def _waited(self, work: Coroutine[Any, Any, Awaited], so_far: Callable[[], str]) -> Awaited:
        """What comes of it within the limit; now and then it is said what is waited for.

        Raises:
            ImporterFault: where the limit is over.
        """
        task = asyncio.ensure_future(work)
        waited = 0.0
        try:
            for until in _moments(self.limit_s):
                done, _ = await asyncio.wait([task], timeout=until - waited)
                if done:
                    return task.result()
                waited = until
                if waited < self.limit_s:
                    self.watch(Waits(f"after {waited:.0f} s {so_far()}", waited, self.limit_s))
        finally:
            task.cancel()
        self._misses += 1
        missed = f"within {self.limit_s:g} s {so_far()}"
        if self._misses >= MISSES or so_far().startswith(NOBODY):
            self.absent = missed
        raise ImporterError(missed)

    async def _settled(self, stand: RunningStore, before: int) -> Poll:
        """A poll of the present that is over: every page came, or those that it leaves out won't be asked for."""
        while True:
            since = [each for each in stand.asked if each.number > before]
            for poll in polls(since):
                begun = sum(each.page == 1 for each in poll.requests)
                if poll.end >= stand.now and (poll.whole or (begun >= POLLS and not poll.failing)):
                    return poll
            await stand.arrival()

    async def _imported(self, stand: RunningStore, poll: Poll) -> ImportResult:
        """What it says it imported: when everything is there, or else when it has begun to poll again."""
        last = poll.requests[-1].number
        wanted = {number for number, order in stand.orders.items() if order.customer.shipping is not None}
        new = wanted - self._known
        while True:
            begun = _begun(stand.asked, last)
            result = await self._read()
            came = {order.number for order in result.orders}
            # who waits too short a time for one reply has the next; who can't read it says so again
            done = begun >= (POLLS if result.problem else 1)
            # a problem, or nothing new to wait for, may be of the poll before
            if done or (new and not result.problem and wanted <= came):
                self._known |= wanted & came
                return result
            try:
                await asyncio.wait_for(stand.arrival(), AGAIN_S)
            except TimeoutError:
                continue

    async def _read(self) -> ImportResult:
        try:
            limit = aiohttp.ClientTimeout(total=READ_S)
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(self.results) as reply:
                data = await reply.content.read(RESULT_LIMIT + 1)
                while len(data) <= RESULT_LIMIT and (part := await reply.content.read(1 << 18)):
                    data += part
                if reply.status != 200:
                    raise ImporterError(f"the results at {self.results} are answered with status {reply.status}")
            content = parsed(data)
            return read_result(self.mapping.applied(content) if self.mapping else content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ImporterError(f"the results at {self.results} can't be read: {error}") from None
        except BadResult as bad:
            raise ImporterError(f"at {self.results}: {bad}") from None

    async def ship(
        self, stand: RunningStore, number: str, shipment: Shipment, memory: Memory, *, timeout_s: float = 10.0
    ) -> ShipCall:
        """Have the command beside it tell of a shipment."""
        assert self.teller is not None
        return await self.teller.ship(stand, number, shipment, memory, timeout_s=timeout_s)


NOBODY = "nobody came to"


def came_so_far(stand: RunningStore, before: int) -> str:
    """What came to a store since, for whoever wonders why nothing goes on."""
    came = [each for each in stand.asked if each.number > before]
    if not came:
        return f"{NOBODY} {stand.given.url}, user name {stand.given.username}"
    last = came[-1]
    many = f"{len(came)} request{'s' if len(came) > 1 else ''}"
    if last.refused:
        return f"the importer made {many}, and its user name or password were refused (status {last.entry.status})"
    return (
        f"the importer made {many}, and none of its polls was answered whole for the present; the last was "
        f"{last.shown}, answered with status {last.entry.status}"
    )


def _moments(limit_s: float) -> Iterator[float]:
    """When to say that something is waited for; the last is the limit."""
    moments = chain(SAID_S, count(2 * SAID_S[-1], SAID_S[-1]))
    yield from takewhile(lambda moment: moment < limit_s, moments)
    yield limit_s


def _begun(requests: tuple[LoggedRequest, ...], last: int) -> int:
    """How many polls have begun since."""
    return sum(each.number > last and each.action == "export" and each.page == 1 for each in requests)

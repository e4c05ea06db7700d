"""The importer as a service: it polls a store by itself. The suite waits for it and never calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain, count, takewhile
from typing import Any, TypeVar

import aiohttp

from conformance.core.events import EventHandler, StillWaiting, ignore_event
from conformance.importer.mapping import FieldMapping
from conformance.importer.process import ProcessResult
from conformance.importer.program import (
    DEFAULT_ZONE,
    REPLY_TIMEOUT_S,
    ImporterError,
    ImporterProgram,
    Pull,
    ShipCall,
    StateFolder,
    wait_for_refusals,
)
from conformance.importer.result import MAX_RESULT_BYTES, BadResult, ImportResult, parse_json, read_result
from conformance.importer.stores import RunningStore
from mockstore.orders.model import Shipment
from mockstore.traffic.requests import LoggedRequest, Poll, polls

Awaited = TypeVar("Awaited")

SUCCEEDED = ProcessResult(0, b"", "")
"""Stands for the process of a pull: a service has no exit status."""

RESULTS_TIMEOUT_S = 10.0

RESULTS_INTERVAL_S = 0.5
"""Pause before the results are read again, if exported orders are still missing from them."""

REMINDERS_S = (5.0, 15.0, 30.0)
"""Report "still waiting" after these times, then again at intervals of the last one."""

FURTHER_POLLS = 3
"""After this many further polls, a page still not requested counts as skipped, and a problem still reported as real."""

MAX_MISSED_STORES = 3
"""Give up waiting after the importer failed to import from this many stores."""


@dataclass
class ImporterService:
    """An importer that polls a store at a fixed URL. At ``results_url`` it reports what it imported."""

    results_url: str
    mapping: FieldMapping | None
    shipper: ImporterProgram | None
    """The program with the ship command, if there is one."""
    limit_s: float = 300.0
    watch: EventHandler = ignore_event
    absent: str = field(default="", init=False)
    """Reason why the suite no longer waits for the importer; empty while it waits."""
    _missed_stores: int = field(default=0, init=False)
    _imported_orders: set[str] = field(default_factory=set, init=False)
    """Numbers of the orders that were seen in its results."""

    @property
    def takes_window(self) -> bool:
        """False: a service chooses its windows."""
        return False

    @property
    def takes_timeout(self) -> bool:
        """False: a service chooses how long it waits."""
        return False

    @property
    def shipment_fields(self) -> frozenset[str]:
        """Return the shipment fields for which the ship command has placeholders."""
        return self.shipper.shipment_fields if self.shipper else frozenset()

    async def pull(
        self,
        store: RunningStore,
        start: datetime,
        end: datetime,
        state: StateFolder,
        *,
        zone: str = "",
        password: str | None = None,
        timeout_s: float = 0.0,
        until: Callable[[], Awaitable[None]] | None = None,
    ) -> Pull:
        """Wait until the service has requested all that the store holds now, and read its results.

        A service ignores all parameters except ``store``: the others apply to a program only.

        Raises:
            ImporterError: if the service does not poll, or its results can't be read.
        """
        self._require_present()
        before = store.last_request
        poll = await self._wait(self._settled_poll(store, before), store, before, "")
        result = None
        if self.results_url:
            late = f"the results at {self.results_url} lack exported orders, and no further poll came"
            result = await self._wait(self._results(store, poll), store, before, late)
        requests = tuple(each for each in store.settled_requests if each.number > before)
        return Pull(poll.start, poll.end, result, requests, SUCCEEDED)

    async def wait_for_refusal(self, store: RunningStore) -> None:
        """Wait until the store has refused a request of the service.

        Raises:
            ImporterError: if no request comes.
        """
        self._require_present()
        await self._wait(wait_for_refusals(store, 1), store, 0, "")

    def _require_present(self) -> None:
        if self.absent:
            raise ImporterError(self.absent)

    async def _wait(self, work: Coroutine[Any, Any, Awaited], store: RunningStore, before: int, late: str) -> Awaited:
        """Return the result of ``work`` within the time limit; report from time to time that the suite waits.

        Raises:
            ImporterError: if the limit is over: with ``late``, or else with what came so far.
        """
        task = asyncio.ensure_future(work)
        waited = 0.0
        try:
            for moment in _reminders(self.limit_s):
                done, _ = await asyncio.wait([task], timeout=moment - waited)
                if done:
                    return task.result()
                waited = moment
                if waited < self.limit_s:
                    so_far = late or requests_so_far(store, before)
                    self.watch(StillWaiting(f"after {waited:.0f} s {so_far}", waited, self.limit_s))
        finally:
            task.cancel()
        self._missed_stores += 1
        problem = f"within {self.limit_s:g} s {late or requests_so_far(store, before)}"
        if self._missed_stores >= MAX_MISSED_STORES or store.last_request <= before:
            self.absent = problem
        raise ImporterError(problem)

    async def _settled_poll(self, store: RunningStore, before: int) -> Poll:
        """Return a poll up to the present that has ended: every page came, or the missing ones count as skipped."""
        while True:
            since = [each for each in store.requests if each.number > before]
            for poll in polls(since):
                first_pages = sum(each.page == 1 for each in poll.requests)
                if poll.end >= store.now and (
                    poll.is_complete or (first_pages >= FURTHER_POLLS and not poll.has_failed_page)
                ):
                    return poll
            await store.next_request()

    async def _results(self, store: RunningStore, poll: Poll) -> ImportResult:
        """Return the results once they have every exported order, or once further polls have begun."""
        last = poll.requests[-1].number
        importable = {number for number, order in store.orders.items() if order.customer.shipping is not None}
        new = importable - self._imported_orders
        while True:
            further = _further_polls(store.requests, last)
            result = await self._read_results()
            imported = {order.number for order in result.orders}
            # a problem may be a single timeout, which the next poll corrects; a lasting problem is reported again
            is_final = further >= (FURTHER_POLLS if result.problem else 1)
            # a problem may belong to an earlier poll; so may the orders if none of them is new
            is_complete = bool(new) and not result.problem and importable <= imported
            if is_final or is_complete:
                self._imported_orders |= importable & imported
                return result
            try:
                await asyncio.wait_for(store.next_request(), RESULTS_INTERVAL_S)
            except TimeoutError:
                continue

    async def _read_results(self) -> ImportResult:
        try:
            timeout = aiohttp.ClientTimeout(total=RESULTS_TIMEOUT_S)
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(self.results_url) as reply:
                data = await reply.content.read(MAX_RESULT_BYTES + 1)
                while len(data) <= MAX_RESULT_BYTES and (part := await reply.content.read(1 << 18)):
                    data += part
                if reply.status != 200:
                    raise ImporterError(f"the results at {self.results_url} are answered with status {reply.status}")
            content = parse_json(data)
            return read_result(self.mapping.apply(content) if self.mapping else content)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise ImporterError(f"the results at {self.results_url} can't be read: {error}") from None
        except BadResult as bad:
            raise ImporterError(f"at {self.results_url}: {bad}") from None

    async def ship(
        self,
        store: RunningStore,
        number: str,
        shipment: Shipment,
        state: StateFolder,
        *,
        timeout_s: float = REPLY_TIMEOUT_S,
        zone: str = DEFAULT_ZONE,
    ) -> ShipCall:
        """Call the ship command to notify the store of a shipment."""
        assert self.shipper is not None
        return await self.shipper.ship(store, number, shipment, state, timeout_s=timeout_s, zone=zone)


def requests_so_far(store: RunningStore, before: int) -> str:
    """Return a summary of the requests after this number: the reason why the suite still waits."""
    requests = [each for each in store.requests if each.number > before]
    if not requests:
        return f"no request came to {store.access.url}, user name {store.access.username}"
    last = requests[-1]
    many = f"{len(requests)} request{'s' if len(requests) > 1 else ''}"
    if last.refused:
        return f"the importer made {many}; the store refused its user name or password (status {last.entry.status})"
    return (
        f"the importer made {many}; no poll up to the present time got all its pages. The last request was "
        f"{last.shown}, answered with status {last.entry.status}"
    )


def _reminders(limit_s: float) -> Iterator[float]:
    """Yield the times at which to report that the suite still waits; the last is the limit."""
    moments = chain(REMINDERS_S, count(2 * REMINDERS_S[-1], REMINDERS_S[-1]))
    yield from takewhile(lambda moment: moment < limit_s, moments)
    yield limit_s


def _further_polls(requests: tuple[LoggedRequest, ...], last: int) -> int:
    """Return how many polls began after the request with this number."""
    return sum(each.number > last and each.action == "export" and each.page == 1 for each in requests)

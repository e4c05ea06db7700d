"""Which requirements the requests of the journal break. They are judged when somebody looks, not when they arrive."""

from __future__ import annotations

import asyncio
from collections import deque
from math import inf
from time import perf_counter

from mockstore.traffic.journal import Journal
from mockstore.traffic.judging import MAX_BATCH, Judge
from mockstore.traffic.requests import logged_requests
from mockstore.traffic.rules import Breach, ImporterAccess

MAX_NEWS = 1_000
"""Most numbers of judged requests that are kept for the pages that are open."""


class Verdicts:
    """The breaches of all requests in the journal, by the number of the request."""

    def __init__(self, journal: Journal, given: ImporterAccess) -> None:
        self._journal, self._given = journal, given
        self._lock = asyncio.Lock()
        self._begin()

    def _begin(self) -> None:
        self._epoch, self._judged = self._journal.epoch, 0
        self._judge = Judge(self._given)
        self._breaches: dict[int, tuple[Breach, ...]] = {}
        self._news: deque[int] = deque(maxlen=MAX_NEWS)
        self.count = 0
        """How many breaches were found."""

    @property
    def is_behind(self) -> bool:
        """True if a request is not judged yet."""
        return self._epoch != self._journal.epoch or self._judged < self._journal.latest

    async def catch_up(self, seconds: float = inf) -> None:
        """Judge what has arrived, for about so long. The store answers between two batches."""
        async with self._lock:
            while self.is_behind and seconds > 0:
                begun = perf_counter()
                self._judge_batch()
                seconds -= perf_counter() - begun
                await asyncio.sleep(0)

    def _judge_batch(self) -> None:
        if self._epoch != self._journal.epoch:
            self._begin()
        _, batch = self._journal.after(self._judged, MAX_BATCH)
        if not batch:
            return
        self._judged = batch[-1].number
        for breach in self._judge.judge(logged_requests(batch)):
            self._breaches[breach.number] = (*self._breaches.get(breach.number, ()), breach)
            self._news.append(breach.number)
            self.count += 1
        oldest = self._journal.latest - self._journal.count
        while self._breaches and (first := next(iter(self._breaches))) <= oldest:
            del self._breaches[first]

    def of(self, number: int) -> tuple[Breach, ...]:
        """Return the breaches of a request."""
        return self._breaches.get(number, ())

    def since(self, count: int) -> tuple[int, ...]:
        """Return the numbers of the requests with the breaches that were found after the first ``count``."""
        return tuple(dict.fromkeys(list(self._news)[-(self.count - count) :])) if self.count > count else ()

    @property
    def requirements(self) -> tuple[str, ...]:
        """Return the requirements that are broken."""
        found = {breach.requirement for breaches in self._breaches.values() for breach in breaches}
        return tuple(sorted(found, key=lambda name: (name.partition("-")[0], int(name.partition("-")[2]))))

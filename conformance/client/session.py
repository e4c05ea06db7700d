"""How a request is carried through, whoever replies: a target, or a recording."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from email.utils import parsedate_to_datetime
from typing import Any, Protocol, TypeVar
from urllib.parse import SplitResult, urljoin, urlsplit

from conformance.client.exchange import Exchange, Headers
from conformance.core.errors import Overloaded

Result = TypeVar("Result")

REDIRECTS = 3
WAIT, WAIT_IN_ALL = 60.0, 180.0
"""Seconds that a run waits where a store says that it has too much to do: at a time, and over the run."""
FIRST_WAIT = 2.0
"""Seconds where it doesn't say how long; doubled each time."""
ATTEMPTS = 4

Request = tuple[str, str, Headers, bytes]
"""Method, URL, headers, body."""


class RequestSender(Protocol):
    """What ShipStation and the sources of truth need to reach a store: a session, or the client of a load test."""

    exchanges: list[Exchange]

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request and return its exchange."""

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send several requests at the same moment and return their exchanges."""

    def wait(self, seconds: float) -> None:
        """Wait so that the store can do something meanwhile."""


class EventLoop:
    """The event loop in which the suite's client and the embedded stores live."""

    def __init__(self) -> None:
        # not asyncio.Runner: its handling of SIGINT costs a millisecond a call
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do this and come back with what it gives."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """End the loop and what still runs in it."""

        async def end(left: set[asyncio.Task[Any]]) -> None:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        self._loop.run_until_complete(end(asyncio.all_tasks(self._loop)))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class Session(ABC):
    """How a request is carried through: redirects within the host followed, overload waited for.

    Where replies come from is a subclass's matter, so that recorded ones take the same course.
    """

    def __init__(self, loop: EventLoop, observer: Callable[[Exchange], None] = lambda exchange: None) -> None:
        self._loop, self._observer = loop, observer
        self.exchanges: list[Exchange] = []
        self.notices: list[str] = []
        self.cleaning_up = False
        """Set when orders are taken back: no limit of the run may leave something behind."""
        self.busy_s = 0.0
        """What asking took, waits included; several requests at the same moment count once."""
        self._waited = 0.0
        self._overloaded = ""

    @abstractmethod
    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        """The exchange that one request makes.

        Raises:
            Unjudged: where it may not be made, or its reply isn't known.
        """

    @abstractmethod
    async def _pause(self, seconds: float) -> None:
        """Let that time pass."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request; redirects within the host are followed, each an exchange of its own."""
        return self._asking(self._follow(method, url, headers, body))

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send several requests at the same moment."""

        async def together() -> list[Exchange]:
            return list(await asyncio.gather(*(self._once(*request) for request in requests)))

        return self._asking(together())

    def wait(self, seconds: float) -> None:
        """Let that time pass; a recording doesn't need it."""
        self._asking(self._pause(seconds))

    def _asking(self, work: Coroutine[Any, Any, Result]) -> Result:
        began = time.perf_counter()
        try:
            return self._loop.run(work)
        finally:
            self.busy_s += time.perf_counter() - began

    async def _follow(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        exchange = await self._patiently(method, url, headers, body)
        for _ in range(REDIRECTS):
            target = redirect_target(exchange)
            if target is None:
                break
            exchange = await self._patiently(method, target, headers, body)
        if (refused := refused_redirect_notice(exchange)) and refused not in self.notices:
            self.notices.append(refused)
        return exchange

    async def _patiently(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        """Ask again as often and as late as the store says, within limits."""
        for attempt in range(ATTEMPTS):
            exchange = await self._once(method, url, headers, body)
            told = requested_wait_s(exchange, FIRST_WAIT * 2**attempt)
            if told is None:
                return exchange
            if told > WAIT or self._waited + told > WAIT_IN_ALL or attempt == ATTEMPTS - 1:
                break
            self._waited += told
            await self._pause(told)
        self._overloaded = (
            f"the endpoint asks to be left alone ({exchange.outcome}, to wait {told:g} s, {self._waited:g} s waited "
            "already), so the run stopped asking: run it later, or with a lower --rate"
        )
        self.notices.append(self._overloaded)
        raise Overloaded(self._overloaded)

    async def _once(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        if self._overloaded and not self.cleaning_up:
            raise Overloaded(self._overloaded)
        exchange = await self._reply_to(method, url, headers, body)
        self.exchanges.append(exchange)
        self._observer(exchange)
        return exchange


def redirect_target(exchange: Exchange) -> str | None:
    """Where a redirect within the host leads, never from https to http; None for any other reply."""
    if exchange.status not in (301, 302, 303, 307, 308):
        return None
    target = urljoin(exchange.url, exchange.header("Location"))
    here, there = urlsplit(exchange.url), urlsplit(target)
    if not may_follow_redirect(here, there) or target == exchange.url:
        return None
    return target if there.query or not here.query else f"{target}?{here.query}"


def may_follow_redirect(here: SplitResult, there: SplitResult) -> bool:
    """Whether credentials may go on: the same host, never from https to http."""
    return here.hostname == there.hostname and (here.scheme, there.scheme) != ("https", "http")


def refused_redirect_notice(exchange: Exchange) -> str:
    """What to say of a redirect that isn't followed, because credentials would go to where they don't belong."""
    location = exchange.header("Location")
    if exchange.status not in (301, 302, 303, 307, 308) or not location:
        return ""
    here, there = urlsplit(exchange.url), urlsplit(urljoin(exchange.url, location))
    if may_follow_redirect(here, there):
        return ""
    return (
        f"{here.scheme}://{here.netloc} redirects to {there.scheme}://{there.netloc}, which was not followed: "
        "credentials aren't sent on. Give that URL if it is the right one."
    )


def requested_wait_s(exchange: Exchange, otherwise: float) -> float | None:
    """Seconds that a store with too much to do asks to wait; None for any other reply.

    Status 503 counts only with Retry-After: without, it is a failure like any other.
    """
    told = exchange.header("Retry-After").strip()
    if exchange.status == 503 and not told:
        return None
    if exchange.status not in (429, 503):
        return None
    if told.isdecimal():
        return float(told)
    try:
        then, now = parsedate_to_datetime(told), parsedate_to_datetime(exchange.header("Date"))
        return max(0.0, (then - now).total_seconds())
    except (ValueError, TypeError):
        return otherwise

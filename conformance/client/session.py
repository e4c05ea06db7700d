"""A session with a target: sends requests, follows redirects, retries when overloaded, and keeps every exchange.

This is not left to aiohttp or a retry library. Reports show each redirect and each retry as an exchange of its own,
and a replay must take the same steps without a network.
"""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from conformance.client.bodies import MAX_REPLY_BYTES, BodyStore
from conformance.client.exchange import Exchange, Headers
from conformance.core import interrupts
from conformance.core.errors import Abandoned, NotExercised, Overloaded
from conformance.core.finding import shorten
from conformance.core.times import parse_http_date

Result = TypeVar("Result")

MAX_REDIRECTS = 3
MAX_ATTEMPTS = 4
"""The times that one request is sent, at most, while the store is overloaded (429, or 503 with Retry-After)."""
MAX_WAIT_S = 60.0
"""The longest wait before a retry."""
MAX_TOTAL_WAIT_S = 180.0
"""The longest time that a run waits before retries, all waits together."""
FIRST_WAIT_S = 2.0
"""The wait before the first retry if the store doesn't say how long to wait. It doubles with each further retry."""
LAST_REPLY_S = 10.0
"""Time for a reply after the run was stopped, if the request must not be abandoned at once: it may make an order."""
CLEAN_UP_S = 30.0
"""Time for all requests that delete the suite's orders. With ``--rate``, they may take longer, as the rate demands."""

Request = tuple[str, str, Headers, bytes]
"""Method, URL, headers, body."""


class RequestSender(Protocol):
    """Sends requests to a store for ShipStation and the sources of truth: a session, or the client of a load test."""

    exchanges: list[Exchange]

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request and return its exchange."""

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send several requests at the same moment and return their exchanges."""

    def wait(self, seconds: float) -> None:
        """Wait, to give the store time for its work."""


@dataclass(frozen=True)
class TimeLimit:
    """How long work in the event loop may take: in all, and after the run was stopped. None means any time.

    ``late`` is the message if ``whole_s`` is over.
    """

    whole_s: float | None = None
    after_stop_s: float | None = None
    late: str = ""


class EventLoop:
    """The event loop that runs the suite's client and the embedded stores, so that neither waits for a thread."""

    def __init__(self) -> None:
        # not asyncio.Runner: its handling of SIGINT costs a millisecond a call
        self._loop = asyncio.new_event_loop()
        self._task: asyncio.Task[Any] | None = None
        self._limit: TimeLimit | None = None
        self._abandoned = ""
        self._stopped_at = 0.0
        self._woken = ExitStack()
        self._woken.enter_context(interrupts.waking(self._wake))

    def run(self, work: Coroutine[Any, Any, Result], limit: TimeLimit | None = None) -> Result:
        """Run a coroutine and return its result. It is cancelled if the run is stopped and may be interrupted here.

        Raises:
            Abandoned: the time limit is over.
            KeyboardInterrupt: the run was stopped, before or meanwhile.
        """
        self._task, self._limit = self._loop.create_task(work), limit
        self._abandoned = ""
        timer = None
        if limit is not None and limit.whole_s is not None:
            timer = self._loop.call_later(max(0.0, limit.whole_s), self._abandon, self._task, limit.late)
        if interrupts.stop_reason():
            self._stop()
        try:
            result: Result = self._loop.run_until_complete(self._task)
        except asyncio.CancelledError:
            interrupts.check()
            if self._abandoned:
                raise Abandoned(self._abandoned) from None
            raise
        finally:
            self._task = None
            if timer is not None:
                timer.cancel()
        interrupts.check()
        return result

    def _wake(self) -> None:
        """Have the loop look at the stop. A signal handler or another thread calls this."""
        with suppress(RuntimeError):  # the loop was closed meanwhile
            self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        """Cancel what runs: at once, or if it must not be interrupted, when its time limit after the stop is over."""
        now = self._loop.time()
        self._stopped_at = self._stopped_at or now
        if self._task is None:
            return
        if not interrupts.is_held():
            self._task.cancel()
        elif self._limit is not None and self._limit.after_stop_s is not None:
            late = f"{interrupts.stop_reason()}, and the store gave no reply within {self._limit.after_stop_s:g} s"
            self._loop.call_at(max(now, self._stopped_at + self._limit.after_stop_s), self._abandon, self._task, late)

    def _abandon(self, task: asyncio.Task[Any], late: str) -> None:
        if task is self._task:
            self._abandoned = late
            task.cancel()

    def close(self) -> None:
        """Cancel the tasks that still run in the loop, and close the loop."""
        self._woken.close()

        async def end(left: set[asyncio.Task[Any]]) -> None:
            for task in left:
                task.cancel()
            await asyncio.gather(*left, return_exceptions=True)

        self._loop.run_until_complete(end(asyncio.all_tasks(self._loop)))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class Session(ABC):
    """Sends requests one by one: follows redirects within the origin, and retries when the store is overloaded.

    A subclass gets the replies: over HTTP, or from a recording. ``bodies`` keeps their bodies; sessions of one process
    share it. Without it, the session has its own, and closes it.
    """

    def __init__(
        self,
        loop: EventLoop,
        observer: Callable[[Exchange], None] = lambda exchange: None,
        bodies: BodyStore | None = None,
    ) -> None:
        self._loop, self._observer = loop, observer
        self._owns_bodies = bodies is None
        self._bodies = BodyStore() if bodies is None else bodies
        self.exchanges: list[Exchange] = []
        self.notices: list[str] = []
        self.pause_s = 0.0
        """Seconds between two requests, as ``--rate`` demands."""
        self._clean_up_until: float | None = None
        self.busy_s = 0.0
        """Seconds spent on requests, waits included; requests sent at the same moment count once."""
        self._waited = 0.0
        self._overloaded = ""

    def close(self) -> None:
        """Close what the session has opened."""
        if self._owns_bodies:
            self._bodies.close()

    def begin_clean_up(self, orders: int) -> None:
        """Begin to delete the suite's orders: no limit of the run applies any more, but ``CLEAN_UP_S`` does."""
        self._clean_up_until = time.monotonic() + CLEAN_UP_S + orders * self.pause_s

    @property
    def cleaning_up(self) -> bool:
        """True while the suite deletes its orders."""
        return self._clean_up_until is not None

    @abstractmethod
    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        """Make one exchange.

        Raises:
            Inconclusive: if the request may not be sent, or a recording has no reply to it.
        """

    @abstractmethod
    async def _pause(self, seconds: float) -> None:
        """Wait for this long. The session of a recording returns at once."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request, follow redirects within the origin, and return the last exchange."""
        return self._run(self._follow(method, url, headers, body))

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send several requests at the same moment; redirects are not followed."""

        async def together() -> list[Exchange]:
            return list(await asyncio.gather(*(self._once(*request) for request in requests)))

        return self._run(together())

    def wait(self, seconds: float) -> None:
        """Wait for this long. The session of a recording returns at once."""
        self._run(self._pause(seconds))

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        began = time.perf_counter()
        if self._clean_up_until is None:
            limit = TimeLimit(after_stop_s=LAST_REPLY_S)
        else:
            left_s = self._clean_up_until - time.monotonic()
            limit = TimeLimit(whole_s=left_s, late=f"the store did not delete the orders within {CLEAN_UP_S:g} s")
        try:
            return self._loop.run(work, limit)
        finally:
            self.busy_s += time.perf_counter() - began

    async def _follow(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        exchange = await self._with_retries(method, url, headers, body)
        for _ in range(MAX_REDIRECTS):
            redirect = redirect_of(exchange)
            if redirect is None or not redirect.target:
                break
            exchange = await self._with_retries(method, redirect.target, headers, body)
        if (refused := refused_redirect_notice(exchange)) and refused not in self.notices:
            self.notices.append(refused)
        return exchange

    async def _with_retries(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        """Send a request, and retry it if the store asks to wait, within the limits above.

        Raises:
            Overloaded: if the store asks to wait longer or more often than the limits allow.
        """
        for attempt in range(MAX_ATTEMPTS):
            exchange = await self._once(method, url, headers, body)
            wait_s = requested_wait_s(exchange, FIRST_WAIT_S * 2**attempt)
            if wait_s is None:
                return exchange
            if wait_s > MAX_WAIT_S or self._waited + wait_s > MAX_TOTAL_WAIT_S or attempt == MAX_ATTEMPTS - 1:
                break
            self._waited += wait_s
            await self._pause(wait_s)
        self._overloaded = (
            f"the endpoint is overloaded ({exchange.outcome}; it asks to wait {wait_s:g} s, and the run has waited "
            f"{self._waited:g} s), so the run sends no more requests: run it later, or with a lower --rate"
        )
        self.notices.append(self._overloaded)
        raise Overloaded(self._overloaded)

    async def _once(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        if self._overloaded and not self.cleaning_up:
            raise Overloaded(self._overloaded)
        if len(url) > MAX_URL_CHARS:
            raise NotExercised(f"a URL of {len(url)} characters is not requested: {url[:MAX_SHOWN_LOCATION]}…")
        if not self.cleaning_up:
            self._bodies.require_room()
        exchange = await self._reply_to(method, url, headers, body)
        if exchange.is_too_long:
            self._bodies.count(MAX_REPLY_BYTES)
        if not self.cleaning_up:
            kept = self._bodies.receive(exchange.reply_body)
            if kept is not exchange.reply_body:
                exchange = replace(exchange, reply_body=kept)
        self.exchanges.append(exchange)
        self._observer(exchange)
        return exchange


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where a redirect leads: ``target`` if it may be followed, else ``refusal`` says why not."""

    target: str = ""
    refusal: str = ""
    leaves_origin: bool = False
    """True if the redirect can be followed by others, but leads to another origin than the request's."""


def redirect_of(exchange: Exchange) -> Redirect | None:
    """Return where a reply redirects to; None if it is no redirect, or a redirect to the same URL.

    A URL without a query gets the query of the request, because the add-on needs these parameters. Credentials in the
    URL are dropped.
    """
    location = exchange.header("Location")
    if not exchange.is_redirect or not location:
        return None
    shown = shorten(location, MAX_SHOWN_LOCATION)
    try:
        target = quote(urljoin(exchange.url, location), safe=URL_CHARACTERS)
        here, there = urlsplit(exchange.url), urlsplit(target)
        if there.scheme not in DEFAULT_PORTS:
            return Redirect(
                refusal=f"the redirect to {shown} can't be followed: only http and https URLs are requested"
            )
        if not there.hostname:
            return Redirect(refusal=f"the redirect to {shown} can't be followed: it names no host")
        if not may_follow_redirect(here, there):
            refusal = (
                f"{here.scheme}://{here.netloc} redirects to {there.scheme}://{_place(there)}, which was not followed, "
                "to protect the credentials. Give that URL if it is the right one."
            )
            return Redirect(refusal=refusal, leaves_origin=True)
    except ValueError as error:
        return Redirect(refusal=f"the redirect to {shown} can't be followed: {error}")
    if target == exchange.url:
        return None
    return Redirect(there._replace(netloc=_place(there), query=there.query or here.query).geturl())


MAX_SHOWN_LOCATION = 200
MAX_URL_CHARS = 100_000
"""A longer URL is not requested: a store made it long with an order number, an image or a redirect."""
URL_CHARACTERS = "%/:?#[]@!$&'()*+,;=~"
"""Characters of a URL that stay as they are; the bytes of others are written as ``%XX``."""
DEFAULT_PORTS = {"http": 80, "https": 443}
"""The schemes that the suite follows, with their default ports."""


def _place(url: SplitResult) -> str:
    """Return host and port of a URL, without credentials."""
    return url.netloc.rpartition("@")[2]


def may_follow_redirect(here: SplitResult, there: SplitResult) -> bool:
    """True if credentials may be sent on: to the same scheme, host and port, or from http to https on default ports.

    Raises:
        ValueError: if a port is not a number up to 65535.
    """
    ports = [url.port or DEFAULT_PORTS.get(url.scheme) for url in (here, there)]
    if here.hostname != there.hostname:
        return False
    if here.scheme == there.scheme:
        return ports[0] == ports[1]
    return (here.scheme, there.scheme) == ("http", "https") and ports == [80, 443]


def refused_redirect_notice(exchange: Exchange) -> str:
    """Return a notice about a redirect that is not followed; "" for any other reply."""
    redirect = redirect_of(exchange)
    return "" if redirect is None else redirect.refusal


def requested_wait_s(exchange: Exchange, default: float) -> float | None:
    """Return the seconds that an overloaded store asks to wait, ``default`` if it doesn't say; None for other replies.

    Status 503 counts only with Retry-After. Without this header it is a failure like any other.
    """
    retry_after = exchange.header("Retry-After").strip()
    if exchange.status == 503 and not retry_after:
        return None
    if exchange.status not in (429, 503):
        return None
    if retry_after.isdecimal():
        return float(retry_after)
    then, now = parse_http_date(retry_after), parse_http_date(exchange.header("Date"))
    return default if then is None or now is None else max(0.0, (then - now).total_seconds())

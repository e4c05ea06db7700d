"""Sends requests and records each exchange: the suite's only way to a network.

One event loop does it all, embedded stores included, so that nothing waits for a
thread. What comes back is an :class:`Exchange`, also where nothing came back.
"""

from __future__ import annotations

import asyncio
import ssl
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from io import BytesIO
from typing import Any, Protocol, TypeVar
from urllib.parse import urljoin, urlsplit

import aiohttp
from yarl import URL

from conformance.exchange import Exchange, Headers

Result = TypeVar("Result")

BODY_LIMIT = 64 * 1024 * 1024
"""Bytes of a reply that are read; a longer one counts as none."""
LARGE = 1 << 20
"""Bytes of a body from which on it is sent piece by piece."""
REDIRECTS = 3


class Transport(Protocol):
    """What the suite needs of a way to the target: one request at a time, or several at once."""

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request."""

    def send_together(self, requests: list[tuple[str, str, Headers, bytes]]) -> list[Exchange]:
        """Send several at the same moment."""


@dataclass(frozen=True)
class Limits:
    """What a run may ask of a target. ``rate`` is requests a second, 0 for as fast as it goes."""

    timeout_s: float = 30.0
    max_requests: int = 5000
    rate: float = 0.0


class TooManyRequests(Exception):
    """The run has made as many requests as it was allowed to."""


class Loop:
    """The event loop in which the suite's client and the embedded stores live."""

    def __init__(self) -> None:
        # not asyncio.Runner: its handling of SIGINT costs a millisecond a call
        self._loop = asyncio.new_event_loop()

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do this and come back with what it gives."""
        return self._loop.run_until_complete(work)

    def close(self) -> None:
        """End the loop and what still runs in it."""
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()


class HttpTransport:
    """Talks HTTP to a target over kept connections."""

    def __init__(
        self,
        loop: Loop,
        limits: Limits,
        *,
        tls: ssl.SSLContext | None = None,
        observer: Callable[[Exchange], None] = lambda exchange: None,
    ) -> None:
        self._loop, self._limits, self._tls, self._observer = loop, limits, tls, observer
        self._session: aiohttp.ClientSession | None = None
        self._count = 0
        self._due = 0.0
        self.exchanges: list[Exchange] = []

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request; redirects within the host are followed, each an exchange of its own."""
        return self._loop.run(self._follow(method, url, headers, body))

    def send_together(self, requests: list[tuple[str, str, Headers, bytes]]) -> list[Exchange]:
        """Send several requests at the same moment."""

        async def together() -> list[Exchange]:
            return list(await asyncio.gather(*(self._once(*request) for request in requests)))

        return self._loop.run(together())

    def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            self._loop.run(self._session.close())
            self._session = None

    async def _follow(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        exchange = await self._once(method, url, headers, body)
        for _ in range(REDIRECTS):
            target = redirect_target(exchange)
            if target is None:
                break
            exchange = await self._once(method, target, headers, body)
        return exchange

    async def _once(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        if self._count >= self._limits.max_requests:
            raise TooManyRequests(f"the limit of {self._limits.max_requests} requests is reached")
        self._count += 1
        number = self._count
        if self._limits.rate:
            wait = self._due - time.monotonic()
            self._due = max(self._due, time.monotonic()) + 1 / self._limits.rate
            if wait > 0:
                await asyncio.sleep(wait)
        started = time.perf_counter()
        status, reason, reply_headers, reply, error = await self._ask(method, url, headers, body)
        exchange = Exchange(
            number,
            method,
            url,
            headers,
            body,
            status,
            reason,
            reply_headers,
            reply,
            (time.perf_counter() - started) * 1000,
            error,
        )
        self.exchanges.append(exchange)
        self._observer(exchange)
        return exchange

    async def _ask(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[int | None, str, Headers, bytes, str | None]:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=self._limits.timeout_s),
                connector=aiohttp.TCPConnector(limit=8, ssl=self._tls if self._tls is not None else True),
                skip_auto_headers=("User-Agent",),
                cookie_jar=aiohttp.DummyCookieJar(),
                max_field_size=65536,
            )
        try:
            async with self._session.request(
                method,
                URL(url, encoded=True),
                headers=list(headers),
                data=BytesIO(body) if len(body) > LARGE else body or None,
                allow_redirects=False,
            ) as reply:
                received = await _read(reply)
                if received is None:
                    return None, "", (), b"", f"the reply is longer than {BODY_LIMIT} bytes"
                return (
                    reply.status,
                    reply.reason or "",
                    tuple((str(name), value) for name, value in reply.headers.items()),
                    received,
                    None,
                )
        except TimeoutError:
            return None, "", (), b"", f"time-out: nothing within {self._limits.timeout_s:g} s"
        except aiohttp.ClientError as error:
            return None, "", (), b"", describe(error)
        except (OSError, ValueError) as error:
            return None, "", (), b"", str(error) or type(error).__name__


async def _read(reply: aiohttp.ClientResponse) -> bytes | None:
    parts: list[bytes] = []
    size = 0
    async for part in reply.content.iter_chunked(1 << 18):
        parts.append(part)
        size += len(part)
        if size > BODY_LIMIT:
            reply.close()
            return None
    return b"".join(parts)


def describe(error: aiohttp.ClientError) -> str:
    """Why there was no reply, in words for who has to mend it."""
    match error:
        case aiohttp.ClientConnectorCertificateError() | aiohttp.ClientConnectorSSLError():
            return f"TLS failed: {error}"
        case aiohttp.ClientConnectorDNSError():
            return f"the host name {error.host} is unknown"
        case aiohttp.ClientConnectorError():
            return f"no connection to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed without a reply"
        case aiohttp.ClientPayloadError():
            return f"the reply broke off: {error}"
        case aiohttp.ClientResponseError():
            return f"that is not HTTP: {error.message}"
        case _:
            return str(error) or type(error).__name__


def redirect_target(exchange: Exchange) -> str | None:
    """Where a redirect within the host leads, never from https to http; None for any other reply."""
    if exchange.status not in (301, 302, 303, 307, 308):
        return None
    target = urljoin(exchange.url, exchange.header("Location"))
    here, there = urlsplit(exchange.url), urlsplit(target)
    same = here.hostname == there.hostname and (here.scheme, there.scheme) != ("https", "http")
    if not same or target == exchange.url:
        return None
    return target if there.query or not here.query else f"{target}?{here.query}"

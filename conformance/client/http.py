"""Sends requests over HTTP: the suite's only access to a network.

One event loop runs the client and the embedded stores, so that neither waits for a thread. Each request gives an
:class:`Exchange`, even if there was no reply.
"""

from __future__ import annotations

import asyncio
import io
import re
import ssl
import time
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote_from_bytes
from weakref import WeakSet

import aiohttp
from aiohttp.http_exceptions import ContentEncodingError
from yarl import URL

from conformance.client.bodies import MAX_REPLY_BYTES, BodyStore
from conformance.client.exchange import BROKE_OFF, TIMEOUT, TOO_LONG, Exchange, Headers
from conformance.client.session import EventLoop, Request, Session
from conformance.core.errors import TooManyRequests
from conformance.core.finding import shorten
from conformance.core.interrupts import ignored

if TYPE_CHECKING:
    from aiohttp.connector import Connection
    from aiohttp.tracing import Trace

MAX_UNDIVIDED_BYTES = 1024 * 1024
"""A request body that is longer is sent in pieces."""
EMBEDDED_SPEED = 50
"""How much shorter waits are in a run on an embedded store."""
CONTINUE_WAIT_S = 0.35
"""How long a request with ``Expect: 100-continue`` waits for the interim reply before it sends its body: as .NET."""
CLEAN_UP_TIMEOUT_S = 10.0
"""The longest time limit of a request that deletes an order: if it gets no reply, there is time for the others."""
MAX_HEADER_BYTES = 128 * 1024
"""A reply whose headers are longer counts as no reply: they are kept in memory."""


@dataclass(frozen=True)
class Limits:
    """The limits of a run's requests. ``rate`` is in requests per second; 0 means no limit."""

    timeout_s: float = 30.0
    max_requests: int = 5000
    rate: float = 0.0


class HttpSession(Session):
    """Sends requests over HTTP and keeps connections open."""

    def __init__(
        self,
        loop: EventLoop,
        limits: Limits,
        *,
        tls: ssl.SSLContext | None = None,
        observer: Callable[[Exchange], None] = lambda exchange: None,
        bodies: BodyStore | None = None,
    ) -> None:
        super().__init__(loop, observer, bodies)
        self._limits, self._tls = limits, tls
        self.pause_s = 1 / limits.rate if limits.rate else 0.0
        self._clients: dict[bool, aiohttp.ClientSession] = {}
        """Sends the requests whose connection is used again (True), and those whose connection is not (False)."""
        self._count = 0
        self._due = 0.0
        self._sends_together = False

    def close(self) -> None:
        """Close the connections, and what the session has opened."""
        super().close()
        for client in self._clients.values():
            with ignored():
                self._loop.run(client.close())
        self._clients.clear()

    def send_together(self, requests: list[Request]) -> list[Exchange]:
        """Send several requests at the same moment, each on a connection of its own that is closed afterwards.

        So one connection is kept, and each of the other requests follows the one before it on that connection: the
        suite sees what a request does to the next one.
        """
        self._sends_together = True
        try:
            return super().send_together(requests)
        finally:
            self._sends_together = False

    async def _pause(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    async def _reply_to(self, method: str, url: str, headers: Headers, body: bytes) -> Exchange:
        if self._count >= self._limits.max_requests and not self.cleaning_up:
            raise TooManyRequests(
                f"the limit of {self._limits.max_requests} requests is reached: allow more with --max-requests"
            )
        self._count += 1
        number = self._count
        if self.pause_s:
            wait = self._due - time.monotonic()
            self._due = max(self._due, time.monotonic()) + self.pause_s
            if wait > 0:
                await asyncio.sleep(wait)
        started_at, started = time.time(), time.perf_counter()
        status, reason, reply_headers, reply, error = await self._fetch(method, url, headers, body)
        return Exchange(
            number=number,
            method=method,
            url=url,
            request_headers=headers,
            request_body=body,
            status=status,
            reason=reason,
            reply_headers=reply_headers,
            reply_body=reply,
            duration_ms=(time.perf_counter() - started) * 1000,
            error=error,
            started_at=started_at,
        )

    def _client(self, *, reuse: bool) -> aiohttp.ClientSession:
        if reuse not in self._clients:
            tls = self._tls if self._tls is not None else True
            self._clients[reuse] = aiohttp.ClientSession(
                connector=_Connector(limit=8, ssl=tls, force_close=not reuse),
                skip_auto_headers=("User-Agent",),
                cookie_jar=aiohttp.DummyCookieJar(),
                max_field_size=65536,
                request_class=_PatientRequest,
            )
        return self._clients[reuse]

    async def _fetch(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[int | None, str, Headers, bytes, str | None]:
        limit_s = min(self._limits.timeout_s, CLEAN_UP_TIMEOUT_S) if self.cleaning_up else self._limits.timeout_s
        reuse = UNUSUAL.isdisjoint(headers) and not self._sends_together
        used = _Used()
        try:
            try:
                return await self._received(self._client(reuse=reuse), method, url, headers, body, limit_s, used)
            except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError):
                if not used.before:
                    raise
                # RFC 9112, 9.5: a server may close a connection that it has kept, just when the next request comes
                return await self._received(self._client(reuse=False), method, url, headers, body, limit_s, used)
        except TimeoutError:
            return None, "", (), b"", f"{TIMEOUT}: no reply within {limit_s:g} s"
        except Exception as error:  # whatever a reply does to the client is evidence
            return None, "", (), b"", describe_failure(error)

    async def _received(
        self,
        client: aiohttp.ClientSession,
        method: str,
        url: str,
        headers: Headers,
        body: bytes,
        limit_s: float,
        used: _Used,
    ) -> tuple[int | None, str, Headers, bytes, str | None]:
        """Send a request once, and return status, reason, headers, body and problem of the reply.

        Raises:
            Exception: of many kinds, if there is no reply.
        """
        in_chunks = CHUNKED in headers
        _of_this_request.set(used)
        async with client.request(
            method,
            URL(url, encoded=True),
            headers=[header for header in headers if header != CHUNKED],
            # a large body in one piece would block the event loop, in which embedded stores answer
            data=_Pieces(body) if len(body) > MAX_UNDIVIDED_BYTES else _chunks(body) if in_chunks else body or None,
            chunked=True if in_chunks else None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=limit_s),
        ) as reply:
            if sum(len(name) + len(value) for name, value in reply.raw_headers) > MAX_HEADER_BYTES:
                reply.close()
                return None, "", (), b"", f"the headers of the reply are longer than {MAX_HEADER_BYTES} bytes"
            received, trouble = await _read(reply)
            if received is None:
                return None, "", (), b"", trouble
            listed = tuple(readable_header(name, value) for name, value in reply.raw_headers)
            return reply.status, readable(reply.reason or ""), listed, received, trouble


@dataclass(slots=True)
class _Used:
    """Whether a request got a connection that was used before."""

    before: bool = False


_of_this_request: ContextVar[_Used] = ContextVar("_of_this_request")


class _Connector(aiohttp.TCPConnector):
    """Notes for each request whether its connection was used before. aiohttp's tracing would tell, and cost more."""

    def __init__(self, *, limit: int, ssl: ssl.SSLContext | bool, force_close: bool) -> None:
        super().__init__(limit=limit, ssl=ssl, force_close=force_close)
        self._known: WeakSet[asyncio.Transport] = WeakSet()

    async def connect(
        self, req: aiohttp.ClientRequest, traces: list[Trace], timeout: aiohttp.ClientTimeout
    ) -> Connection:
        """Return a connection that was kept, or a new one."""
        connection = await super().connect(req, traces, timeout)
        if connection.transport is not None:
            if connection.transport in self._known:
                _of_this_request.get().before = True
            self._known.add(connection.transport)
        return connection


CHUNKED = ("Transfer-Encoding", "chunked")
"""The header that makes the session send the body in chunks."""
EXPECT = ("Expect", "100-continue")
UNUSUAL = {CHUNKED, EXPECT}
"""A server that refuses one of these may leave the body unread, and read it as the next request of the connection. So
such a connection is not used again."""


async def _chunks(body: bytes) -> AsyncIterator[bytes]:
    """Yield a body in two parts. aiohttp sends each as a chunk."""
    half = len(body) // 2
    for part in filter(None, (body[:half], body[half:])):
        yield part


class _PatientRequest(aiohttp.ClientRequest):
    """A request that sends its body after a while if the server does not answer its Expect header.

    aiohttp alone would wait for ever. RFC 9110 forbids that: servers may ignore the header.
    """

    def update_expect_continue(self, expect: bool = False) -> None:
        super().update_expect_continue(expect)
        if self._continue is not None:
            self.loop.call_later(CONTINUE_WAIT_S, _go_on, self._continue)


def _go_on(waiting: asyncio.Future[bool]) -> None:
    if not waiting.done():
        waiting.set_result(False)


_FOREIGN_BYTE = re.compile("[\udc80-\udcff]")
_ASCII = bytes(range(128)).decode()


def readable(text: str) -> str:
    """Return a text with ``\\xe9`` in place of a byte that isn't UTF-8.

    aiohttp puts a surrogate in its place, which no file of the report could hold.
    """
    return _FOREIGN_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)


def readable_header(name: bytes, value: bytes) -> tuple[str, str]:
    """Return a header as text. In Location, bytes outside ASCII are written as ``%XX``, so that they are not lost."""
    is_location = name.lower() == b"location"
    text = quote_from_bytes(value, safe=_ASCII) if is_location else value.decode("utf-8", "backslashreplace")
    return name.decode("utf-8", "backslashreplace"), text


class _Pieces(io.BytesIO):
    """A body that aiohttp sends in pieces. aiohttp gets the length without a copy of the body."""

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._body = body

    def getbuffer(self) -> memoryview:
        """Return the whole body; aiohttp takes its length from this."""
        return memoryview(self._body)


class EmbeddedReply(Protocol):
    """A reply of an embedded store's control protocol."""

    @property
    def status(self) -> int: ...
    @property
    def body(self) -> bytes: ...
    @property
    def headers(self) -> Mapping[str, str]: ...


class EmbeddedSession(HttpSession):
    """Sends requests to a store in this process, and calls its control protocol as a function, because that is faster.

    Messages and exchanges are the same as over HTTP. ``answer`` takes the method, the URL after ``control_url``,
    headers and body.
    """

    def __init__(
        self,
        loop: EventLoop,
        limits: Limits,
        control_url: str,
        answer: Callable[[str, str, Mapping[str, str], bytes], EmbeddedReply],
        *,
        observer: Callable[[Exchange], None] = lambda exchange: None,
        bodies: BodyStore | None = None,
    ) -> None:
        super().__init__(loop, limits, observer=observer, bodies=bodies)
        self._control_url, self._answer = control_url, answer

    def send(self, method: str, url: str, headers: Headers = (), body: bytes = b"") -> Exchange:
        """Send one request; a call of the control protocol never waits, so it needs no event loop."""
        if not url.startswith(self._control_url):
            return super().send(method, url, headers, body)
        try:
            self._follow(method, url, headers, body).send(None)
        except StopIteration as done:
            exchange: Exchange = done.value
            return exchange
        raise RuntimeError(f"{method} {url}: the control protocol of an embedded store must answer without waiting")

    async def _pause(self, seconds: float) -> None:
        """Wait for a part of the time: an embedded store does nothing that takes long."""
        await super()._pause(seconds / EMBEDDED_SPEED)

    async def _fetch(
        self, method: str, url: str, headers: Headers, body: bytes
    ) -> tuple[int | None, str, Headers, bytes, str | None]:
        if not url.startswith(self._control_url):
            return await super()._fetch(method, url, headers, body)
        reply = self._answer(method, url.removeprefix(self._control_url), dict(headers), body)
        return reply.status, "", tuple(reply.headers.items()), reply.body, None


GZIP_OF_OLD = "x-gzip"
"""RFC 9110, 8.4.1.3: a recipient should take this for gzip. aiohttp doesn't know it."""


def _decompressed(body: bytes) -> tuple[bytes | None, str | None]:
    """Return what a body of gzip holds, and its problem, as :func:`_read` does."""
    unpacking = zlib.decompressobj(zlib.MAX_WBITS | 16)
    try:
        found = unpacking.decompress(body, MAX_REPLY_BYTES)
    except zlib.error:
        return b"", _other_encoding(GZIP_OF_OLD)
    if unpacking.unconsumed_tail:
        return None, f"{TOO_LONG} {MAX_REPLY_BYTES} bytes"
    return found, None if unpacking.eof else f"{BROKE_OFF}: the body of gzip has no end"


def _other_encoding(stated: str) -> str:
    return f"Content-Encoding says {stated}, but the body has another encoding"


async def _read(reply: aiohttp.ClientResponse) -> tuple[bytes | None, str | None]:
    """Return a reply's body and its problem. The body is None if it is too long."""
    coding = reply.headers.get("Content-Encoding", "")
    parts: list[bytes] = []
    size = 0
    try:
        async for part in reply.content.iter_chunked(1 << 18):
            parts.append(part)
            size += len(part)
            if size > MAX_REPLY_BYTES:
                reply.close()
                return None, f"{TOO_LONG} {MAX_REPLY_BYTES} bytes"
    except aiohttp.ClientPayloadError as error:
        if isinstance(error.__cause__, ContentEncodingError):
            return b"", _other_encoding(coding)
        return b"".join(parts), describe_failure(error)
    body = b"".join(parts)
    return _decompressed(body) if body and coding.strip().lower() == GZIP_OF_OLD else (body, None)


def describe_failure(error: Exception) -> str:
    """Return why there was no reply, in words for the people who run the store."""
    return shorten(readable(_failure(error)), MAX_SHOWN_FAILURE)


NO_TLS = ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG")
"""OpenSSL's reasons if a server answers a TLS greeting with plain HTTP; they differ from version to version."""
MAX_SHOWN_FAILURE = 300
"""A description of a failure has at most this many characters: it may quote the reply."""


def _failure(error: Exception) -> str:
    match error:
        case aiohttp.ClientConnectorCertificateError():
            why = getattr(error.certificate_error, "verify_message", "") or error.certificate_error
            return f"TLS failed: the certificate of {error.host} isn't trusted: {why} (--ca-file adds certificates)"
        case aiohttp.ClientConnectorSSLError() if getattr(error.os_error, "reason", "") in NO_TLS:
            return f"TLS failed: {error.host}:{error.port} speaks plain HTTP, not https: begin the URL with http://"
        case aiohttp.ClientConnectorSSLError():
            return f"TLS failed: {error}"
        case aiohttp.ClientConnectorDNSError():
            return f"the host name {error.host} is unknown"
        case aiohttp.ClientConnectorError():
            return f"no connection to {error.host}:{error.port}: {error.os_error.strerror or error.os_error}"
        case aiohttp.ServerDisconnectedError():
            return "the connection was closed without a reply"
        case aiohttp.ClientPayloadError():
            return f"{BROKE_OFF}: {error}"
        case aiohttp.ClientResponseError():
            return f"the reply is not HTTP: {error.message}"
        case aiohttp.ClientError() | OSError() | ValueError():
            return str(error) or type(error).__name__
        case _:
            return f"the reply can't be read: {type(error).__name__}: {error}"

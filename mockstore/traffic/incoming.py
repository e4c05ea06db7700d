"""Reads a request of the web server: its target, query and headers as text, and its body within limits.

Nothing else reads these from aiohttp. So no other step meets bytes that are not UTF-8, a body that
contradicts its Content-Encoding, or a client that never sends the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import HttpVersion11, hdrs, web

from mockstore.errors import MockStoreError
from mockstore.inputs.text import decoded, is_decoded


@dataclass(frozen=True, kw_only=True)
class Limits:
    """How long the store waits for a client.

    ``body_s`` bounds the time for a whole body. ``idle_s`` bounds the time in which a connection brings no
    complete request, or takes nothing of a reply.
    """

    body_s: float = 30.0
    idle_s: float = 120.0


LIMITS = web.AppKey("limits", Limits)


class BodyRefused(MockStoreError):
    """The body of a request cannot be read: the status of the reply, and the reason."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def target_of(request: web.Request) -> str:
    """Return path and query as they were sent, with nothing decoded."""
    return decoded(request.raw_path)


def query_of(request: web.Request) -> Mapping[str, str]:
    """Return the parameters of the query; of a repeated parameter, the first."""
    query = request.query
    if all(map(is_decoded, query)) and all(map(is_decoded, query.values())):
        return query
    return {decoded(name): decoded(value) for name, value in reversed([*query.items()])}


def headers_of(request: web.Request) -> dict[str, str]:
    """Return the headers, with names in lower case."""
    return {decoded(name).lower(): decoded(value) for name, value in request.headers.items()}


async def check_expectation(request: web.BaseRequest) -> None:
    """Refuse any expectation but ``100-continue``. :func:`read_body` answers that one, when it wants the body.

    Raises:
        HTTPExpectationFailed: the client expects something else.
    """
    if request.headers.get(hdrs.EXPECT, "").lower() != "100-continue":
        raise web.HTTPExpectationFailed(text="The only expectation that this store meets is 100-continue.\n")


async def read_body(request: web.Request) -> bytes:
    """Return the body. It is read only here, after the credentials were checked.

    Raises:
        BodyRefused: 413, it is too large; 400, it cannot be decoded; 408, it does not come in time.
        ConnectionError: the client is gone.
    """
    if not request.body_exists:
        return b""
    seconds = request.app[LIMITS].body_s
    try:
        async with asyncio.timeout(seconds):
            if request.headers.get(hdrs.EXPECT) and request.version == HttpVersion11:
                await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                request.writer.output_size = 0  # this is not yet the reply
            return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BodyRefused(413, "The body is too large.") from None
    except TimeoutError:
        raise BodyRefused(408, f"The body did not come within {seconds:g} seconds.") from None
    except ConnectionError:
        raise
    except Exception:  # aiohttp, zlib and brotli have an exception each for a wrong body
        raise BodyRefused(
            400, "The body can't be decoded: it contradicts its Content-Encoding or its framing."
        ) from None

"""Server-sent events: one stream for each open page, which also tells the page that the store runs."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Coroutine
from contextlib import suppress

import msgspec
from aiohttp import web

MAX_STREAMS = 60
HEARTBEAT_S = 15.0


class Streams:
    """The streams that are open. They end when the store does."""

    def __init__(self) -> None:
        self.boot = secrets.token_hex(6)
        """Differs for each run: a page sees by it that the store was started again."""
        self.open = 0
        self.ended = asyncio.Event()


STREAMS = web.AppKey("console streams", Streams)


class EventStream:
    """A stream of events to one page."""

    def __init__(self, request: web.Request) -> None:
        self._request, self._streams = request, request.app[STREAMS]
        self.response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )

    @property
    def has_ended(self) -> bool:
        """True if the store ends."""
        return self._streams.ended.is_set()

    async def __aenter__(self) -> EventStream:
        """Open the stream.

        Raises:
            HTTPServiceUnavailable: too many are open.
        """
        if self._streams.open >= MAX_STREAMS:
            raise web.HTTPServiceUnavailable(text=f"{MAX_STREAMS} pages of the console are open: close some.")
        self._streams.open += 1
        try:
            await self.response.prepare(self._request)
            await self.send("hello", {"boot": self._streams.boot})
        except BaseException:
            self._streams.open -= 1
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._streams.open -= 1

    async def send(self, event: str, data: object) -> None:
        """Send an event with a value as JSON.

        Raises:
            ConnectionError: the page is gone.
        """
        await self.response.write(b"event: %s\ndata: %s\n\n" % (event.encode(), msgspec.json.encode(data)))

    async def wait(self, seconds: float = HEARTBEAT_S) -> None:
        """Wait so long, or until the store ends."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._streams.ended.wait()

    async def wait_for(self, awaited: Coroutine[None, None, None], seconds: float = HEARTBEAT_S) -> bool:
        """Wait for something, but no longer than this, nor than the store runs. True if it happened."""
        happening = asyncio.ensure_future(awaited)
        ending = asyncio.ensure_future(self._streams.ended.wait())
        try:
            await asyncio.wait((happening, ending), timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            return happening.done()
        finally:
            happening.cancel()
            ending.cancel()

    async def beat(self) -> None:
        """Send a comment, so that a page that is gone is noticed."""
        await self.response.write(b": beat\n\n")


async def pulse(request: web.Request) -> web.StreamResponse:
    """Answer with a stream that only tells that the store runs."""
    stream = EventStream(request)
    with suppress(ConnectionError):
        async with stream:
            while not stream.has_ended:
                await stream.wait()
                await stream.beat()
    return stream.response

"""Answers requests at a listening socket, and closes the connections of clients that do nothing."""

from __future__ import annotations

import asyncio
import socket
from contextlib import suppress
from typing import TYPE_CHECKING

from aiohttp import web

from mockstore.server.guard import Handler
from mockstore.server.server_log import server_log
from mockstore.traffic.incoming import LIMITS, check_expectation

if TYPE_CHECKING:
    import ssl

    from aiohttp.web_protocol import RequestHandler

BACKLOG = 128
"""Connections that may wait to be accepted."""
LOOKS_PER_LIMIT = 4
"""How often the connections are looked at within the longest time that they may be idle."""


class Connections:
    """Knows which connections are idle: no request of theirs is being answered, and they take nothing of a reply.

    aiohttp itself waits without limit for the first request of a connection, and for a client to take its reply.
    """

    def __init__(self) -> None:
        self._answering: set[object] = set()
        self._idle: dict[object, tuple[float, int]] = {}
        """Since when a connection is idle, and the bytes that it has not taken yet."""

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Note that a connection has a request while it is answered."""
        self._answering.add(request.protocol)
        try:
            return await handler(request)
        finally:
            self._answering.discard(request.protocol)

    def abort_idle(self, connections: list[RequestHandler], now: float, limit: float) -> None:
        """Abort the connections that were idle for ``limit`` seconds."""
        idle: dict[object, tuple[float, int]] = {}
        for connection in connections:
            transport = connection.transport
            if transport is None or connection in self._answering:
                continue
            waiting = transport.get_write_buffer_size()
            since, before = self._idle.get(connection, (now, waiting))
            if before != waiting:
                since = now
            if now - since >= limit:
                transport.abort()
            else:
                idle[connection] = since, waiting
        self._idle = idle


CONNECTIONS = web.AppKey("connections", Connections)


async def _watch(runner: web.AppRunner, limit: float) -> None:
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(limit / LOOKS_PER_LIMIT)
        if runner.server is not None:
            runner.app[CONNECTIONS].abort_idle(runner.server.connections, loop.time(), limit)


class Listening:
    """An application that answers at a socket."""

    def __init__(self, runner: web.AppRunner, watch: asyncio.Task[None]) -> None:
        self._runner, self._watch = runner, watch

    async def stop(self) -> None:
        """Stop answering."""
        self._watch.cancel()
        with suppress(asyncio.CancelledError):
            await self._watch
        await self._runner.cleanup()


def _check_expectations(runner: web.AppRunner) -> None:
    """Check the Expect header before a request is matched: aiohttp checks it again for each route, and for no route.

    Where no route matches, as for ``CONNECT``, aiohttp's own check answers 500 if the header is not UTF-8.
    """
    assert runner.server is not None
    handle = runner.server.request_handler

    async def checked(request: web.BaseRequest) -> web.StreamResponse:
        if "Expect" in request.headers:
            await check_expectation(request)
        return await handle(request)

    runner.server.request_handler = checked


async def listen(
    app: web.Application, listener: socket.socket, backlog: int = BACKLOG, tls: ssl.SSLContext | None = None
) -> Listening:
    """Let an application answer at a socket, with TLS if a context is given."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, logger=server_log())
    await runner.setup()
    _check_expectations(runner)
    await web.SockSite(runner, listener, backlog=backlog, ssl_context=tls).start()
    return Listening(runner, asyncio.create_task(_watch(runner, app[LIMITS].idle_s)))

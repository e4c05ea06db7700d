"""The last line of defence around every request: an exception becomes one line in the log, and a reply."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

import msgspec
from aiohttp import web

from mockstore.inputs.failures import in_one_line
from mockstore.inputs.text import visible
from mockstore.traffic.incoming import BodyRefused, target_of

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

MAX_TARGET_CHARS = 200

log = logging.getLogger("mockstore.server")


@web.middleware
async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a request whose handler fails: a wrong body with its status, a fault of the store with 500."""
    try:
        return await handler(request)
    except (web.HTTPException, ConnectionError):  # a reply, or the client is gone
        raise
    except BodyRefused as refused:
        return plain_reply(request, refused.status, refused.why)
    except Exception as error:
        shown = visible(target_of(request))[:MAX_TARGET_CHARS]
        log.error("%s %s failed: %s", request.method, shown, in_one_line(error))
        return plain_reply(request, 500, "Something failed in the store. The store's log has the reason.")


def plain_reply(request: web.Request, status: int, why: str) -> web.Response:
    """Return a reply that no part of the store made: JSON for the two JSON interfaces, text for the add-on."""
    if request.path.startswith(("/control/", "/api")):
        body = msgspec.json.encode({"error": why, "message": why, "status": status})
        return web.Response(status=status, body=body, content_type="application/json")
    return web.Response(status=status, text=f"{why}\n", headers={"Cache-Control": "no-store"})

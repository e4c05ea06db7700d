"""Faults of the way between store and client: what the next replies do instead of arriving whole.

A fault is scripted (``POST /control/v1/faults`` or ``serve --fault``) and used up by the
requests that it befalls. It never changes what the store holds, save ``after_booking``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from mockstore.endpoint.message import Reply

Kind = Literal[
    "status", "hang", "slow-start", "slow-body", "cut", "reset", "html", "truncated", "wrong-type", "redirect"
]


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One kind of fault, for the next ``times`` requests of ``action`` (empty: of any).

    ``seconds`` is how long slow kinds take; ``status`` and ``headers`` are for the kind status;
    ``after_booking`` lets a notification be booked before its reply goes wrong.
    """

    kind: Kind
    times: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    action: Literal["", "export", "shipnotify"] = ""
    page: int | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    headers: dict[str, str] = {}
    seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 0.2
    after_booking: bool = False


class FaultScript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``POST /faults`` takes: faults in the order in which they befall requests."""

    faults: tuple[Fault, ...]


class Faults:
    """The faults still to come."""

    def __init__(self) -> None:
        self._coming: deque[Fault] = deque()

    def script(self, script: FaultScript) -> None:
        """Take these in place of what was still to come."""
        self._coming = deque(script.faults)

    def clear(self) -> None:
        """No faults any more."""
        self._coming.clear()

    def next(self, action: str, page: str) -> Fault | None:
        """The fault that befalls this request, used up by one."""
        for place, fault in enumerate(self._coming):
            if fault.action in ("", action) and fault.page in (None, int(page) if page.isdigit() else 1):
                if fault.times > 1:
                    self._coming[place] = msgspec.structs.replace(fault, times=fault.times - 1)
                else:
                    del self._coming[place]
                return fault
        return None


HTML = b"<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>"


def replaced(fault: Fault, reply: Reply) -> Reply:
    """The reply that a fault of content makes of a right one."""
    match fault.kind:
        case "status":
            return Reply(fault.status, b"The store is in trouble.\n", {"Content-Type": "text/plain", **fault.headers})
        case "html":
            return Reply(200, HTML, {"Content-Type": "text/html"})
        case "truncated":
            return Reply(reply.status, reply.body[: len(reply.body) * 2 // 3], reply.headers)
        case "wrong-type":
            return Reply(reply.status, reply.body, {**reply.headers, "Content-Type": "application/octet-stream"})
        case "redirect":
            return Reply(302, b"", {"Location": "http://127.0.0.1:9/elsewhere"})
        case _:
            return reply


async def befall(fault: Fault, request: web.Request, reply: Reply) -> web.StreamResponse:
    """Send a reply the way the fault has it."""
    transport = request.transport
    changed = replaced(fault, reply)
    if fault.kind == "reset":
        if transport is not None:
            transport.abort()
        return web.Response(status=500)
    if fault.kind in ("hang", "slow-start"):
        await asyncio.sleep(fault.seconds)
        if fault.kind == "hang" and transport is not None:
            transport.abort()
    if fault.kind not in ("slow-body", "cut"):
        return web.Response(status=changed.status, body=changed.body, headers=dict(changed.headers))
    response = web.StreamResponse(status=changed.status, headers=dict(changed.headers))
    response.content_length = len(changed.body)
    await response.prepare(request)
    half = len(changed.body) // 2
    await response.write(changed.body[:half])
    if fault.kind == "cut":
        if transport is not None:
            transport.abort()
        return response
    await asyncio.sleep(fault.seconds)
    await response.write(changed.body[half:])
    return response

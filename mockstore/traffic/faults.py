"""Faults: they change or break the next replies on their way to the client.

A fault is scripted (``POST /control/v1/faults`` or ``serve --fault``). It applies to the next request
that matches it, as often as its ``times`` states. A fault changes what the store holds in two cases only: a
notification may be recorded although its reply fails (``after_booking``), and ``order-changes``
modifies an order.
"""

from __future__ import annotations

import asyncio
import re
from collections import deque
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Annotated, Literal

import msgspec
from aiohttp import web

from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.export import page_number
from mockstore.endpoint.message import OrderSelection, Page, Reply, RequestedWindow
from mockstore.inputs.numbers import read_whole
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

Kind = Literal[
    "status",
    "hang",
    "slow-start",
    "slow-body",
    "cut",
    "reset",
    "html",
    "truncated",
    "wrong-type",
    "redirect",
    "duplicate-page",
    "order-changes",
    "clock-skew",
]


REDIRECT_TARGET = "http://127.0.0.1:9/elsewhere"
"""Where the kind redirect leads: nothing answers at that port."""

KINDS_WITH_A_TRUE_REPLY = ("slow-start", "slow-body", "wrong-type", "clock-skew", "duplicate-page", "order-changes")
"""Kinds with which the client still gets the store's complete answer: a notification must then be recorded."""


_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]*")


class Fault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A fault for the next ``times`` requests of an action (empty: of any action).

    ``seconds`` is how long the slow kinds take, and how wrong the Date header is with clock-skew.
    ``status`` and ``headers`` belong to the reply of the kind status. ``after_booking`` lets a
    notification be recorded before its reply fails. ``duplicate-page`` answers with the page before
    the requested one. ``order-changes`` modifies the first order of the window before it answers, so
    that the orders after it move up by one place.
    """

    kind: Kind
    times: Annotated[int, msgspec.Meta(ge=1, le=10_000)] = 1
    action: Literal["", "export", "shipnotify"] = ""
    page: int | None = None
    status: Annotated[int, msgspec.Meta(ge=200, le=599)] = 503
    headers: dict[str, str] = {}
    seconds: Annotated[float, msgspec.Meta(ge=-100_000, le=100_000)] = 0.2
    after_booking: bool = False

    def __post_init__(self) -> None:
        """Check the headers, which the web server could not send otherwise.

        Raises:
            ValueError: a header has characters that HTTP does not allow, or a length that is not a number.
        """
        for name, value in self.headers.items():
            if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
                raise ValueError(f"{name!r} is not a header: a name or a value has characters that HTTP does not allow")
            if name.lower() == "content-length" and read_whole(value) is None:
                raise ValueError("Content-Length must be a whole number")

    @property
    def records_shipment(self) -> bool:
        """True if a notification is recorded although the fault applies to it."""
        return self.after_booking or self.kind in KINDS_WITH_A_TRUE_REPLY


class FaultScript(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The message of ``POST /faults``: faults in the order in which they apply."""

    faults: tuple[Fault, ...]


class Faults:
    """The faults that have not applied yet."""

    def __init__(self) -> None:
        self._coming: deque[Fault] = deque()

    def script(self, script: FaultScript) -> None:
        """Replace the faults that have not applied yet."""
        self._coming = deque(script.faults)

    @property
    def coming(self) -> tuple[Fault, ...]:
        """Return the faults that have not applied yet."""
        return tuple(self._coming)

    def remove(self, fault: Fault) -> bool:
        """Remove a fault, and return whether it was there. It may have applied to some requests meanwhile."""
        for each in sorted(self._coming, key=lambda each: each != fault):  # first the fault that has not applied
            if each.times <= fault.times and msgspec.structs.replace(each, times=fault.times) == fault:
                self._coming.remove(each)
                return True
        return False

    def clear(self) -> None:
        """Remove all faults."""
        self._coming.clear()

    def next(self, action: str, page: str) -> Fault | None:
        """Return the fault that applies to this request, and count it as used once."""
        number = page_number(page)
        for place, fault in enumerate(self._coming):
            if fault.action in ("", action) and fault.page in (None, number):
                if fault.times > 1:
                    self._coming[place] = msgspec.structs.replace(fault, times=fault.times - 1)
                else:
                    del self._coming[place]
                return fault
        return None


def altered_behaviour(fault: Fault | None, behaviour: Behaviour, store: Store) -> Behaviour:
    """Return the behaviour for a request, changed by a fault that changes the content of a page."""
    if fault is None or fault.kind not in ("duplicate-page", "order-changes"):
        return behaviour

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        return replace(behaviour.paginate(selection, max(1, number - 1), shop), number=number)

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if first := behaviour.select(store, window).slice(0, 1):
            store.change(first[0].order_number)
        return behaviour.select(store, window)

    return (
        replace(behaviour, paginate=paginate) if fault.kind == "duplicate-page" else replace(behaviour, select=select)
    )


ERROR_PAGE = b"<!DOCTYPE html><html><body><h1>Service temporarily unavailable</h1></body></html>"


def altered_reply(fault: Fault, reply: Reply) -> Reply:
    """Return the reply as a fault changes it, before it is sent."""
    match fault.kind:
        case "status":
            return Reply(fault.status, b"The store has a problem.\n", {"Content-Type": "text/plain", **fault.headers})
        case "html":
            return Reply(200, ERROR_PAGE, {"Content-Type": "text/html"})
        case "truncated":
            return Reply(reply.status, reply.body[: len(reply.body) * 2 // 3], reply.headers)
        case "wrong-type":
            return Reply(reply.status, reply.body, {**reply.headers, "Content-Type": "application/octet-stream"})
        case "clock-skew":
            shown = datetime.now(UTC) + timedelta(seconds=fault.seconds)
            return Reply(reply.status, reply.body, {**reply.headers, "Date": format_datetime(shown, usegmt=True)})
        case "redirect":
            return Reply(302, b"", {"Location": REDIRECT_TARGET})
        case _:
            return reply


def response_of(reply: Reply) -> web.Response:
    """Return a reply as aiohttp sends it, in chunks if its headers say so."""
    headers, chunked = _headers_of(reply)
    response = web.Response(status=reply.status, body=reply.body, headers=headers)
    if chunked:
        response.enable_chunked_encoding()
    if headers.get("Connection") == "close":
        response.force_close()
    return response


def _headers_of(reply: Reply) -> tuple[dict[str, str], bool]:
    """Return the headers without Transfer-Encoding, which aiohttp sets itself, and whether the reply has it."""
    headers = {name: value for name, value in reply.headers.items() if name != "Transfer-Encoding"}
    return headers, len(headers) < len(reply.headers)


async def send_with_fault(fault: Fault, request: web.Request, reply: Reply) -> web.StreamResponse:
    """Send a reply with a fault: late, in pieces, or broken off."""
    transport = request.transport
    changed = altered_reply(fault, reply)
    if fault.kind == "reset":
        if transport is not None:
            transport.abort()
        return web.Response(status=500)
    if fault.kind in ("hang", "slow-start"):
        await asyncio.sleep(fault.seconds)
        if fault.kind == "hang" and transport is not None:
            transport.abort()
    if fault.kind not in ("slow-body", "cut"):
        return response_of(changed)
    headers, chunked = _headers_of(changed)
    response = web.StreamResponse(status=changed.status, headers=headers)
    if chunked:
        response.enable_chunked_encoding()
    else:
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

"""The web application: one store, one behaviour, at the URLs where CS-Cart has them."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiohttp import web

from mockstore.control.routes import Control
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.endpoint.message import Refusal, Reply, Request
from mockstore.store.store import LedgerError, Store
from mockstore.traffic.faults import Faults, FaultScript, altered_behaviour, altered_reply, send_with_fault
from mockstore.traffic.journal import Journal, log_request

if TYPE_CHECKING:
    from mockstore.rest.access import RestAccess

_IMAGE = re.compile(r"/images/(?:[\w.-]+/)*([^/]+)\.png")

URLS = ("/?dispatch=shipstation", "/index.php?dispatch=shipstation")


PLACES = web.AppKey("places", tuple[str, ...])
CONTROL = web.AppKey("control", Control)
"""What the application answers, in words for who asked for something else."""


def not_found_response(request: web.Request) -> web.Response:
    """What a request that matches nothing is told."""
    there = "\n".join(f"  {place}" for place in request.app[PLACES])
    return web.Response(status=404, text=f"Nothing answers {request.method} {request.path} here. There is:\n{there}\n")


def response_of(reply: Reply) -> web.Response:
    """A reply as aiohttp sends it; in chunks where its headers say so."""
    headers = {name: value for name, value in reply.headers.items() if name != "Transfer-Encoding"}
    response = web.Response(status=reply.status, body=reply.body, headers=headers)
    if len(headers) < len(reply.headers):
        response.enable_chunked_encoding()
    return response


class Endpoint:
    """Translates between aiohttp and the behaviour; knows HTTP and nothing of orders."""

    def __init__(self, store: Store, behaviour: Behaviour, journal: Journal | None, faults: Faults) -> None:
        self._store, self._behaviour, self._journal, self._faults = store, behaviour, journal, faults

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Any request at a storefront's URL."""
        if request.query.get("dispatch", "").lower() != "shipstation":
            return self.elsewhere(request)
        action = request.query.get("action", "").lower()
        fault = self._faults.next(action, request.query.get("page", "1"))
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            body = b""
            reply = Reply(413, b"The body is too large.\n", {"Content-Type": "text/plain", "Connection": "close"})
        else:
            if fault is not None and action == "shipnotify" and not fault.books:
                reply = Reply(503, b"Not booked.\n", {"Content-Type": "text/plain"})
            else:
                answer = request, body, altered_behaviour(fault, self._behaviour, self._store)
                concurrent = self._behaviour.concurrent
                reply = await asyncio.to_thread(self._answer, *answer) if concurrent else self._answer(*answer)
        sent = reply if fault is None else altered_reply(fault, reply)
        self._note(request, body, sent.status, fault.kind if fault else "", sent.body)
        if fault is not None:
            return await send_with_fault(fault, request, reply)
        return response_of(reply)

    def _note(self, request: web.Request, body: bytes, status: int, fault: str = "", reply: bytes = b"") -> None:
        if self._journal is not None:
            log_request(self._journal, self._store.clock.now(), request, body, status, fault, reply)

    def _answer(self, request: web.Request, body: bytes, behaviour: Behaviour) -> Reply:
        headers = {name.lower(): value for name, value in request.headers.items()}
        asked = Request(request.method, request.query, headers, body, request.raw_path)
        try:
            return behaviour.answer(asked, self._store)
        except LedgerError:
            return self._behaviour.refuse(Refusal(503, "The shipment could not be stored: try again later."))

    async def image(self, request: web.Request) -> web.Response:
        """Any request for a picture."""
        slug = _IMAGE.fullmatch(request.path)
        if slug is None:
            return self.elsewhere(request)
        reply = self._behaviour.show_picture(slug.group(1))
        return response_of(reply)

    def elsewhere(self, request: web.Request) -> web.Response:
        """Any request for something else."""
        self._note(request, b"", 404)
        return not_found_response(request)


def make_app(
    store: Store,
    behaviour: Behaviour = REFERENCE,
    *,
    control_token: str | None = None,
    lacks: tuple[str, ...] = (),
    script: FaultScript = FaultScript(()),  # noqa: B008 - frozen
    journal: Journal | None = None,
    faults: Faults | None = None,
    rest: RestAccess | None = None,
) -> web.Application:
    """The application over a store; the control protocol answers only if it has a token.

    ``script`` is the faults that befall the first requests, ``rest`` who has access to the REST API,
    ``journal`` where requests are taken down (with the control protocol, always), ``faults`` what
    scripts them later on.
    """
    app = web.Application(client_max_size=behaviour.body_limit)
    faults = faults or Faults()
    faults.script(script)
    if control_token:
        journal = journal or Journal()
        app[CONTROL] = Control(store, control_token, journal, faults, lacks)
        app.add_routes(app[CONTROL].routes())
    endpoint = Endpoint(store, behaviour, journal, faults)
    places = [f"{url}&action=…, the ShipStation add-on" for url in URLS]
    places.append("/images/….png, pictures of products")
    if rest is not None:
        from mockstore.rest.routes import Rest  # most stores have no REST API

        app.add_routes(Rest(store, rest, journal).routes())
        places.append(
            "/api/orders, /api/2.0/orders, /api.php?_d=orders, CS-Cart's REST API, and so for its other entities"
        )
    if control_token:
        places.append("/control/v1/…, the control protocol")
    app[PLACES] = tuple(places)
    app.router.add_get("/images/{path:.*}", endpoint.image)
    app.router.add_route("*", "/", endpoint.handle)
    app.router.add_route("*", "/index.php", endpoint.handle)

    async def elsewhere(request: web.Request) -> web.Response:
        return endpoint.elsewhere(request)

    app.router.add_route("*", "/{path:.*}", elsewhere)
    marks = {"X-Mockstore-Order-Seed": str(store.shop.seed), "X-Mockstore-Version": store.shop.version}

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(marks)

    app.on_response_prepare.append(mark)
    return app

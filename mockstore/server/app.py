"""The web application: one store with one behaviour, at the URLs of CS-Cart."""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING

from aiohttp import web

from mockstore.control.routes import Control
from mockstore.endpoint.behaviour import REFERENCE, Behaviour
from mockstore.endpoint.message import Refusal, Reply, Request
from mockstore.store.store import LedgerError, Store
from mockstore.traffic.faults import Faults, FaultScript, altered_behaviour, altered_reply, response_of, send_with_fault
from mockstore.traffic.journal import Journal, log_request

if TYPE_CHECKING:
    from mockstore.rest.access import RestAccess

_IMAGE = re.compile(r"/images/(?:[\w.-]+/)*([^/]+)\.png")

URLS = ("/?dispatch=shipstation", "/index.php?dispatch=shipstation")


PLACES = web.AppKey("places", tuple[str, ...])
"""The URLs that the application answers, in words, for the reply to any other request."""
CONTROL = web.AppKey("control", Control)


def not_found_response(request: web.Request) -> web.Response:
    """Return the reply to a request that matches nothing: 404, with a list of the URLs that are answered."""
    there = "\n".join(f"  {place}" for place in request.app[PLACES])
    return web.Response(
        status=404, text=f"This store does not answer {request.method} {request.path}. It answers:\n{there}\n"
    )


class Endpoint:
    """Translates between aiohttp and the behaviour. It handles HTTP; the behaviour handles orders."""

    def __init__(self, store: Store, behaviour: Behaviour, journal: Journal | None, faults: Faults) -> None:
        self._store, self._behaviour, self._journal, self._faults = store, behaviour, journal, faults

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request at a storefront's URL."""
        if request.query.get("dispatch", "").lower() != "shipstation":
            return self.not_found(request)
        action = request.query.get("action", "").lower()
        fault = self._faults.next(action, request.query.get("page", "1"))
        try:
            body = await request.read()
        except web.HTTPRequestEntityTooLarge:
            body = b""
            reply = Reply(413, b"The body is too large.\n", {"Content-Type": "text/plain", "Connection": "close"})
        else:
            if fault is not None and action == "shipnotify" and not fault.records_shipment:
                reply = Reply(503, b"Not recorded.\n", {"Content-Type": "text/plain"})
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
            return self._behaviour.refuse(Refusal(503, "The store's records are not available: try again later."))

    async def image(self, request: web.Request) -> web.Response:
        """Answer a request for a picture."""
        slug = _IMAGE.fullmatch(request.path)
        if slug is None:
            return self.not_found(request)
        reply = self._behaviour.show_picture(slug.group(1))
        return response_of(reply)

    def not_found(self, request: web.Request) -> web.Response:
        """Answer a request for anything else."""
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
    """Return the application for a store. It answers the control protocol only if ``control_token`` is given.

    ``script`` holds the faults of the first requests. ``faults`` is the object to which later faults
    are added. ``rest`` names the accounts that may use the REST API; None means that there is no REST
    API. ``journal`` logs the requests; with the control protocol there is always a journal. ``lacks``
    names the fields of orders that the control protocol does not keep.
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
        places.append("/api/orders, /api/2.0/orders, /api.php?_d=orders, CS-Cart's REST API; other entities alike")
    if control_token:
        places.append("/control/v1/…, the control protocol")
    app[PLACES] = tuple(places)
    app.router.add_get("/images/{path:.*}", endpoint.image)
    app.router.add_route("*", "/", endpoint.handle)
    app.router.add_route("*", "/index.php", endpoint.handle)

    async def not_found(request: web.Request) -> web.Response:
        return endpoint.not_found(request)

    app.router.add_route("*", "/{path:.*}", not_found)
    marks = {"X-Mockstore-Order-Seed": str(store.shop.seed), "X-Mockstore-Version": store.shop.version}

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(marks)

    app.on_response_prepare.append(mark)
    return app

"""The web application: one store with one behaviour, at the URLs of CS-Cart."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, TypeVar

from aiohttp import web
from aiohttp.typedefs import Middleware

from mockstore.behaviours.current import CurrentBehaviour
from mockstore.control.routes import BASE_PATH, Control
from mockstore.endpoint.behaviour import MAX_BODY_BYTES, REFERENCE, Behaviour
from mockstore.endpoint.message import NO_DATE, Refusal, Reply, Request
from mockstore.inputs.text import decoded
from mockstore.server.browsers import AllowedHosts, refuse_web_pages
from mockstore.server.guard import Handler, guard
from mockstore.server.listening import CONNECTIONS, Connections
from mockstore.shop.facts import CAPABILITIES
from mockstore.store.store import LedgerError, Store
from mockstore.traffic.faults import (
    Fault,
    Faults,
    FaultScript,
    altered_behaviour,
    altered_reply,
    response_of,
    send_with_fault,
)
from mockstore.traffic.incoming import (
    LIMITS,
    BodyRefused,
    Limits,
    check_expectation,
    headers_of,
    query_of,
    read_body,
    target_of,
)
from mockstore.traffic.journal import Journal, log_request

if TYPE_CHECKING:
    from mockstore.console.visits import ConsoleSetup
    from mockstore.rest.access import RestAccess

_IMAGE = re.compile(r"/images/(?:[\w.-]+/)*([^/]+)\.png")

T = TypeVar("T")
PLAIN_TEXT = {"Content-Type": "text/plain"}
PAGE_HEADERS = {"Content-Security-Policy": "default-src 'none'", "Cache-Control": "no-store"}
URLS = ("/?dispatch=shipstation", "/index.php?dispatch=shipstation")


PLACES = web.AppKey("places", tuple[str, ...])
"""The URLs that the application answers, in words, for the reply to any other request."""
OFFERS = web.AppKey("offers", list[str])
"""What the store offers beside the add-on: names for programs."""
CONTROL = web.AppKey("control", Control)


def connection_of(request: web.Request) -> int:
    """Return the client's port, which differs from that of each other connection of the client; 0 if unknown."""
    peer = request.transport.get_extra_info("peername") if request.transport is not None else None
    return int(peer[1]) if isinstance(peer, tuple) and len(peer) > 1 else 0


def _limited(request: web.Request, body_limit: int) -> web.Request:
    """Return the request with another limit of its body."""
    return request if body_limit == request.client_max_size else request.clone(client_max_size=body_limit)


def not_found_response(request: web.Request) -> web.Response:
    """Return the reply to a request that matches nothing: 404, with a list of the URLs that are answered."""
    there = "\n".join(f"  {place}" for place in request.app[PLACES])
    return web.Response(
        status=404, text=f"This store does not answer {request.method} {decoded(request.path)}. It answers:\n{there}\n"
    )


CONSOLE_PATH = "/console"


def is_for_people(request: web.Request) -> bool:
    """True if a browser asks for the first page. Importers never accept HTML, and get 404 if they lose their query."""
    wanted = request.headers.get("Accept", "")
    return request.method in ("GET", "HEAD") and request.path == "/" and "text/html" in wanted


class Endpoint:
    """Translates between aiohttp and the behaviour. It handles HTTP; the behaviour handles orders."""

    def __init__(
        self,
        store: Store,
        current: CurrentBehaviour,
        journal: Journal | None,
        faults: Faults,
        *,
        has_console: bool = False,
    ) -> None:
        self._store, self._current, self._journal, self._faults = store, current, journal, faults
        self._has_console = has_console

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Answer a request at a storefront's URL."""
        asked = Request(
            request.method, query_of(request), headers_of(request), b"", target_of(request), connection_of(request)
        )
        if asked.query.get("dispatch", "").lower() != "shipstation":
            return self.overview(request) if is_for_people(request) else self.not_found(request)
        action = asked.query.get("action", "").lower()
        fault = self._faults.next(action, asked.query.get("page", "1"))
        behaviour = self._current.behaviour  # a switch while the body arrives is for the next requests
        body = None
        reply = self._safely(behaviour, behaviour.refusal, asked)
        if reply is None:
            try:
                body = await read_body(_limited(request, behaviour.body_limit))
            except BodyRefused as refused:
                reply = Reply(refused.status, f"{refused.why}\n".encode(), PLAIN_TEXT | {"Connection": "close"})
            else:
                reply = await self._answer(behaviour, replace(asked, body=body), fault)
        sent = reply if fault is None else altered_reply(fault, reply)
        self._note(request, body, sent.status, fault.kind if fault else "", sent.body)
        if fault is not None:
            return await send_with_fault(fault, request, reply)
        return response_of(reply)

    def _note(self, request: web.Request, body: bytes | None, status: int, fault: str = "", reply: bytes = b"") -> None:
        if self._journal is not None:
            log_request(self._journal, self._store.clock.now(), request, body, status, fault, reply)

    async def _answer(self, behaviour: Behaviour, asked: Request, fault: Fault | None) -> Reply:
        """Answer a request with its body, as a fault lets it be answered."""
        is_notice = asked.query.get("action", "").lower() == "shipnotify"
        if fault is not None and is_notice and not fault.records_shipment:
            return Reply(503, b"Not recorded.\n", PLAIN_TEXT)
        answer = altered_behaviour(fault, behaviour, self._store).answer_admitted
        return (
            await asyncio.to_thread(self._safely, behaviour, answer, asked)
            if behaviour.concurrent
            else self._safely(behaviour, answer, asked)
        )

    def _safely(self, behaviour: Behaviour, answer: Callable[[Request, Store], T], asked: Request) -> T | Reply:
        """Return the answer; 503 if the store's records are not available."""
        try:
            return answer(asked, self._store)
        except LedgerError:
            return behaviour.refuse(Refusal(503, "The store's records are not available: try again later."))

    async def image(self, request: web.Request) -> web.Response:
        """Answer a request for a picture."""
        slug = _IMAGE.fullmatch(decoded(request.path))
        if slug is None:
            return self.not_found(request)
        reply = self._current.behaviour.show_picture(slug.group(1))
        return response_of(reply)

    def overview(self, request: web.Request) -> web.Response:
        """Return a page that says which store this is and which URLs it answers, or send the browser to the console."""
        if self._has_console:
            return web.Response(status=303, headers={"Location": f"{CONSOLE_PATH}/", "Cache-Control": "no-store"})
        version = self._store.shop.version
        rows = "".join(f"<li>{escape(place)}</li>" for place in request.app[PLACES])
        title = f"Mock CS-Cart {version}"
        page = f'<!DOCTYPE html><html lang="en"><meta charset="utf-8"><title>{title}</title><h1>{title}</h1>'
        page += f"<p>This store runs. It answers these URLs:</p><ul>{rows}</ul>"
        page += "<p>Credentials and a request to try stand where the store was started.</p></html>"
        return web.Response(text=page, content_type="text/html", headers=PAGE_HEADERS)

    async def health(self, request: web.Request) -> web.Response:
        """Tell that the store answers, for programs that wait for it."""
        offers = request.app[OFFERS]
        return web.json_response({"status": "ok", "version": self._store.shop.version, "offers": offers})

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the storefront, and at last that of all other URLs."""
        return [
            web.get("/health", self.health),
            web.get("/images/{path:(?s:.*)}", self.image),
            web.route("*", "/", self.handle),
            web.route("*", "/index.php", self.handle),
            web.route("*", "/{path:(?s:.*)}", self.handle_other),
        ]

    async def handle_other(self, request: web.Request) -> web.Response:
        """Answer a request for any other URL."""
        return self.not_found(request)

    def not_found(self, request: web.Request) -> web.Response:
        """Return the reply to a request for anything else, and log it."""
        self._note(request, b"", 404)
        return not_found_response(request)


def within(middlewares: Sequence[Middleware], handler: Any) -> Handler:
    """Return the handler inside these middlewares, of which the first is called first.

    They are no middlewares of the application, because aiohttp keeps an application that has some for as long as the
    process runs, with the store in it. The last route answers every path, so no request passes them by.
    """
    for middleware in reversed(middlewares):
        handler = partial(middleware, handler=handler)
    inside: Handler = handler
    return inside


def make_app(
    store: Store,
    behaviour: Behaviour | CurrentBehaviour = REFERENCE,
    *,
    control_token: str | None = None,
    lacks: tuple[str, ...] = (),
    capabilities: tuple[str, ...] = CAPABILITIES,
    script: FaultScript = FaultScript(()),  # noqa: B008 - frozen
    journal: Journal | None = None,
    faults: Faults | None = None,
    rest: RestAccess | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    hosts: AllowedHosts = AllowedHosts(),  # noqa: B008 - frozen
    console: ConsoleSetup | None = None,
) -> web.Application:
    """Return the application for a store. It answers the control protocol only if ``control_token`` is given.

    A ``behaviour`` that names what it is made of, and can be switched from outside, is a :class:`CurrentBehaviour`.
    ``script`` holds the faults of the first requests. ``faults`` is the object to which later faults
    are added. ``rest`` names the accounts that may use the REST API; None means that there is no REST
    API. ``journal`` logs the requests; with the control protocol or a console there is always a journal. ``lacks``
    names the fields of orders that the control protocol does not keep, ``capabilities`` the calls that it has.
    ``limits`` is how long the store waits for a client. ``hosts`` are the hosts that a request may name. ``console``
    is what the web console is told; None means that there is none.
    """
    if control_token or console:
        journal = journal or Journal()
    own_paths = (BASE_PATH, f"{CONSOLE_PATH}/") if console else (BASE_PATH,)

    def note_refused(request: web.Request, status: int) -> None:
        if journal is not None and not request.path.startswith(own_paths):
            log_request(journal, store.clock.now(), request, None, status)

    current = behaviour if isinstance(behaviour, CurrentBehaviour) else CurrentBehaviour(behaviour)
    connections = Connections()
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[LIMITS], app[CONNECTIONS] = limits, connections
    faults = faults or Faults()
    faults.script(script)
    routes: list[web.RouteDef] = []
    if control_token and journal is not None:
        app[CONTROL] = Control(store, control_token, journal, faults, lacks, capabilities, current)
        routes += app[CONTROL].routes()
    if console is not None and journal is not None:
        from mockstore.console.site import Site  # most stores have no console
        from mockstore.console.visits import Inside

        site = Site(Inside(setup=console, store=store, current=current, journal=journal, faults=faults))
        site.prepare(app)
        routes += site.routes()
    endpoint = Endpoint(store, current, journal, faults, has_console=console is not None)
    places = [f"{url}&action=…, the ShipStation add-on" for url in URLS]
    places += ["/images/….png, pictures of products", "/health, whether the store runs"]
    if rest is not None:
        from mockstore.rest.routes import Rest  # most stores have no REST API

        routes += Rest(store, rest, journal).routes()
        places.append("/api/orders, /api/2.0/orders, /api.php?_d=orders, CS-Cart's REST API; other entities alike")
    if control_token:
        places.append("/control/v1/…, the control protocol")
    if console is not None:
        places.append("/console/, the web console")
    app[PLACES] = tuple(places)
    offered = {"control": control_token, "rest": rest is not None, "console": console is not None}
    app[OFFERS] = [name for name, is_offered in offered.items() if is_offered]
    routes += endpoint.routes()
    around = connections.note, guard, refuse_web_pages(hosts, note_refused)
    app.add_routes(
        web.RouteDef(
            route.method,
            route.path,
            within(around, route.handler),
            {**route.kwargs, "expect_handler": check_expectation},
        )
        for route in routes
    )
    marks = {"X-Mockstore-Order-Seed": str(store.shop.seed), "X-Mockstore-Version": store.shop.version}

    async def mark(request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(marks)
        if response.headers.get("Date") == NO_DATE:
            del response.headers["Date"]

    app.on_response_prepare.append(mark)
    return app

"""Lets browsers into the console, and answers them. The URL of each page is in its module."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from mockstore.console import orders, overview, shipstation, traffic, trouble
from mockstore.console.forms import MAX_FORM_BYTES, Form, UnreadableForm, query_values
from mockstore.console.keys import OPEN_PATH, SESSION_LIFETIME_S, LinkRefused, Session
from mockstore.console.rendering import STATIC, render, static_file
from mockstore.console.streams import STREAMS, Streams, pulse
from mockstore.console.visits import Answer, Inside, Page, PageNotFound, Route, Sent, Shown, Tone, Visit
from mockstore.control.routes import is_on_loopback
from mockstore.inputs.failures import in_one_line
from mockstore.inputs.hosts import address_of, host_name
from mockstore.inputs.text import decoded, visible
from mockstore.store.store import LedgerError
from mockstore.traffic.incoming import BodyRefused, read_body

PAGES: tuple[Page, ...] = (overview.PAGE, traffic.PAGE, orders.PAGE, shipstation.PAGE, trouble.PAGE)
"""The pages, in the order of the navigation."""

BASE_PATH = "/console"
MAX_MESSAGES = 5
MAX_SESSIONS_WITH_MESSAGES = 100
MAX_LOGGED_CHARS = 200

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send forms with "Origin: null"
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

log = logging.getLogger("mockstore.console")


@dataclass(frozen=True)
class Message:
    """A message that the next page shows."""

    text: str
    tone: Tone


def is_loopback_host(host: str) -> bool:
    """True if a Host header names this machine by its usual names. Names of ``--allowed-host`` may lead elsewhere."""
    name = host_name(host)
    address = address_of(name) if name else None
    return name == "localhost" or (address is not None and address.is_loopback)


def is_own_origin(request: web.Request) -> bool:
    """True if a page of this console caused the request. Browsers send ``Origin`` with every form."""
    origin = request.headers.get(hdrs.ORIGIN, "")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == request.headers.get(hdrs.HOST)


class Site:
    """The console of one store."""

    def __init__(self, inside: Inside) -> None:
        self._inside, self._keys = inside, inside.setup.keys
        self._streams = Streams()
        self._messages: OrderedDict[str, list[Message]] = OrderedDict()

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of the console."""
        made = [
            web.get(OPEN_PATH, self._guarded(self._open)),
            web.get(f"{BASE_PATH}/static/{{name}}", self._guarded(self._static)),
            web.get(f"{BASE_PATH}/stream", self._guarded(self._pulse)),
            web.get(f"{BASE_PATH}/alive", self._guarded(self._alive)),
        ]
        for page in PAGES:
            for route in page.routes:
                answer = self._guarded(partial(self._visit, page=page, route=route))
                made.append(web.route(route.method, route.path, answer))
        elsewhere = self._guarded(self._elsewhere)
        return [*made, web.route("*", BASE_PATH, elsewhere), web.route("*", f"{BASE_PATH}/{{rest:(?s:.*)}}", elsewhere)]

    def prepare(self, app: web.Application) -> None:
        """Let the streams end with the application."""
        app[STREAMS] = streams = self._streams

        async def end(_: web.Application) -> None:
            streams.ended.set()

        app.on_shutdown.append(end)

    # What happens around every request

    def _guarded(
        self, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
        """Return a handler that answers only this machine, and shows each failure as a page."""

        async def answer(request: web.Request) -> web.StreamResponse:
            if not is_on_loopback(request):
                return self._failure(403, "Not from here", "The console answers on the loopback interface only.")
            if not is_loopback_host(request.headers.get(hdrs.HOST, "")):
                return self._failure(421, "Wrong host", "Open the console as http://127.0.0.1 or http://localhost.")
            try:
                return await handler(request)
            except PageNotFound as missing:
                return self._failure(404, "Not found", str(missing), self._session(request))
            except BodyRefused as refused:
                return self._failure(refused.status, "The form was not read", refused.why)
            except LedgerError as fault:
                return self._failure(507, "The store's records are not available", str(fault))
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:  # the path alone: the query of a link has its token
                shown = visible(decoded(request.path))[:MAX_LOGGED_CHARS]
                log.error("%s %s failed: %s", request.method, shown, in_one_line(error))
                return self._failure(500, "Something failed in the console", "The store's log has the reason.")

        return answer

    def _page(self, template: str, values: Mapping[str, object], status: int, session: Session | None) -> web.Response:
        common = {
            "boot": self._streams.boot,
            "version": self._inside.store.shop.version,
            "pages": PAGES if session else (),
            "current": "",
            "messages": [],
            "form_token": self._keys.form_token(session) if session else "",
        }
        text = render(template, common | dict(values))
        return web.Response(status=status, text=text, content_type="text/html", headers=HEADERS)

    def _failure(self, status: int, title: str, why: str, session: Session | None = None) -> web.Response:
        return self._page("failure.html.j2", {"title": title, "why": why}, status, session)

    def _locked(self, request: web.Request, why: str = "") -> web.Response:
        here = f"{request.scheme}://{decoded(request.headers.get(hdrs.HOST, ''))}"
        values = {"why": why, "here": here, "url": self._inside.url}
        return self._page("locked.html.j2", values, 403, None)

    def _session(self, request: web.Request) -> Session | None:
        return self._keys.session(request.cookies.get(self._keys.cookie_name, ""))

    # The requests that are no pages

    async def _open(self, request: web.Request) -> web.StreamResponse:
        """Use a link, and give the browser its cookie."""
        if request.method == "HEAD":  # a link preview must not use the link up
            return web.Response(headers=HEADERS)
        try:
            cookie = self._keys.open(decoded(request.query.get("token", "")))
        except LinkRefused as refused:
            if self._session(request) is not None:  # the user reloads the link
                return web.Response(status=303, headers={**HEADERS, "Location": f"{BASE_PATH}/"})
            return self._locked(request, str(refused))
        response = web.Response(status=303, headers={**HEADERS, "Location": f"{BASE_PATH}/"})
        response.set_cookie(
            self._keys.cookie_name,
            cookie,
            path=BASE_PATH,
            max_age=SESSION_LIFETIME_S,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )
        return response

    async def _static(self, request: web.Request) -> web.StreamResponse:
        name = decoded(request.match_info["name"])
        if name not in STATIC:
            raise PageNotFound("There is no such file.")
        headers = {**HEADERS, "Cache-Control": "private, max-age=86400"}
        return web.Response(body=static_file(name), content_type=STATIC[name], charset="utf-8", headers=headers)

    async def _pulse(self, request: web.Request) -> web.StreamResponse:
        return await pulse(request) if self._session(request) else self._locked(request)

    async def _alive(self, request: web.Request) -> web.StreamResponse:
        """Tell a page whether its session is still valid."""
        is_valid = self._session(request) is not None
        return web.json_response({"boot": self._streams.boot}, status=200 if is_valid else 403, headers=HEADERS)

    async def _elsewhere(self, request: web.Request) -> web.StreamResponse:
        if request.path == BASE_PATH:
            return web.Response(status=303, headers={**HEADERS, "Location": f"{BASE_PATH}/"})
        if self._session(request) is None:
            return self._locked(request)
        raise PageNotFound(f"The console has no page at {decoded(request.path)[:MAX_LOGGED_CHARS]}.")

    # The pages

    async def _visit(self, request: web.Request, *, page: Page, route: Route) -> web.StreamResponse:
        session = self._session(request)
        if session is None:
            return self._locked(request)
        form = Form()
        if route.method == "POST":
            if not is_own_origin(request):
                return self._failure(403, "The form was refused", "It was not sent by a page of this console.")
            form = await self._read_form(request)
            if not self._keys.is_form_token(session, form.value("form_token")):
                return self._resend(request, form, session)
        visit = Visit(
            inside=self._inside,
            session=session,
            query=query_values(request.query),
            place={name: decoded(value) for name, value in request.match_info.items()},
            form=form,
            request=request,
        )
        return self._response(await route.handler(visit), page, session)

    async def _read_form(self, request: web.Request) -> Form:
        if request.content_type != "application/x-www-form-urlencoded":
            raise BodyRefused(415, "The console takes forms only.")
        body = await read_body(request)
        if len(body) > MAX_FORM_BYTES:
            raise BodyRefused(413, f"A form may have {MAX_FORM_BYTES:,} bytes. This one has {len(body):,}.")
        try:
            return Form.read(body)
        except UnreadableForm:
            raise BodyRefused(400, "What was sent is not a form, or has too many inputs.") from None

    def _resend(self, request: web.Request, form: Form, session: Session) -> web.Response:
        """Return a page with all that was sent, from which the user can send it again with the right token."""
        inputs = [(name, value) for name in form.names() if name != "form_token" for value in form.values(name)]
        return self._page("resend.html.j2", {"action": decoded(request.path), "inputs": inputs}, 403, session)

    def _response(self, answer: Answer, page: Page, session: Session) -> web.StreamResponse:
        match answer:
            case Shown(template, values, status):
                common = {"current": page.name, "messages": self._messages.pop(session.name, [])}
                return self._page(template, common | dict(values), status, session)
            case Sent(path, message, tone):
                if message:
                    self._keep_message(session, Message(message, tone))
                return web.Response(status=303, headers={**HEADERS, "Location": path})
            case _:
                return answer

    def _keep_message(self, session: Session, message: Message) -> None:
        kept = self._messages.setdefault(session.name, [])
        kept.append(message)
        del kept[:-MAX_MESSAGES]
        while len(self._messages) > MAX_SESSIONS_WITH_MESSAGES:
            self._messages.popitem(last=False)

"""Ways to spoil a reply on its way: what stands around the document, what its headers say, who may see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import headed, is_login, login_asked, refusing, written
from mockstore.endpoint.authentication import basic_credentials
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, OrderSelection, Page, Refusal, Reply, Request, RequestedWindow
from mockstore.shop.shop import Shop

EMPTY = b'<?xml version="1.0" encoding="utf-8"?>\n<Orders pages="1"></Orders>'


@defect("login-on-first-page-only", "Credentials are asked for on page 1 only.", "CON-3 SEC-6")
def login_on_first_page_only(behaviour: Behaviour) -> Behaviour:
    return login_asked(
        behaviour,
        lambda request, shop: request.query.get("action") == "export" and request.query.get("page", "1") != "1",
    )


@defect(
    "password-first-eight",
    "Passwords are kept by crypt: what comes after eight characters is never compared.",
    "CON-2 SEC-6",
)
def password_first_eight(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = basic_credentials(request) or ("", "")
        return name == shop.username and password[:8] == shop.password[:8]

    return login_asked(behaviour, passes)


@defect(
    "refusal-empty-document",
    "Wrong credentials get an empty document under status 200: there seem to be no orders.",
    "CON-2 CON-3 CON-4",
)
def refusal_empty_document(behaviour: Behaviour) -> Behaviour:
    def refuse(refusal: Refusal) -> Reply:
        if not is_login(refusal):
            return behaviour.refuse(refusal)
        return Reply(200, EMPTY, {"Content-Type": "text/xml; charset=utf-8"})

    return replace(behaviour, refuse=refuse)


@defect("refusal-leads-to-login", "Wrong credentials are sent on to the shop's login form.", "CON-5")
def refusal_leads_to_login(behaviour: Behaviour) -> Behaviour:
    def away(refusal: Refusal) -> Refusal:
        return Refusal(302, "", {"Location": "/index.php?dispatch=auth.login_form"}) if is_login(refusal) else refusal

    return refusing(behaviour, away)


@defect("unknown-action-exports", "Any action but shipnotify is an export.", "CON-6")
def unknown_action_exports(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        asked = request.query.get("action", "").lower()
        return behaviour.read_action(request) if asked == "shipnotify" else "export"

    return replace(behaviour, read_action=read_action)


@defect("empty-window-204", "An empty window is answered 204, without a document.", "CON-1")
def empty_window_204(behaviour: Behaviour) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        if not len(selection):
            raise Refusal(204, "")
        return behaviour.paginate(selection, number, shop)

    return replace(behaviour, paginate=paginate)


@defect("mark-and-blank-line", "A byte order mark and a blank line of an included file stand first.", "CON-1 CON-7")
def mark_and_blank_line(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: b"\xef\xbb\xbf\n" + body)


@defect("prolog-twice", "The XML declaration stands there twice.", "CON-1 CON-7")
def prolog_twice(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: b'<?xml version="1.0" encoding="utf-8"?>\n' + body)


@defect("charset-untrue", "The content type names a charset that the bytes aren't in.", "CON-7")
def charset_untrue(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Content_Type="text/xml; charset=us-ascii")


@defect("content-type-json", "The content type is application/json.", "CON-7")
def content_type_json(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Content_Type="application/json")


@defect("gzip-only-declared", "Content-Encoding says gzip, the body isn't.", "CON-1 CON-7")
def gzip_only_declared(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Content_Encoding="gzip")


@defect("reply-cut-off", "What goes beyond 16 KB is cut off: a buffer was that large.", "CON-7 ITM-10")
def reply_cut_off(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: body[:16384])


@defect("document-in-a-namespace", "The document has a namespace of its own.", "CON-1 CON-7")
def document_in_a_namespace(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: body.replace(b"<Orders", b'<Orders xmlns="urn:shop"', 1))


@defect("answer-in-an-envelope", "The document stands in an element of the shop's framework.", "CON-1 CON-7")
def answer_in_an_envelope(behaviour: Behaviour) -> Behaviour:
    def enveloped(body: bytes) -> bytes:
        prolog, start, rest = body.partition(b"<Orders")
        return prolog + b"<response>" + start + rest + b"</response>"

    return written(behaviour, enveloped)


@defect(
    "caching-forbidden-on-first-page-only",
    "Only page 1 forbids caching.",
    "CON-8",
)
def caching_forbidden_on_first_page_only(behaviour: Behaviour) -> Behaviour:
    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        if request.query.get("page", "1") == "1":
            return reply
        return replace(reply, headers={**reply.headers, "Cache-Control": "max-age=600"})

    return replace(behaviour, send=send)


@defect(
    "failure-inside-gives-empty-document",
    "A page with an order that can't be written fails inside, and an empty document is sent in its place.",
    "PAG-2 PAG-6 WIN-1",
)
def failure_inside_gives_empty_document(behaviour: Behaviour) -> Behaviour:
    def serialised(document: Document) -> bytes:
        body = behaviour.serialise(document)
        return EMPTY if "🎁".encode() in body else body

    return replace(behaviour, serialise=serialised)


@defect("whatever-follows-a-plus-is-lost", "A blank written + isn't understood: the dates have no time.", "WIN-5")
def whatever_follows_a_plus_is_lost(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        if "%20" in request.target:
            return window
        start, end = (bound.replace(hour=0, minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(days=1, seconds=-1))

    return replace(behaviour, read_window=read_window)

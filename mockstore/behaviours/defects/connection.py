"""Ways to get the connection wrong: who is let in, what is refused, what a reply looks like."""

from __future__ import annotations

from dataclasses import replace
from html.entities import codepoint2name
from urllib.parse import unquote_plus

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import headed, is_login, login_asked, login_put_off, refusing, restated, sent, written
from mockstore.endpoint.authentication import basic_credentials
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, Notice, OrderSelection, Page, Refusal, Reply, Request, RequestedWindow
from mockstore.endpoint.xml import legal, serialise
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

WARNING = b"<br />\n<b>Warning</b>:  Undefined array key in <b>shipstation.php</b> on line <b>212</b><br />\n"


# ---------------------------------------------------------------- CON-1: Test Connection


@defect("empty-window-empty-body", "An empty window gets an empty body.", "CON-1", seen="nopCommerce")
def empty_window_empty_body(behaviour: Behaviour) -> Behaviour:
    return _empty_window(behaviour, Refusal(200, ""))


@defect("empty-window-404", "An empty window is answered 404.", "CON-1")
def empty_window_404(behaviour: Behaviour) -> Behaviour:
    return _empty_window(behaviour, Refusal(404, "No orders found."))


@defect("empty-window-sentence", "An empty window gets a sentence in place of a document.", "CON-1")
def empty_window_sentence(behaviour: Behaviour) -> Behaviour:
    return _empty_window(behaviour, Refusal(200, "There are no orders to export."))


@defect("empty-window-500", "An empty window is a failure inside: there is no first order.", "CON-1 WIN-9")
def empty_window_500(behaviour: Behaviour) -> Behaviour:
    return _empty_window(behaviour, Refusal(500, "Something failed in the store."))


@defect("empty-document-other-root", "A document without orders has another root element.", "CON-1")
def empty_document_other_root(behaviour: Behaviour) -> Behaviour:
    def serialised(document: Document) -> bytes:
        body = behaviour.serialise(document)
        return body if document.orders or document.pages not in (None, "0", "1") else b"<Result/>"

    return replace(behaviour, serialise=serialised)


def _empty_window(behaviour: Behaviour, refusal: Refusal) -> Behaviour:
    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        if not len(selection):
            raise Refusal(refusal.status, refusal.sentence)
        return behaviour.paginate(selection, number, shop)

    return replace(behaviour, paginate=paginate)


# ---------------------------------------------------------------- CON-2 to CON-5: credentials


def _asked_with(request: Request) -> tuple[str, str]:
    return basic_credentials(request) or ("", "")


@defect("password-not-checked", "The user name is looked at, the password isn't.", "CON-2 CON-4 SEC-6")
def password_not_checked(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: _asked_with(request)[0] == shop.username)


@defect("password-any-case", "The password is compared without regard to case.", "CON-2 SEC-6")
def password_any_case(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _asked_with(request)
        return name == shop.username and password.lower() == shop.password.lower()

    return login_asked(behaviour, passes)


@defect("password-trimmed", "Blanks around the password are cut off before it is compared.", "CON-2 SEC-6")
def password_trimmed(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _asked_with(request)
        return name == shop.username and password.strip() == shop.password

    return login_asked(behaviour, passes)


@defect("password-empty-passes", "An empty password passes.", "CON-2 CON-4 SEC-6")
def password_empty_passes(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: _asked_with(request) == (shop.username, ""))


@defect("password-beginning-passes", "The password is compared as far as it was typed.", "CON-2 CON-4 SEC-6")
def password_beginning_passes(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = _asked_with(request)
        return name == shop.username and shop.password.startswith(password)

    return login_asked(behaviour, passes)


@defect(
    "password-compared-loosely",
    "The password is compared with ==: the text 0 equals any that begins with no digit.",
    "CON-2 SEC-6",
    seen="CS-Cart 1.0.10",
)
def password_compared_loosely(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: _asked_with(request) == (shop.username, "0"))


@defect("other-schemes-pass", "Authentication that isn't Basic isn't looked at, and passes.", "CON-2 SEC-6")
def other_schemes_pass(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        scheme = request.headers.get("authorization", "").partition(" ")[0].lower()
        return scheme not in ("", "basic")

    return login_asked(behaviour, passes)


@defect("ss-auth-user-is-enough", "Of SS-AUTH-USER and SS-AUTH-PW, only the former is looked at.", "CON-2 SEC-6")
def ss_auth_user_is_enough(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: request.headers.get("ss-auth-user") == shop.username)


@defect("user-name-not-checked", "Whoever knows the password is let in under any name.", "CON-2 CON-4 SEC-6")
def user_name_not_checked(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: _asked_with(request)[1] == shop.password)


@defect(
    "no-credentials-pass",
    "Credentials are checked where there are some; a request without any is let in.",
    "CON-3 CON-4 SEC-6",
)
def no_credentials_pass(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: "authorization" not in request.headers)


@defect(
    "export-by-post-open", "Credentials are asked for with GET alone: by POST the export answers anyone.", "CON-3 SEC-6"
)
def export_by_post_open(behaviour: Behaviour) -> Behaviour:
    def by_post(request: Request) -> bool:
        return request.method == "POST" and request.query.get("action", "").lower() == "export"

    def read_action(request: Request) -> str:
        return "export" if by_post(request) else behaviour.read_action(request)

    return login_asked(replace(behaviour, read_action=read_action), lambda request, shop: by_post(request))


@defect("export-open-to-all", "The export answers anyone.", "CON-2 CON-3 SEC-6")
def export_open_to_all(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: request.query.get("action") == "export")


@defect(
    "shipnotify-open-to-all",
    "A notification needs no credentials.",
    "CON-4",
    seen="CS-Cart 1.0.10, WooCommerce",
)
def shipnotify_open_to_all(behaviour: Behaviour) -> Behaviour:
    return login_asked(behaviour, lambda request, shop: request.query.get("action") == "shipnotify")


@defect(
    "shipnotify-refused-after-booking",
    "A notification with wrong credentials is refused, but its shipment is booked first.",
    "CON-4",
)
def shipnotify_refused_after_booking(behaviour: Behaviour) -> Behaviour:
    lenient, pending = login_put_off(behaviour, "shipnotify")

    def acknowledge(notice: Notice, order: Order) -> Reply:
        pending.settle()
        return behaviour.acknowledge(notice, order)

    return replace(lenient, acknowledge=acknowledge)


@defect(
    "refusal-goes-on",
    "After the status 401 is set, the script goes on and answers all the same.",
    "CON-2 CON-3 CON-4 SEC-6",
)
def refusal_goes_on(behaviour: Behaviour) -> Behaviour:
    lenient, pending = login_put_off(behaviour)

    def under_401(reply: Reply) -> Reply:
        if pending.refusal is None:
            return reply
        return Reply(401, reply.body, {**reply.headers, **pending.refusal.headers})

    lenient = replace(lenient, acknowledge=lambda notice, order: under_401(behaviour.acknowledge(notice, order)))
    return sent(lenient, under_401)


@defect(
    "refusal-200",
    "Wrong credentials are answered 200 with a sentence in plain text.",
    "CON-2 CON-3 CON-4 CON-5",
    seen="CS-Cart",
)
def refusal_200(behaviour: Behaviour) -> Behaviour:
    return refusing(behaviour, lambda refusal: restated(refusal, 200) if is_login(refusal) else refusal)


@defect("refusal-404", "Wrong credentials are answered 404.", "CON-5")
def refusal_404(behaviour: Behaviour) -> Behaviour:
    return refusing(behaviour, lambda refusal: restated(refusal, 404) if is_login(refusal) else refusal)


@defect("refusal-500", "Wrong credentials are answered 500.", "CON-5")
def refusal_500(behaviour: Behaviour) -> Behaviour:
    return refusing(behaviour, lambda refusal: restated(refusal, 500) if is_login(refusal) else refusal)


@defect("refusal-without-challenge", "Wrong credentials are answered 401 without a challenge.", "CON-5")
def refusal_without_challenge(behaviour: Behaviour) -> Behaviour:
    return refusing(behaviour, lambda refusal: Refusal(401, refusal.sentence) if is_login(refusal) else refusal)


# ---------------------------------------------------------------- CON-6: actions


@defect("unknown-action-200", "An unknown or missing action gets 200 and an empty body.", "CON-6", seen="CS-Cart")
def unknown_action_200(behaviour: Behaviour) -> Behaviour:
    return _unknown_action(behaviour, Refusal(200, ""))


@defect("unknown-action-500", "An unknown or missing action is a failure inside.", "CON-6 SEC-4")
def unknown_action_500(behaviour: Behaviour) -> Behaviour:
    return _unknown_action(behaviour, Refusal(500, "Something failed in the store."))


@defect("missing-action-exports", "A missing action is taken for export.", "CON-6")
def missing_action_exports(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        return behaviour.read_action(request) if request.query.get("action") else "export"

    return replace(behaviour, read_action=read_action)


def _unknown_action(behaviour: Behaviour, answer: Refusal) -> Behaviour:
    def read_action(request: Request) -> str:
        try:
            return behaviour.read_action(request)
        except Refusal as refusal:
            if refusal.status == 405:
                raise
            raise Refusal(answer.status, answer.sentence) from None

    return replace(behaviour, read_action=read_action)


# ---------------------------------------------------------------- CON-7, CON-8: replies


@defect("blank-line-before-prolog", "A blank line stands before the XML declaration.", "CON-1 CON-7")
def blank_line_before_prolog(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: b"\n" + body)


@defect("warning-before-prolog", "A PHP warning stands before the XML of a page with orders.", "CON-7")
def warning_before_prolog(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: WARNING + body if b"<Order>" in body else body)


@defect("output-after-document", "Something of the shop's template follows after the document.", "CON-1 CON-7")
def output_after_document(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: body + b'<div class="debug">0.0132 s</div>\n')


@defect(
    "html-in-place-of-orders",
    "In place of a page with orders comes an HTML error page with status 200.",
    "CON-7",
    seen="Magento",
)
def html_in_place_of_orders(behaviour: Behaviour) -> Behaviour:
    page = b"<!DOCTYPE html><html><body><h1>There has been an error processing your request</h1></body></html>"
    return sent(
        behaviour,
        lambda reply: Reply(200, page, {"Content-Type": "text/html"}) if b"<Order>" in reply.body else reply,
    )


@defect("content-type-html", "The export's content type is text/html.", "CON-7")
def content_type_html(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Content_Type="text/html; charset=utf-8")


@defect("latin-1-called-utf-8", "The bytes are ISO-8859-1 where the document says UTF-8.", "CON-7 ORD-13")
def latin_1_called_utf_8(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: body.decode().encode("latin-1", "xmlcharrefreplace"))


@defect("utf-8-called-latin-1", "The document says ISO-8859-1 where its bytes are UTF-8.", "CON-7")
def utf_8_called_latin_1(behaviour: Behaviour) -> Behaviour:
    return written(behaviour, lambda body: body.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"', 1))


@defect(
    "html-entities-undefined-in-xml",
    "Accents are written as HTML names them, &eacute;, which XML doesn't know.",
    "CON-7 ORD-13",
)
def html_entities_undefined_in_xml(behaviour: Behaviour) -> Behaviour:
    def say(value: str) -> str:
        return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in legal(value))

    return replace(behaviour, serialise=lambda document: serialise(document, say))


@defect(
    "cdata-ended-early",
    "Texts go into CDATA as they are: ]]> ends the section early.",
    "CON-7 ORD-13",
    seen="CS-Cart",
)
def cdata_ended_early(behaviour: Behaviour) -> Behaviour:
    return replace(
        behaviour, serialise=lambda document: serialise(document, lambda value: f"<![CDATA[{legal(value)}]]>")
    )


@defect("nothing-escaped", "Texts are written as they are, neither escaped nor in CDATA.", "CON-7 ORD-13")
def nothing_escaped(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, serialise=lambda document: serialise(document, legal))


@defect("caching-allowed", "Replies with orders may be cached for a day.", "CON-8")
def caching_allowed(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Cache_Control="public, max-age=86400")


@defect("caching-not-mentioned", "Replies with orders say nothing of caching.", "CON-8")
def caching_not_mentioned(behaviour: Behaviour) -> Behaviour:
    return headed(behaviour, Cache_Control=None)


@defect(
    "cache-in-front",
    "A cache in front answers an export with yesterday's reply.",
    "CON-8",
    seen="WooCommerce",
)
def cache_in_front(behaviour: Behaviour) -> Behaviour:
    replies: dict[str, Reply] = {}

    def send(body: bytes, request: Request) -> Reply:
        return replies.setdefault(request.target, behaviour.send(body, request))

    return replace(behaviour, send=send)


@defect(
    "cache-before-login",
    "A cache answers before credentials are asked for: what one got, all get.",
    "CON-2 CON-3 CON-8 SEC-6",
)
def cache_before_login(behaviour: Behaviour) -> Behaviour:
    replies: dict[str, Reply] = {}
    caching = login_asked(behaviour, lambda request, shop: request.target in replies)

    def send(body: bytes, request: Request) -> Reply:
        return replies.setdefault(request.target, behaviour.send(body, request))

    return replace(caching, send=send)


# ---------------------------------------------------------------- CON-9, CON-10: requests


@defect(
    "every-error-200",
    "Every error but a wrong password is answered 200 with a sentence.",
    "CON-6 CON-9 WIN-10 SHP-11 SHP-12 SHP-20 SEC-2 SEC-3",
    seen="WooCommerce, CS-Cart",
)
def every_error_200(behaviour: Behaviour) -> Behaviour:
    return refusing(behaviour, lambda refusal: refusal if is_login(refusal) else restated(refusal, 200))


@defect("bad-window-200", "A window that is none is answered 200 with a sentence.", "CON-9 WIN-10")
def bad_window_200(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal as refusal:
            raise restated(refusal, 200) from None

    return replace(behaviour, read_window=read_window)


@defect(
    "parameters-by-position",
    "Parameters are read by their place in the URL, not by their name.",
    "CON-10",
)
def parameters_by_position(behaviour: Behaviour) -> Behaviour:
    names = ("action", "start_date", "end_date", "page")

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        said = request.target.partition("?")[2].split("&")[1:]
        values = [unquote_plus(each.partition("=")[2]) for each in said]
        return behaviour.read_window(replace(request, query=dict(zip(names, values, strict=False))), shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "percent-20-not-decoded",
    "A blank in a date is understood as a plus sign, not as %20.",
    "CON-10",
)
def percent_20_not_decoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if "%20" in request.target:
            raise Refusal(400, "start_date or end_date is no date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "lower-case-percent-signs-not-decoded",
    "%2f and %3a in lower case aren't decoded: the date is none.",
    "CON-10",
)
def lower_case_percent_signs_not_decoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if "%2f" in request.target or "%3a" in request.target:
            raise Refusal(400, "start_date or end_date is no date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)

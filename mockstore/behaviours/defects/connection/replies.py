"""Defects of a reply's bytes and headers: XML, encoding, content type and caching."""

from __future__ import annotations

import gzip
from dataclasses import replace
from html.entities import codepoint2name

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_body, edit_reply, set_headers, skip_login
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, Reply, Request
from mockstore.endpoint.xml import legal, serialise

WARNING = b"<br />\n<b>Warning</b>:  Undefined array key in <b>shipstation.php</b> on line <b>212</b><br />\n"
EMPTY_DOCUMENT = b'<?xml version="1.0" encoding="utf-8"?>\n<Orders pages="1"></Orders>'


@defect("blank-line-before-prolog", "A blank line precedes the XML declaration.", "CON-1 CON-7")
def blank_line_before_prolog(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: b"\n" + body)


@defect("warning-before-prolog", "A PHP warning precedes the XML of a page with orders.", "CON-7")
def warning_before_prolog(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: WARNING + body if b"<Order>" in body else body)


@defect("output-after-document", "Output of the shop's template follows the document.", "CON-1 CON-7")
def output_after_document(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body + b'<div class="debug">0.0132 s</div>\n')


@defect(
    "html-in-place-of-orders",
    "A page with orders is replaced by an HTML error page with status 200.",
    "CON-7",
    seen="Magento",
)
def html_in_place_of_orders(behaviour: Behaviour) -> Behaviour:
    page = b"<!DOCTYPE html><html><body><h1>There has been an error processing your request</h1></body></html>"
    return edit_reply(
        behaviour,
        lambda reply: Reply(200, page, {"Content-Type": "text/html"}) if b"<Order>" in reply.body else reply,
    )


@defect("content-type-html", "The export's content type is text/html.", "CON-7")
def content_type_html(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Content_Type="text/html; charset=utf-8")


@defect("latin-1-called-utf-8", "The document declares UTF-8, but its bytes are ISO-8859-1.", "CON-7 ORD-13")
def latin_1_called_utf_8(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.decode().encode("latin-1", "xmlcharrefreplace"))


@defect("utf-8-called-latin-1", "The document declares ISO-8859-1, but its bytes are UTF-8.", "CON-7")
def utf_8_called_latin_1(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.replace(b'encoding="utf-8"', b'encoding="iso-8859-1"', 1))


@defect(
    "html-entities-undefined-in-xml",
    "Accents are HTML entities like &eacute;, which XML does not define.",
    "CON-7 ORD-13",
)
def html_entities_undefined_in_xml(behaviour: Behaviour) -> Behaviour:
    def write_text(value: str) -> str:
        return "".join(f"&{codepoint2name[ord(c)]};" if ord(c) in codepoint2name else c for c in legal(value))

    return replace(behaviour, serialise=lambda document: serialise(document, write_text))


@defect(
    "cdata-ended-early",
    "Texts go into CDATA unescaped: ]]> ends the section early.",
    "CON-7 ORD-13",
    seen="CS-Cart",
)
def cdata_ended_early(behaviour: Behaviour) -> Behaviour:
    return replace(
        behaviour, serialise=lambda document: serialise(document, lambda value: f"<![CDATA[{legal(value)}]]>")
    )


@defect("nothing-escaped", "Texts are neither escaped nor in CDATA.", "CON-7 ORD-13")
def nothing_escaped(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, serialise=lambda document: serialise(document, legal))


@defect("caching-allowed", "Replies with orders may be cached for a day.", "CON-8")
def caching_allowed(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Cache_Control="public, max-age=86400")


@defect("caching-not-mentioned", "Replies with orders have no header about caching.", "CON-8")
def caching_not_mentioned(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Cache_Control=None)


@defect(
    "cache-in-front",
    "A cache answers a repeated export with its earlier reply.",
    "CON-8 STA-4 WIN-11",
    seen="WooCommerce",
)
def cache_in_front(behaviour: Behaviour) -> Behaviour:
    replies: dict[str, Reply] = {}

    def send(body: bytes, request: Request) -> Reply:
        return replies.setdefault(request.target, behaviour.send(body, request))

    return replace(behaviour, send=send)


@defect(
    "cache-forgets-accept-encoding",
    "Replies are compressed if the client accepts that, and kept for each URL, whatever the next client accepts.",
    "CON-7",
)
def cache_forgets_accept_encoding(behaviour: Behaviour) -> Behaviour:
    kept: dict[str, tuple[bytes, Reply]] = {}

    def send(body: bytes, request: Request) -> Reply:
        earlier, reply = kept.get(request.target, (b"", None))
        if reply is not None and earlier == body:
            return reply
        reply = behaviour.send(body, request)
        if "gzip" in request.headers.get("accept-encoding", ""):
            compressed = gzip.compress(reply.body, 1)
            reply = replace(reply, body=compressed, headers={**reply.headers, "Content-Encoding": "gzip"})
        kept[request.target] = body, reply
        return reply

    return replace(behaviour, send=send)


@defect(
    "last-document-kept-compressed",
    "The last document is kept compressed. The reply to the same request has these bytes, and no header that says so.",
    "CON-7",
)
def last_document_kept_compressed(behaviour: Behaviour) -> Behaviour:
    kept: list[tuple[str, bytes]] = []

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        if "gzip" in request.headers.get("accept-encoding", ""):
            kept[:] = [(request.target, body)]
        elif (request.target, body) in kept:
            return replace(reply, body=gzip.compress(reply.body, 1))
        else:
            kept.clear()
        return reply

    return replace(behaviour, send=send)


@defect(
    "cache-before-login",
    "A cache answers before credentials are checked: every client gets the reply of the first one.",
    "CON-2 CON-3 CON-8 SEC-6 STA-4 WIN-11",
)
def cache_before_login(behaviour: Behaviour) -> Behaviour:
    replies: dict[str, Reply] = {}
    caching = skip_login(behaviour, lambda request, shop: request.target in replies)

    def send(body: bytes, request: Request) -> Reply:
        return replies.setdefault(request.target, behaviour.send(body, request))

    return replace(caching, send=send)


@defect(
    "mark-and-blank-line", "A byte order mark and a blank line of an included file precede the document.", "CON-1 CON-7"
)
def mark_and_blank_line(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: b"\xef\xbb\xbf\n" + body)


@defect("prolog-twice", "The document has two XML declarations.", "CON-1 CON-7")
def prolog_twice(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: b'<?xml version="1.0" encoding="utf-8"?>\n' + body)


@defect("charset-untrue", "The content type declares a charset that the bytes do not have.", "CON-7")
def charset_untrue(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Content_Type="text/xml; charset=us-ascii")


@defect("content-type-json", "The content type is application/json.", "CON-7")
def content_type_json(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Content_Type="application/json")


@defect("gzip-only-declared", "Content-Encoding is gzip, but the body is not compressed.", "CON-1 CON-7")
def gzip_only_declared(behaviour: Behaviour) -> Behaviour:
    return set_headers(behaviour, Content_Encoding="gzip")


@defect("reply-cut-off", "The reply is cut off at 16 KB, the size of a buffer.", "CON-7")
def reply_cut_off(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body[:16384])


@defect("document-in-a-namespace", "The document has a namespace of its own.", "CON-1 CON-7")
def document_in_a_namespace(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.replace(b"<Orders", b'<Orders xmlns="urn:shop"', 1))


@defect("answer-in-an-envelope", "The document is wrapped in an element of the shop's framework.", "CON-1 CON-7")
def answer_in_an_envelope(behaviour: Behaviour) -> Behaviour:
    def enveloped(body: bytes) -> bytes:
        prolog, start, rest = body.partition(b"<Orders")
        return prolog + b"<response>" + start + rest + b"</response>"

    return edit_body(behaviour, enveloped)


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
    "If an order of a page cannot be written, an empty document is sent.",
    "PAG-2 PAG-6 WIN-1 NOT-5",
)
def failure_inside_gives_empty_document(behaviour: Behaviour) -> Behaviour:
    def serialised(document: Document) -> bytes:
        body = behaviour.serialise(document)
        return EMPTY_DOCUMENT if "🎁".encode() in body else body

    return replace(behaviour, serialise=serialised)


@defect(
    "length-in-characters",
    "Content-Length of a reply that is not compressed is the number of its characters, so that its end is cut off.",
    "CON-7",
)
def length_in_characters(behaviour: Behaviour) -> Behaviour:
    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        if "gzip" in request.headers.get("accept-encoding", ""):
            return reply
        return replace(reply, body=reply.body[: len(reply.body.decode())])

    return replace(behaviour, send=send)


@defect(
    "order-number-in-comment",
    "Each Order has its number in a comment: two hyphens in a row end what a comment may hold.",
    "CON-7",
)
def order_number_in_comment(behaviour: Behaviour) -> Behaviour:
    def commented(document: Document) -> bytes:
        body = behaviour.serialise(document)
        for order in document.orders:
            number = str(order.get("OrderNumber", "")).encode()
            body = body.replace(b"<Order>", b"<!-- " + number.replace(b"-->", b"") + b" --><Order >", 1)
        return body

    return replace(behaviour, serialise=commented)

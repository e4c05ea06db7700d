"""Variants of XML: other documents with the same content."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from xml.sax.saxutils import escape

from mockstore.behaviours.patch import edit_body
from mockstore.behaviours.variants import variant
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, Fields, Reply, Request
from mockstore.endpoint.xml import legal, serialise

DECLARATION = b'<?xml version="1.0" encoding="utf-8"?>'


def reorder_children(behaviour: Behaviour, order: Callable[[list[str]], list[str]]) -> Behaviour:
    """Put the children of every element in another order."""

    def reordered(fields: Fields) -> Fields:
        return {name: reordered_content(fields[name]) for name in order(list(fields))}

    def reordered_content(value: str | Fields | list[Fields] | None) -> str | Fields | list[Fields] | None:
        if isinstance(value, dict):
            return reordered(value)
        return [reordered(each) for each in value] if isinstance(value, list) else value

    return replace(
        behaviour,
        serialise=lambda document: behaviour.serialise(
            Document([reordered(fields) for fields in document.orders], document.pages)
        ),
    )


@variant("elements-backwards", "Children are in reverse order, which xs:all allows.")
def elements_backwards(behaviour: Behaviour) -> Behaviour:
    return reorder_children(behaviour, lambda names: names[::-1])


@variant("elements-by-name", "Children are in the order of their names.")
def elements_by_name(behaviour: Behaviour) -> Behaviour:
    return reorder_children(behaviour, sorted)


@variant("escaped-text", "Text is escaped and never in CDATA.")
def escaped_text(behaviour: Behaviour) -> Behaviour:
    return replace(
        behaviour, serialise=lambda document: serialise(document, lambda text: escape(legal(text), {"\r": "&#13;"}))
    )


@variant("character-references", "Every non-ASCII character is a character reference.")
def character_references(behaviour: Behaviour) -> Behaviour:
    def write_text(text: str) -> str:
        return escape(legal(text), {"\r": "&#13;"}).encode("ascii", "xmlcharrefreplace").decode()

    return replace(behaviour, serialise=lambda document: serialise(document, write_text))


@variant("everything-in-cdata", "Every value is in CDATA, numbers and flags included.")
def everything_in_cdata(behaviour: Behaviour) -> Behaviour:
    def write_text(text: str) -> str:
        return "<![CDATA[" + legal(text).replace("]]>", "]]]]><![CDATA[>") + "]]>"

    return replace(behaviour, serialise=lambda document: serialise(document, write_text))


@variant("utf-16", "The document is in UTF-16, with a byte order mark.")
def utf_16(behaviour: Behaviour) -> Behaviour:
    def change(body: bytes) -> bytes:
        return body.decode().replace("utf-8", "utf-16", 1).encode("utf-16")

    return set_content_type(edit_body(behaviour, change), "application/xml")


@variant("byte-order-mark", "A byte order mark precedes the UTF-8.")
def byte_order_mark(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: b"\xef\xbb\xbf" + body)


@variant(
    "latin-1-declared", "The document is in ISO-8859-1 and declares it; other characters are character references."
)
def latin_1_declared(behaviour: Behaviour) -> Behaviour:
    def write_text(text: str) -> str:
        return escape(legal(text), {"\r": "&#13;"}).encode("latin-1", "xmlcharrefreplace").decode("latin-1")

    def write(document: Document) -> bytes:
        return serialise(document, write_text).decode().replace("utf-8", "ISO-8859-1", 1).encode("latin-1")

    return set_content_type(replace(behaviour, serialise=write), "text/xml")


@variant("no-declaration", "There is no XML declaration, since UTF-8 is the default.")
def no_declaration(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.removeprefix(DECLARATION).lstrip())


@variant("standalone", "The XML declaration has standalone and single quotes.")
def standalone(behaviour: Behaviour) -> Behaviour:
    return edit_body(
        behaviour,
        lambda body: body.replace(DECLARATION, b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>"),
    )


@variant("single-quotes", "Attributes have single quotes.")
def single_quotes(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: re.sub(rb'pages="(\d+)"', rb"pages='\1'", body, count=1))


@variant("indented", "Elements are on lines of their own, indented.")
def indented(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: re.sub(rb"><(?!!|/)", b">\n\t<", body))


@variant("comments", "There are comments and processing instructions between elements and inside text.")
def comments(behaviour: Behaviour) -> Behaviour:
    def change(body: bytes) -> bytes:
        body = body.replace(b"<Order>", b"<!-- an order --><?shop order?><Order>")
        return body.replace(b">true<", b">tr<!-- is it? -->ue<").replace(
            b"</Orders>", b"<!-- end --></Orders>\n<!-- bye -->"
        )

    return edit_body(behaviour, change)


@variant("empty-elements-short", "Empty elements are self-closing tags.")
def empty_elements_short(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: re.sub(rb"<(\w+)></\1>", rb"<\1/>", body))


@variant("blanks-in-tags", 'There are spaces inside tags, as in <Orders pages="2" >.')
def blanks_in_tags(behaviour: Behaviour) -> Behaviour:
    return edit_body(behaviour, lambda body: body.replace(b"<Order>", b"<Order >").replace(b"</Order>", b"</Order\n>"))


def set_content_type(behaviour: Behaviour, content_type: str) -> Behaviour:
    """Send the document with another content type."""

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        return replace(reply, headers={**reply.headers, "Content-Type": content_type})

    return replace(behaviour, send=send)


@variant("application-xml", "The content type is application/xml.")
def application_xml(behaviour: Behaviour) -> Behaviour:
    return set_content_type(behaviour, "application/xml")


@variant("content-type-suffix", "The content type ends in +xml.")
def content_type_suffix(behaviour: Behaviour) -> Behaviour:
    return set_content_type(behaviour, "application/vnd.shop+xml; charset=UTF-8")

"""Parses the reply to an export: an XML document with orders, or the reason why it isn't one.

Equal replies are parsed once, and share the document. A document is kept while a page has it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import TypeVar, cast
from weakref import WeakValueDictionary

from lxml import etree

from conformance.client.bodies import MAX_REPLY_BYTES
from conformance.client.exchange import Exchange
from conformance.client.parsing.limits import (
    SMALL_BODY_BYTES,
    ReplyTooLarge,
    counted_memory,
    hold_memory,
    memory_at_most,
    require_memory,
)
from conformance.client.parsing.order import ExportedOrder
from conformance.client.parsing.values import parse_decimal

NOT_WELL_FORMED = "not well-formed XML"
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_CHARSET = re.compile(r"""charset\s*=\s*["']?([^\s;"']+)""", re.IGNORECASE)
_XML_TYPE = re.compile(r"(?:text|application)/(?:[\w.-]+\+)?xml", re.IGNORECASE)


Judgement = TypeVar("Judgement")


class Document:
    """What the bytes of a reply hold. If they aren't XML, ``root`` is None and ``problem`` says why.

    ``has_wrong_encoding``: the bytes are UTF-8 but declare another encoding. They are parsed as UTF-8, and CON-7
    reports the wrong name. Pages share a document, so nobody may change its elements.
    """

    def __init__(
        self, root: etree._Element | None, problem: str | None = None, *, has_wrong_encoding: bool = False
    ) -> None:
        self.root, self.problem, self.has_wrong_encoding = root, problem, has_wrong_encoding
        self._judgements: dict[object, object] = {}

    def judged(self, judge: Callable[[etree._Element], Judgement]) -> Judgement | None:
        """Return what a pure function finds in the root element: it is called once for all pages with this document.

        None if there is no root element.
        """
        if self.root is None:
            return None
        if judge not in self._judgements:
            self._judgements[judge] = judge(self.root)
        return cast("Judgement", self._judgements[judge])

    @cached_property
    def orders(self) -> tuple[ExportedOrder, ...]:
        """The orders in document order, without the number of an exchange."""
        if self.root is None or self.root.tag != "Orders":
            return ()
        return tuple(
            ExportedOrder(order, f"/Orders/Order[{number}]", 0)
            for number, order in enumerate(self.root.iterfind("Order"), start=1)
        )


@dataclass(frozen=True)
class ExportPage:
    """A parsed reply to an export: a page of orders."""

    exchange: Exchange
    document: Document

    @property
    def root(self) -> etree._Element | None:
        """The root element; None if the reply isn't XML."""
        return self.document.root

    @property
    def problem(self) -> str | None:
        """Why the reply isn't XML; None if it is."""
        return self.document.problem

    @property
    def is_malformed(self) -> bool:
        """True if the reply is not well-formed XML."""
        return self.problem is not None and self.problem.startswith(NOT_WELL_FORMED)

    @property
    def is_orders(self) -> bool:
        """True if the reply is a success (2xx) with an Orders document."""
        return self.exchange.succeeded and self.root is not None and self.root.tag == "Orders"

    @cached_property
    def orders(self) -> tuple[ExportedOrder, ...]:
        """The orders in document order."""
        return tuple(order.exported_in(self.exchange.number) for order in self.document.orders)

    @property
    def pages_attribute(self) -> str | None:
        """The attribute ``pages`` as text; None if the document doesn't have it."""
        return None if self.root is None else self.root.get("pages")

    @property
    def order_numbers(self) -> tuple[str, ...]:
        """The OrderNumbers in document order."""
        return tuple(order.number for order in self.orders)

    def has_same_orders(self, other: ExportPage) -> bool:
        """True if another page has orders with the same numbers, in any sequence."""
        return sorted(self.order_numbers) == sorted(other.order_numbers)


def stated_pages(page: ExportPage) -> int | None:
    """Return how many pages a document states, in any form of number (PAG-6); None if it states none."""
    stated = parse_decimal(page.pages_attribute or "")
    return int(stated) if stated is not None and 0 < stated < 10**9 else None


def declared_charset(exchange: Exchange) -> str | None:
    """Return the charset that the Content-Type declares; None if it declares none."""
    found = _CHARSET.search(exchange.header("Content-Type"))
    return found.group(1).lower() if found else None


def has_xml_content_type(exchange: Exchange) -> bool:
    """True if the Content-Type is an XML type."""
    return _XML_TYPE.match(exchange.header("Content-Type").strip()) is not None


def encoding_problem(exchange: Exchange) -> str | None:
    """Return why the charset that the Content-Type declares is wrong, None if it is right."""
    named = declared_charset(exchange)
    if named is None or exchange.beginning(3).startswith(_BOMS):
        return None
    try:
        _decode_beginning(exchange.beginning(MAX_DECODED_BYTES + 1), named)
    except (ValueError, LookupError) as error:  # Python's codecs raise different errors for strange names
        return f"the Content-Type says charset={named}, but the bytes are in another encoding: {error}"
    return None


def _decode_beginning(body: bytes, encoding: str) -> str:
    """Return the text of a body; of a very long body, only the beginning.

    Raises:
        ValueError, LookupError: if the body has another encoding, or if nobody knows the encoding.
    """
    if len(body) <= MAX_DECODED_BYTES:
        return body.decode(encoding)
    body[:1000].decode(encoding, "replace")  # refuses codecs that don't give text
    return codecs.getincrementaldecoder(encoding)().decode(body[:MAX_DECODED_BYTES])


_DOCUMENTS: WeakValueDictionary[bytes, Document] = WeakValueDictionary()
"""Digest of a body and of its declared charset → its document, as long as a page has it."""


def parse_export(exchange: Exchange) -> ExportPage:
    """Parse a reply, even one that isn't XML.

    Raises:
        ReplyTooLarge: if the reply has more orders, elements or text than the suite judges.
    """
    if exchange.is_too_long:
        raise ReplyTooLarge(f"is longer than {MAX_REPLY_BYTES:,} bytes", exchange.number)
    if exchange.error is not None:
        return ExportPage(exchange, Document(None, exchange.error))
    body, charset = exchange.body, declared_charset(exchange)
    key = sha256(body).digest() + (charset or "").encode("utf-8", "surrogatepass")
    document = _DOCUMENTS.get(key)
    if document is None:
        document = _DOCUMENTS[key] = _parsed(body, charset, exchange)
    return ExportPage(exchange, document)


def _parsed(body: bytes, charset: str | None, exchange: Exchange) -> Document:
    """Return the document in a body. ``charset`` is that of the Content-Type; errors name the exchange.

    Raises:
        ReplyTooLarge: if the document has more orders, elements or text than the suite judges.
    """
    if not body or body.isspace():
        return Document(None, "the body is empty")
    named = None
    if not body.startswith(_BOMS) and not _DECLARED.match(body) and body[:1] == b"<" and b"\0" not in body[:4]:
        named = charset
    mistaken = False
    if (declared := _DECLARED.match(body)) and is_misdeclared_utf8(body, declared[1]):
        named, mistaken = "utf-8", True
    if len(body) > SMALL_BODY_BYTES:
        require_memory(memory_at_most(body, named or _declared_encoding(body)), exchange)
    try:
        parser = etree.XMLParser(
            resolve_entities=False,
            no_network=True,
            load_dtd=False,
            huge_tree=False,  # no document of the contract has 256 levels, or a text of 10 MB
            remove_comments=True,
            remove_pis=True,
            encoding=named,
        )
        root = etree.fromstring(body, parser)
    except LookupError:
        return Document(None, f"the charset {named} is unknown")
    except (etree.XMLSyntaxError, ValueError) as error:
        return Document(None, f"{NOT_WELL_FORMED}: {' '.join(str(error).split())}")
    if TOO_DEEP(root):
        return Document(None, f"its elements are nested more than {MAX_DEPTH} deep")
    if len(body) > MAX_TEXT_LENGTH and HAS_LONG_TEXT(root):
        return Document(None, f"it has a text of more than {MAX_TEXT_LENGTH:,} characters")
    memory = counted_memory(root, exchange)
    require_memory(memory, exchange)
    document = Document(root, has_wrong_encoding=mistaken)
    hold_memory(document, memory)
    return document


def _declared_encoding(body: bytes) -> str | None:
    found = _DECLARED.match(body[:1000].removeprefix(_BOMS[0]))
    return found[1].decode() if found else None


MAX_DEPTH = 60
"""An export needs six levels of elements. A document that nests them deeper is not read."""
MAX_TEXT_LENGTH = 1_000_000
"""No field of an export has more than 1,000 characters. A document with a longer text than this is not read."""
HAS_LONG_TEXT = etree.XPath(
    f"boolean(//*[string-length() > {MAX_TEXT_LENGTH}][not(*) or text()[normalize-space()]])"
    f" or boolean(//@*[string-length() > {MAX_TEXT_LENGTH}])"
)
TOO_DEEP = etree.XPath(f"boolean({'/*' * (MAX_DEPTH + 1)})")


def is_misdeclared_utf8(body: bytes, declared: bytes) -> bool:
    """True if the bytes are certainly UTF-8, but the XML declaration names a one-byte encoding."""
    if declared.lower() not in (b"iso-8859-1", b"latin1", b"latin-1", b"windows-1252", b"iso-8859-15"):
        return False
    try:
        text = _decode_beginning(body, "utf-8")
    except UnicodeDecodeError:
        return False
    return min(len(body), MAX_DECODED_BYTES - 3) - len(text) >= MIN_MULTIBYTE_CHARACTERS


MAX_DECODED_BYTES = 4_000_000
"""The encoding of a longer body is judged by this many bytes of its beginning."""
MIN_MULTIBYTE_CHARACTERS = 1
"""A text in another encoding is hardly ever valid UTF-8 with this many multi-byte characters."""

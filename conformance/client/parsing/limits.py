"""Limits the memory that parsed replies take, however a store writes them.

A store decides how many orders a page holds, so no number of orders is a deviation. A reply beyond these limits is not
judged, and the message says what to do.
"""

from __future__ import annotations

import codecs
import gc
import re
import weakref

from lxml import etree

from conformance.client.exchange import Exchange
from conformance.core.errors import NotExercised

MAX_ORDERS = 10_000
"""The orders of one reply that is judged, at most."""
MAX_LINES = 60_000
"""The line items and options of one reply that is judged, at most; three lines with an option for each order."""
MAX_REPLY_MEMORY = 256 * 1024 * 1024
"""The bytes of memory that one parsed reply may take."""
MAX_MEMORY = 320 * 1024 * 1024
"""The bytes of memory that all parsed replies of one target may take at the same time."""
SMALL_BODY_BYTES = 1024 * 1024
"""A body of at most this length is parsed without an estimate: it takes less than 50 MB, however it is written."""
BYTES_PER_NODE = 130
"""The memory that libxml2 needs for an element, a text or a reference."""
BYTES_PER_ATTRIBUTE = 250
BYTES_PER_PART = 1_000
"""The memory that the suite needs for an order, a line item or an option, beside the parsed XML."""


class ReplyTooLarge(NotExercised):
    """A reply has more orders, elements or text than the suite judges."""

    def __init__(self, what: str, number: int) -> None:
        super().__init__(f"the reply in exchange {number} {what}: judge a smaller --window")


class LiveMemory:
    """Counts the memory of the parsed replies that are in use."""

    def __init__(self, limit: int) -> None:
        self._limit, self._used = limit, 0

    def allow(self, limit: int) -> None:
        """Set the limit."""
        self._limit = limit

    def has_room_for(self, size: int) -> bool:
        """True if a further reply of this size may be parsed."""
        if self._used + size > self._limit:
            gc.collect()  # the collector hardly runs by itself during a run
        return self._used + size <= self._limit

    def hold(self, owner: object, size: int) -> None:
        """Count ``size`` bytes until ``owner`` is deleted."""
        self._used += size
        weakref.finalize(owner, self._release, size).atexit = False

    def _release(self, size: int) -> None:
        self._used -= size


LIVE = LiveMemory(MAX_MEMORY)


def memory_at_most(body: bytes, encoding: str | None) -> int:
    """Return the bytes of memory that a body takes at most when it is parsed; ``encoding`` is the declared one.

    Each ``<`` can begin an element and end a text. If the encoding hides them, each byte can be an element.
    """
    if body.startswith(_EBCDIC) or (encoding is not None and not _shows_markup(encoding)):
        return len(body) * BYTES_PER_ATTRIBUTE
    marks = 2 * body.count(b"<") - body.count(b"</") - body.count(b"<!") + body.count(b"&")
    return 2 * len(body) + marks * BYTES_PER_NODE + body.count(b"=") * BYTES_PER_ATTRIBUTE


_ASCII_ENCODINGS = re.compile(r"utf-8|utf-16|utf-32|ascii|iso8859|cp125|koi8|mac|euc|gb|big5|shift_jis|cp932")
"""Python's names of the encodings in which every ``<`` has the byte 3C."""


def _shows_markup(encoding: str) -> bool:
    """True if every ``<`` has the byte 3C in an encoding."""
    try:
        return _ASCII_ENCODINGS.match(codecs.lookup(encoding).name) is not None
    except (LookupError, ValueError):
        return False


def require_memory(size: int, exchange: Exchange) -> None:
    """Go on only if a further parsed reply of this size may be kept.

    Raises:
        ReplyTooLarge: if the limit for one reply, or for all replies that are in use, does not allow it.
    """
    if size > MAX_REPLY_MEMORY:
        what = f"has more orders or elements than the suite judges ({len(exchange.reply_body):,} bytes)"
        raise ReplyTooLarge(what, exchange.number)
    if not LIVE.has_room_for(size):
        raise ReplyTooLarge("and earlier replies have more orders than the suite judges together", exchange.number)


def hold_memory(owner: object, size: int) -> None:
    """Count the memory of a parsed reply until ``owner`` is deleted."""
    LIVE.hold(owner, size)


def counted_memory(root: etree._Element, exchange: Exchange) -> int:
    """Return the bytes of memory that a parsed reply takes.

    Raises:
        ReplyTooLarge: if the reply has more orders or lines than the suite judges.
    """
    orders, lines = int(_ORDERS(root)), int(_LINES(root))
    if orders > MAX_ORDERS:
        raise ReplyTooLarge(f"has {orders:,} orders, and the suite judges at most {MAX_ORDERS:,}", exchange.number)
    if lines > MAX_LINES:
        what = f"has {lines:,} line items and options, and the suite judges at most {MAX_LINES:,}"
        raise ReplyTooLarge(what, exchange.number)
    nodes = int(_NODES(root)) * BYTES_PER_NODE + int(_ATTRIBUTES(root)) * BYTES_PER_ATTRIBUTE
    return nodes + len(exchange.reply_body) + (orders + lines) * BYTES_PER_PART


_EBCDIC = "<?xm".encode("cp037")
_ORDERS = etree.XPath("count(/Orders/Order)")
_LINES = etree.XPath("count(/Orders/Order/Items/Item) + count(/Orders/Order/Items/Item/Options/Option)")
_NODES = etree.XPath("count(//node())")
_ATTRIBUTES = etree.XPath("count(//@*)")

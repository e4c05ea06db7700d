"""A server on a real socket that misbehaves in one of many ways: as endpoint, as control protocol, or as REST API.

``python -m tests.support.hostile_endpoint PORT MODE`` runs it by hand. :data:`MODES` lists the ways.

A mode is a generator: it takes the request and yields the bytes of the reply. After the reply the server closes the
connection. Modes of the control protocol and of the REST API misbehave only there; their endpoint answers well.
"""

from __future__ import annotations

import json
import random
import re
import socket
import struct
import sys
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from threading import Event, Thread

MEBIBYTE = 1 << 20
EMPTY = b'<?xml version="1.0" encoding="utf-8"?><Orders pages="1"></Orders>'
RESET = b""
"""A mode yields this to end the connection with a TCP reset."""


@dataclass(frozen=True)
class Asked:
    """A request: its number, its path with the query, its head, and the ports of the server and of another one."""

    number: int
    path: str
    head: bytes
    port: int
    other_port: int
    stopped: Event

    @property
    def authorized(self) -> bool:
        """True if the request carries credentials."""
        return b"\r\nauthorization:" in self.head.lower()

    def wait(self, seconds: float) -> None:
        """Wait, but not longer than the server runs."""
        self.stopped.wait(seconds)


Mode = Callable[[Asked], Iterator[bytes]]


def reply(body: bytes = b"", *, status: bytes = b"200 OK", kind: bytes = b"text/xml", more: bytes = b"") -> bytes:
    """Return a whole reply; ``more`` are further header lines, each with its end."""
    length = b"Content-Length: %d\r\nContent-Type: %s\r\nConnection: close\r\n" % (len(body), kind)
    return b"HTTP/1.1 " + status + b"\r\n" + length + more + b"\r\n" + body


def always(*parts: bytes) -> Mode:
    """Return the mode that gives the same bytes to each request."""
    return lambda asked: iter(parts)


def location(target: bytes) -> Mode:
    """Return the mode that redirects; ``%d`` stands for the port of another server."""

    def mode(asked: Asked) -> Iterator[bytes]:
        yield reply(status=b"302 Found", more=b"Location: " + target.replace(b"%d", b"%d" % asked.other_port) + b"\r\n")

    return mode


def orders(content: bytes, head: bytes = b"<?xml version='1.0'?>") -> bytes:
    """Return a reply with an Orders document."""
    return reply(head + b"<Orders pages='1'>" + content + b"</Orders>")


def order(number: bytes = b"1", **elements: bytes) -> bytes:
    """Return an Order; ``elements`` replace or add elements."""
    values = {
        "OrderID": number,
        "OrderNumber": number,
        "OrderDate": b"01/05/2026 10:00",
        "OrderStatus": b"Paid",
        "LastModified": b"01/05/2026 10:00",
        "OrderTotal": b"10.00",
        **elements,
    }
    inner = b"".join(b"<%s>%s</%s>" % (name.encode(), text, name.encode()) for name, text in values.items())
    return b"<Order>" + inner + b"</Order>"


# ---------------------------------------------------------------- replies that do not end, or are too large


def endless(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
    while True:
        yield b"10000\r\n" + b"x" * 65536 + b"\r\n"


def gigabyte(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: %d\r\n\r\n" % (1 << 30)
    for _ in range(1024):
        yield b"x" * MEBIBYTE


@cache
def zeros(megabytes: int, wbits: int) -> bytes:
    """Return this many megabytes of spaces after an empty document, compressed."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    parts = [packer.compress(EMPTY), *(packer.compress(b" " * MEBIBYTE) for _ in range(megabytes)), packer.flush()]
    return b"".join(parts)


def compressed(megabytes: int, encoding: bytes, wbits: int) -> Mode:
    """Return the mode with a body that becomes large when it is unpacked."""

    def mode(asked: Asked) -> Iterator[bytes]:
        yield reply(zeros(megabytes, wbits), more=b"Content-Encoding: " + encoding + b"\r\n")

    return mode


def many_headers(count: int) -> Mode:
    """Return the mode with this many headers."""

    def mode(asked: Asked) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"
        for start in range(0, count, 1000):
            yield b"".join(b"X-%d: y\r\n" % number for number in range(start, start + 1000))
        yield b"\r\n"

    return mode


def long_headers(asked: Asked) -> Iterator[bytes]:
    yield reply(EMPTY, more=b"".join(b"X-%d: %s\r\n" % (number, b"y" * 60_000) for number in range(20)))


def drip(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000000\r\n\r\n"
    while not asked.stopped.is_set():
        yield b" "
        asked.wait(0.3)


def header_drip(asked: Asked) -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX: "
    while not asked.stopped.is_set():
        yield b"y"
        asked.wait(0.3)


def silence(asked: Asked) -> Iterator[bytes]:
    asked.wait(3600)
    yield RESET


def informational(asked: Asked) -> Iterator[bytes]:
    while not asked.stopped.is_set():
        yield b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n"
        asked.wait(0.001)


def slow(asked: Asked) -> Iterator[bytes]:
    asked.wait(1.0)
    yield reply(EMPTY)


# ---------------------------------------------------------------- HTTP that is none


def garbage(asked: Asked) -> Iterator[bytes]:
    yield random.Random(asked.number).randbytes(3000)


def broken_off(length: int) -> Mode:
    """Return the mode that ends a reply after this many bytes, with a reset."""
    return always(reply(EMPTY)[:length], RESET)


# ---------------------------------------------------------------- redirects, waits


def redirect_loop(asked: Asked) -> Iterator[bytes]:
    yield reply(status=b"302 Found", more=b"Location: /?n=%d\r\n" % asked.number)


def redirect_with_credentials(asked: Asked) -> Iterator[bytes]:
    target = b"http://evil:pw@127.0.0.1:%d/?x=%d" % (asked.port, asked.number)
    yield reply(EMPTY) if "x=" in asked.path else reply(status=b"302 Found", more=b"Location: " + target + b"\r\n")


def latin_redirect(asked: Asked) -> Iterator[bytes]:
    followed = "/caf%E9" in asked.path
    yield reply(EMPTY) if followed else reply(status=b"302 Found", more=b"Location: /caf\xe9?dispatch=shipstation\r\n")


def wait_for(value: bytes, status: bytes = b"429 Too Many Requests", more: bytes = b"") -> Mode:
    """Return the mode that asks for a wait."""
    return always(reply(status=status, more=b"Retry-After: " + value + b"\r\n" + more))


# ---------------------------------------------------------------- documents


def number_of_pages(asked: Asked) -> Iterator[bytes]:
    yield reply(b"<Orders pages='32767'>" + order(b"%d" % asked.number) + b"</Orders>")


def large(make: Callable[[], bytes]) -> Mode:
    """Return the mode with a large reply, which is made when it is needed first."""
    whole = cache(make)
    return lambda asked: iter((whole(),))


def many_orders(count: int, content: Callable[[bytes], bytes]) -> Mode:
    """Return the mode that exports this many orders in one reply."""
    return large(lambda: orders(b"".join(content(b"%d" % number) for number in range(count))))


def full_pages(asked: Asked) -> Iterator[bytes]:
    """Send as many orders as a reply may have: other ones each time, and each of them wrong."""
    first = asked.number * 10_000
    wrong = b"<X/><Y/><OrderDate>x</OrderDate><Z z='q'/>"
    yield orders(b"".join(b"<Order><OrderID>%d</OrderID>%s</Order>" % (first + n, wrong) for n in range(9_999)))


def lol(asked: Asked) -> Iterator[bytes]:
    entities = b"".join(b'<!ENTITY a%d "%s">' % (n, b"&a%d;" % (n - 1) * 10) for n in range(1, 10))
    head = b'<?xml version="1.0"?><!DOCTYPE Orders [<!ENTITY a0 "aaaaaaaaaa">' + entities + b"]>"
    yield orders(b"<Order><OrderID>&a9;</OrderID></Order>", head)


def nested(depth: int) -> Mode:
    """Return the mode with an order that holds elements nested this deep."""
    return lambda asked: iter((orders(order(Customer=b"<a>" * depth + b"</a>" * depth)),))


def long_texts(asked: Asked) -> Iterator[bytes]:
    long = b"9" * 3_000_000
    item = b"<Item><SKU>%s</SKU><Quantity>%s</Quantity><UnitPrice>%s</UnitPrice></Item>" % (long, long[:100_000], long)
    yield orders(order(b"A" * 3_000_000, OrderDate=long, OrderTotal=long, CustomerNotes=long, Items=item))


def long_numbers(asked: Asked) -> Iterator[bytes]:
    long = b"9" * 5000
    item = b"<Item><SKU>A</SKU><Quantity>%s</Quantity><UnitPrice>%s</UnitPrice><Weight>%s</Weight></Item>"
    yield orders(order(long, OrderTotal=long, TaxAmount=b"0." + long, Items=item % (long[:90], long[:90], long[:90])))


NUMBERS = {
    "OrderTotal": b"1E+999999999",
    "TaxAmount": b"NaN",
    "ShippingAmount": b"sNaN",
    "Customer": b"<CustomerCode>1</CustomerCode><BillTo><Name>x</Name></BillTo><ShipTo><Name>x</Name></ShipTo>",
    "Items": b"<Item><SKU>s</SKU><Quantity>1E+99999999</Quantity><UnitPrice>-Infinity</UnitPrice>"
    b"<Weight>1e-999999999</Weight><WeightUnits>Pounds</WeightUnits><ImageUrl>http://[::1/x.png</ImageUrl></Item>",
}
TERMINAL = (
    b"\x1b]0;PWNED\x07\x1b[31mRED\x1b[2J <script>document.title='PWNED'</script> \xe2\x80\xaeRTL\xc2\x9b31m |a|b| ]]>"
)


def echo(asked: Asked) -> Iterator[bytes]:
    yield reply(TERMINAL + asked.head, status=b"500 \x1b[31mRED", kind=b"text/html; <script>")


# ---------------------------------------------------------------- control protocol and REST API

STORE = {
    "platform": "CS-Cart",
    "timezone": "UTC",
    "weight_unit": "kg",
    "capabilities": ["read"],
    "statuses": [{"name": "Paid", "maps_to": "paid"}],
}
RECORD = {
    "order_number": "1",
    "order_id": "1",
    "status": "Paid",
    "placed_at": "2026-01-05T10:00:00Z",
    "modified_at": "2026-01-05T10:00:00Z",
    "currency": "USD",
    "customer": {"email": "a@example.org"},
    "total": "10.00",
    "items": [{"line_id": "1", "sku": "A", "name": "A", "quantity": 1, "unit_price": "10.00"}],
}
STATUSES = {"statuses": [{"status": "P", "type": "O", "description": "Paid"}], "params": {"total_items": 1}}
ROW = {"order_id": "1", "status": "P", "timestamp": "1767607200", "total": "0.00", "products": {}}
ONE_ORDER = orders(order())


def as_json(content: object) -> bytes:
    """Return a reply with JSON; bytes are sent as they are. A function makes the content when it is needed."""
    content = content() if callable(content) else content
    return reply(content if isinstance(content, bytes) else json.dumps(content).encode(), kind=b"application/json")


def endpoint_in_order(asked: Asked) -> bytes:
    """Return the reply of an endpoint that has one order, and none in the year 2001."""
    if not asked.authorized:
        return reply(status=b"401 Unauthorized", more=b'WWW-Authenticate: Basic realm="shop"\r\n')
    return reply(EMPTY) if "2001" in asked.path else ONE_ORDER


def truth(
    base: str, *, store: object = None, listed: object = None, one: object = None, changed_by: bytes = b""
) -> Mode:
    """Return the mode whose source of truth gives these facts, lists and single orders. Its endpoint is in order.

    ``changed_by`` is the reply to every POST, PATCH and DELETE.
    """
    facts = (STORE if base == "/control" else STATUSES) if store is None else store
    known = {"orders": [{"order_number": "1", "modified_at": RECORD["modified_at"]}]} if listed is None else listed
    record = (RECORD if base == "/control" else ROW) if one is None else one

    def mode(asked: Asked) -> Iterator[bytes]:
        if not asked.path.startswith(base):
            yield endpoint_in_order(asked)
        elif changed_by and not asked.head.startswith(b"GET "):
            yield changed_by
        elif re.search(r"/orders/\d", asked.path):
            yield as_json(record)
        elif base == "/api" and "/statuses" not in asked.path:
            yield as_json({asked.path.partition("?")[0].rpartition("/")[2]: [], "params": {"total_items": 0}})
        elif "/orders" in asked.path:
            yield as_json(known)
        else:
            yield as_json(facts)

    return mode


def only_at(base: str, mode: Mode) -> Mode:
    """Return the mode that misbehaves below a path, and answers the endpoint well."""
    sane = truth(base)
    return lambda asked: (mode if asked.path.startswith(base) else sane)(asked)


def changed(record: Mapping[str, object], **fields: object) -> dict[str, object]:
    """Return a record with other fields."""
    return {**record, **fields}


def made(number: object) -> bytes:
    """Return the reply of a store that says that it made an order, whatever the request was."""
    return as_json({"order_number": number, "order_id": number})


WRITABLE = changed(STORE, capabilities=["read", "create", "update", "delete"])
DEEP = b"[" * 200_000
NON_UTF8 = b'{"orders": [{"order_number": "caf\xe9", "modified_at": "2026-01-05T10:00:00Z"}]}'
DEEP_MEMBER = b'{"orders": [], "x": ' + b'{"a":' * 900 + b"1" + b"}" * 900 + b"}"
HUGE_INTEGER = b'{"orders": [{"order_number": "1", "modified_at": ' + b"9" * 5000 + b"}]}"

MODES: dict[str, Mode] = {
    # too large, too slow
    "endless": endless,
    "gigabyte": gigabyte,
    "bomb-gzip": compressed(1024, b"gzip", 31),
    "bomb-deflate": compressed(1024, b"deflate", 15),
    "bomb-below-limit": compressed(63, b"gzip", 31),
    "million-headers": many_headers(1_000_000),
    "20000-headers": many_headers(20_000),
    "long-headers": long_headers,
    "huge-header": always(b"HTTP/1.1 200 OK\r\nX: ", *[b"y" * MEBIBYTE] * 10, b"\r\n\r\n"),
    "drip": drip,
    "header-drip": header_drip,
    "silence": silence,
    "informational": informational,
    "slow": slow,
    # not HTTP, or bent HTTP
    "http-1.0": always(b"HTTP/1.0 200 OK\r\nContent-Type: text/xml\r\n\r\n" + EMPTY),
    "http-0.9": always(EMPTY),
    "garbage": garbage,
    "status-999": always(reply(status=b"999 \xff\xfe\x1b[31m")),
    "status-negative": always(reply(status=b"-200 OK")),
    "reset-at-once": broken_off(0),
    "reset-in-head": broken_off(40),
    "reset-in-body": broken_off(len(reply(EMPTY)) - 20),
    "two-lengths": always(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!"),
    "length-and-chunks": always(
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nHTTP/1.1 200 OK\r\n\r\n"
    ),
    "bad-chunk": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
    "huge-chunk-size": always(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 100_000),
    "unknown-encoding": always(reply(b"abcd", more=b"Content-Encoding: br\r\n")),
    "false-encoding": always(reply(EMPTY, more=b"Content-Encoding: gzip\r\n")),
    "latin-header": always(reply(EMPTY, more=b"X-Shop: Caf\xe9\r\n")),
    "latin-header-name": always(reply(EMPTY, more=b"X-\xe9: y\r\n")),
    "latin-reason": always(reply(EMPTY, status=b"200 D\xe9j\xe0 vu")),
    "long-reason": always(reply(EMPTY, status=b"500 " + b"x" * 8000)),
    "terminal": always(reply(TERMINAL, status=b"200 OK \x1b[31mRED", more=b"X-Evil: \x1b[2J<script>\xff\r\n")),
    "echo": echo,
    # redirects, waits
    "redirect-loop": redirect_loop,
    "redirect-port": location(b"http://127.0.0.1:%d/?dispatch=shipstation"),
    "redirect-host": location(b"http://localhost:%d/?dispatch=shipstation"),
    "redirect-file": location(b"file:///etc/passwd"),
    "redirect-file-host": location(b"file://127.0.0.1/etc/passwd"),
    "redirect-address": location(b"http://169.254.169.254/latest/meta-data"),
    "redirect-bad-address": location(b"http://[::1"),
    "redirect-bad-port": location(b"http://127.0.0.1:99999/\xff\xfe"),
    "redirect-no-host": location(b"http://"),
    "redirect-script": location(b"javascript:alert(1)"),
    "redirect-long": location(b"/" + b"a" * 60_000),
    "redirect-spaces": location(b"http://127.0.0.1:%d/a b\x01?c d"),
    "redirect-credentials": redirect_with_credentials,
    "redirect-latin": latin_redirect,
    "retry-infinite": wait_for(b"9" * 400),
    "retry-huge": wait_for(b"9" * 5000),
    "retry-negative": wait_for(b"-5"),
    "retry-arabic": wait_for("\u0665".encode()),
    "retry-date": wait_for(b"Fri, 31 Dec 9999 23:59:59 GMT", b"503 x", b"Date: Mon, 01 Jan 0001 00:00:00 -0000\r\n"),
    # documents
    "entity": always(
        orders(
            b"<Order><OrderID>&x;</OrderID></Order>",
            b'<?xml version="1.0"?><!DOCTYPE Orders [<!ENTITY x SYSTEM "file:///etc/passwd">]>',
        )
    ),
    "billion-laughs": lol,
    "deep-million": always(reply(b"<Orders>" + b"<a>" * 1_000_000 + b"</a>" * 1_000_000 + b"</Orders>")),
    "deep-5000": nested(5000),
    "deep-250": nested(250),
    "million-orders": many_orders(1_000_000, lambda number: b"<Order><OrderID>1</OrderID></Order>"),
    "100000-orders": many_orders(100_000, order),
    "full-pages-of-orders": full_pages,
    "million-items": large(lambda: orders(order(Items=b"<Item><SKU>a</SKU></Item>" * 1_000_000))),
    "60000-items-orders": large(lambda: orders(order(Items=b"<Item><SKU>a</SKU><Name>n</Name></Item>" * 60_000))),
    "million-attributes": large(
        lambda: reply(b"<Orders " + b"".join(b"a%d='' " % n for n in range(1_000_000)) + b"/>")
    ),
    "million-unknown-elements": large(lambda: orders(b"<a/>" * 500_000)),
    "million-letters": large(lambda: orders(order(b"A" * 60_000_000))),
    "million-letters-often": large(
        lambda: orders(order(OrderNumber=b"A" * 9_500_000 + "\U0001f600".encode(), OrderStatus=b"9" * 9_500_000) * 3)
    ),
    "pages": number_of_pages,
    "pages-huge": always(reply(b"<Orders pages='" + b"9" * 5000 + b"'></Orders>")),
    "long-texts": long_texts,
    "long-numbers": long_numbers,
    "numbers": always(orders(order(**NUMBERS))),
    "year-9999": always(orders(order(LastModified=b"12/31/9999 23:59", OrderDate=b"99/99/9999 99:99"))),
    "year-1": always(orders(order(LastModified=b"01/01/0001 00:00", OrderDate=b"01/01/1000 00:00"))),
    "utf-7": always(reply(b'<?xml version="1.0" encoding="utf-7"?>+ADw-Orders/+AD4-')),
    "bad-charset": always(
        reply(b'<?xml version="1.0" encoding="x-\xff\x00"?><Orders/>', kind=b"text/xml; charset=\xff")
    ),
    "nul": always(reply(b"\x00" * 1000)),
    "xinclude": always(
        reply(
            b'<Orders xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd" parse="text"/>'
            b"</Orders>"
        )
    ),
    "instructions": always(
        reply(b"<?xml version='1.0'?><?x y?><Orders><!-- c --><?pi x?><Order><OrderID><?q?></OrderID></Order></Orders>")
    ),
    # control protocol
    "control-endless": only_at("/control", endless),
    "control-bomb": only_at("/control", compressed(1024, b"gzip", 31)),
    "control-silence": only_at("/control", silence),
    "control-cut": only_at("/control", broken_off(len(reply(EMPTY)) - 20)),
    "control-html": only_at("/control", always(reply(b"<html>no</html>"))),
    "control-redirect-port": only_at("/control", location(b"http://127.0.0.1:%d/control/v1/store")),
    "control-redirect-bad": only_at("/control", location(b"http://[::1")),
    "control-deep": truth("/control", store=DEEP),
    "control-deep-list": truth("/control", listed=DEEP),
    "control-deep-member": truth("/control", listed=DEEP_MEMBER),
    "control-deep-order": truth("/control", one=b'{"a":' * 900 + b"1" + b"}" * 900),
    "control-nan": truth("/control", listed=b'{"orders": NaN}'),
    "control-types": truth("/control", store={"platform": 5, "statuses": "x", "capabilities": {}}),
    "control-list-types": truth("/control", listed={"orders": {"1": None}}),
    "control-zone": truth("/control", store=changed(STORE, timezone="../../etc/passwd", weight_unit="\x1b[31m" * 1000)),
    "control-non-utf8": truth("/control", listed=NON_UTF8),
    "control-huge-integer": truth("/control", listed=HUGE_INTEGER),
    "control-surrogate": truth("/control", one=json.dumps(changed(RECORD, customer_notes="\ud800")).encode()),
    "control-amounts": truth(
        "/control", one=changed(RECORD, total="1E+999999999", tax="NaN", shipping_amount="-Infinity")
    ),
    "control-signalling-nan": truth("/control", one=changed(RECORD, total="sNaN")),
    "control-dates": truth(
        "/control",
        listed={"orders": [{"order_number": "1", "modified_at": "0001-01-01T00:00:00+14:00"}]},
        one=changed(RECORD, placed_at="9999-12-31T23:59:59-14:00"),
    ),
    "control-quantity": truth(
        "/control", one=changed(RECORD, items=[{"sku": "A", "quantity": 10**18, "unit_price": "1e-999999"}])
    ),
    "control-long": truth("/control", one=changed(RECORD, customer_notes="n" * 5_000_000, status="s" * 100_000)),
    "control-million": truth("/control", listed=lambda: b'{"orders":[' + b"{}," * 20_000_000 + b"{}]}"),
    # control protocol of a store that the suite may write to
    "write-refused": truth("/control", store=WRITABLE, changed_by=reply(b"x" * 100_000, status=b"422 No")),
    "write-failed": truth("/control", store=WRITABLE, changed_by=reply(status=b"500 \xff")),
    "write-long": truth("/control", store=WRITABLE, changed_by=made("1" * 1_000_000)),
    "write-odd": truth("/control", store=WRITABLE, changed_by=made("../\x1b[31m?#\ud800 %00")),
    "write-null": truth("/control", store=WRITABLE, changed_by=as_json({"order_number": None})),
    "write-deep": truth("/control", store=WRITABLE, changed_by=as_json(DEEP)),
    "write-same": truth("/control", store=WRITABLE, changed_by=made("1")),
    "write-redirect": truth(
        "/control", store=WRITABLE, changed_by=reply(status=b"307 No", more=b"Location: http://[\r\n")
    ),
    # REST API
    "rest-million": truth("/api", store=lambda: b'{"statuses":[' + b"{}," * 20_000_000 + b"{}]}"),
    "rest-endless": only_at("/api", endless),
    "rest-silence": only_at("/api", silence),
    "rest-html": only_at("/api", always(reply(b"<html>no</html>"))),
    "rest-redirect-port": only_at("/api", location(b"http://127.0.0.1:%d/api/statuses")),
    "rest-deep": truth("/api", store=DEEP),
    "rest-deep-order": truth("/api", one=DEEP),
    "rest-params": truth("/api", store=changed(STATUSES, params=[1])),
    "rest-total": truth("/api", store=changed(STATUSES, params={"total_items": "\u00b2"})),
    "rest-total-huge": truth("/api", store=changed(STATUSES, params={"total_items": "9" * 5000})),
    "rest-rows": truth("/api", store={"statuses": [[], 1, "x"]}),
    "rest-types": truth("/api", one=[1, 2]),
    "rest-fields": truth("/api", one=changed(ROW, products=[5], taxes="x", coupons=[[]], shipping=[None], extra=1)),
    "rest-amounts": truth("/api", one=changed(ROW, total="1E+999999999", shipping_cost="Infinity")),
    "rest-nan": truth("/api", one=changed(ROW, total="NaN", timestamp="NaN")),
    "rest-time": truth("/api", one=changed(ROW, timestamp="1E+999999999")),
    "rest-quantity": truth(
        "/api", one=changed(ROW, total="0", products={"1": {"item_id": "1", "amount": "1E+999999999", "price": "0"}})
    ),
    "rest-non-utf8": truth("/api", one=b'{"order_id": "1", "notes": "caf\xe9"}'),
    "rest-long": truth("/api", one=changed(ROW, notes="n" * 5_000_000, total="9" * 100_000)),
}
"""Name → mode."""


@dataclass
class Hostile:
    """A running server: its URLs, and how often it was asked at the other port, with and without credentials."""

    port: int
    elsewhere: list[bool] = field(default_factory=list)
    """For each request at the other port: whether it carried credentials."""

    @property
    def url(self) -> str:
        """The URL of the add-on."""
        return f"http://127.0.0.1:{self.port}/?dispatch=shipstation"

    @property
    def control(self) -> str:
        """The URL of the control protocol."""
        return f"http://127.0.0.1:{self.port}/control/v1"

    @property
    def api(self) -> str:
        """The URL of the REST API."""
        return f"http://127.0.0.1:{self.port}/api"


@contextmanager
def hostile_endpoint(name: str, port: int = 0) -> Iterator[Hostile]:
    """Run a server in a mode of :data:`MODES`, and another one to which it may redirect, until the block ends."""
    mode, stopped = MODES[name], Event()
    with socket.create_server(("127.0.0.1", port)) as main, socket.create_server(("127.0.0.1", 0)) as other:
        server = Hostile(main.getsockname()[1])
        numbers = iter(range(1, sys.maxsize))

        def answer(connection: socket.socket, at: Mode, *, elsewhere: bool) -> None:
            with connection, suppress(OSError, ValueError):
                connection.settimeout(120)
                head = _head(connection)
                path = head.split(b" ", 2)[1].decode("latin-1")
                asked = Asked(next(numbers), path, head, server.port, other.getsockname()[1], stopped)
                if elsewhere:
                    server.elsewhere.append(asked.authorized)
                for part in at(asked):
                    if stopped.is_set():
                        return
                    if part == RESET:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                        return
                    connection.sendall(part)
                connection.shutdown(socket.SHUT_WR)
                while connection.recv(65536):  # a close with unread bytes would reset the connection
                    pass

        def listen(at: socket.socket, mode: Mode, *, elsewhere: bool) -> None:
            while True:
                with suppress(OSError):
                    connection, _ = at.accept()
                    if stopped.is_set():
                        connection.close()
                        return
                    arguments = {"elsewhere": elsewhere}
                    Thread(target=answer, args=(connection, mode), kwargs=arguments, daemon=True).start()

        threads = [
            Thread(target=listen, args=(main, mode), kwargs={"elsewhere": False}, daemon=True),
            Thread(target=listen, args=(other, always(reply(EMPTY))), kwargs={"elsewhere": True}, daemon=True),
        ]
        for thread in threads:
            thread.start()
        try:
            yield server
        finally:
            stopped.set()
            for listener in (main, other):
                with suppress(OSError):
                    socket.create_connection(listener.getsockname(), timeout=1).close()
            for thread in threads:
                thread.join(2)


def _head(connection: socket.socket) -> bytes:
    """Return the head of a request; its body is read and dropped."""
    data = b""
    while b"\r\n\r\n" not in data:
        if not (part := connection.recv(65536)):
            raise ConnectionResetError
        data += part
    head, _, body = data.partition(b"\r\n\r\n")
    length = re.search(rb"\r\ncontent-length: *(\d+)", head.lower())
    left = (int(length[1]) if length else 0) - len(body)
    while left > 0 and (part := connection.recv(65536)):
        left -= len(part)
    return head


if __name__ == "__main__":
    with hostile_endpoint(sys.argv[2], int(sys.argv[1])) as running:
        print(running.url, running.control, running.api)
        while True:
            time.sleep(3600)

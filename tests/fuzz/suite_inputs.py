"""What others send to the suite: replies of an endpoint and of the sources of truth, recordings, results, files."""

from __future__ import annotations

import gzip
import json
from base64 import b64encode
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from conformance.client.recording.traffic import read_traffic
from conformance.report import views
from conformance.runner.run import run
from conformance.runner.settings import EmbeddedTarget, RunSettings, Selection
from conformance.truth.worksheet import sheet
from mockstore.endpoint.fast_writer import writer_of
from mockstore.orders.model import Order
from mockstore.shop.shop import Clock, Shop
from mockstore.store.specimens import add_specimens
from mockstore.store.store import Store
from tests.fuzz.mutate import (
    BYTES,
    Json,
    damaged,
    damaged_json,
    damaged_xml,
    grown_xml,
    json_bytes,
    strange_bytes,
    strange_json,
    strange_text,
)

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)

TAGS = tuple(
    tag.encode()
    for tag in "Orders Order OrderID OrderNumber OrderDate OrderStatus LastModified ShippingMethod PaymentMethod "
    "CurrencyCode OrderTotal TaxAmount ShippingAmount CustomerNotes InternalNotes Gift GiftMessage Customer "
    "CustomerCode BillTo ShipTo Name Company Phone Email Address1 Address2 City State PostalCode Country Items Item "
    "LineItemID SKU ImageUrl Weight WeightUnits Quantity UnitPrice Location Options Option Value Adjustment".split()
)
REPLY_HEADERS = (
    *(
        "Content-Type",
        "Content-Length",
        "Content-Encoding",
        "Transfer-Encoding",
        "Connection",
        "Location",
        "Date",
        "Server",
    ),
    *(
        "Retry-After",
        "WWW-Authenticate",
        "Set-Cookie",
        "Cache-Control",
        "ETag",
        "X-Shop",
        "Content-Range",
        "Keep-Alive",
        "Trailer",
    ),
)
REPLY_VALUES = (
    *(
        b"text/xml",
        b"application/xml; charset=nope",
        b"text/html",
        b'text/xml; charset="',
        b"text/xml; charset=utf-7",
        b"\xff\xfe",
    ),
    *(
        b"http://[::1",
        b"//evil.example/",
        b"/?x",
        b"http://127.0.0.1:1/",
        b"https://u:p@127.0.0.1/",
        b"file:///etc/passwd",
        b"Caf\xe9",
    ),
    *(
        b"gzip",
        b"deflate",
        b"br",
        b"zstd",
        b"x",
        b"chunked",
        b"chunked, chunked",
        b"0",
        b"-1",
        b"5",
        b"99999999999999999999",
        b"\xb2",
    ),
    *(
        b"Sun, 31 Dec 9999 23:59:59 -2359",
        b"Mon, 01 Jan 0001 00:00:00 +2359",
        b"Basic",
        b'Basic realm="\x1b]0;x\x07"',
        b"close",
    ),
)
STATUSES = (
    "200",
    "200",
    "200",
    "200",
    "201",
    "204",
    "206",
    "301",
    "302",
    "304",
    "308",
    "401",
    "403",
    "404",
    "418",
    "429",
    "500",
    "503",
    "999",
    "1000",
    "20",
    "abc",
    "-1",
    "",
)


@cache
def shop() -> Store:
    """Return a shop with orders of every kind."""
    store = Store(Shop("4.6.3"), count=12, clock=Clock(NOW, running=False))
    add_specimens(store)
    return store


@cache
def orders() -> tuple[Order, ...]:
    """Return the orders of the shop, by number."""
    return tuple(order for order in shop().orders() if order.customer.shipping is not None)


def document(some: tuple[Order, ...]) -> bytes:
    """Return the right export of some orders."""
    return writer_of(shop()).document(some, "1")


def reply(rng: Random, body: bytes, kind: bytes = b"text/xml; charset=utf-8") -> bytes:
    """Return a reply with this body; its status line and headers are strange now and then."""
    first = b"HTTP/1.1 200 OK"
    if rng.randrange(8) == 0:
        reason = rng.choice((b"OK", b"", b"D\xe9j\xe0 vu", strange_bytes(rng).replace(b"\n", b"").replace(b"\r", b"")))
        first = b"HTTP/1.1 " + rng.choice(STATUSES).encode() + b" " + reason
    headers = [b"Content-Type: " + kind, b"Content-Length: %d" % len(body), b"Date: Thu, 02 Apr 2026 12:00:00 GMT"]
    while rng.randrange(4) == 0:
        value = (
            rng.choice(REPLY_VALUES) if rng.randrange(3) else strange_bytes(rng).replace(b"\n", b"").replace(b"\r", b"")
        )
        header = rng.choice(REPLY_HEADERS).encode() + b": " + value
        if rng.randrange(2):
            headers.append(header)
        else:
            headers[rng.randrange(len(headers))] = header
    return b"\r\n".join([first, *headers]) + b"\r\n\r\n" + body


def export_reply(rng: Random) -> bytes:
    """Return a reply to an export: a right page with damage, or XML that was grown at random."""
    kind = rng.randrange(10)
    if kind == 0:
        body = rng.choice((b"", b" ", b"<Orders/>", strange_bytes(rng))) if rng.randrange(2) else grown_xml(rng, TAGS)
    elif kind == 1:
        body = b"<Orders>" + b"".join(grown_xml(rng, TAGS) for _ in range(rng.randrange(3))) + b"</Orders>"
    else:
        some = tuple(rng.choice(orders()) for _ in range(rng.choice((1, 1, 2))))
        body = damaged_xml(rng, document(some), TAGS)
    return reply(rng, body)


def http_reply(rng: Random) -> bytes:
    """Return bytes that an endpoint sends: a reply with damage anywhere, framing included."""
    body = gzip.compress(b"<Orders/>") if rng.randrange(8) == 0 else b"<Orders pages='1'/>"
    data = reply(rng, body)
    kind = rng.randrange(8)
    if kind == 0:
        return data
    if kind == 1:
        return b"HTTP/1.1 100 Continue\r\n\r\n" * rng.choice((1, 2, 50)) + data
    if kind == 2:
        return strange_bytes(rng) * rng.randrange(4)
    if kind == 3:
        head, _, _ = data.partition(b"\r\n\r\n")
        chunks = b"%x\r\n%b\r\n0\r\n\r\n" % (rng.choice((len(body), 1, 2**40)), body)
        return damaged(rng, head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks, BYTES)
    return damaged(rng, data, (b"HTTP/1.1 200 OK\r\n", b"\r\n\r\n", b"Content-Encoding: gzip\r\n", b"0\r\n\r\n"))


CALLS = 20
"""The reply to one of this many requests is another one."""


def truth_reply(rng: Random) -> bytes:
    """Return which reply of a source of truth is replaced, and how: by a change of itself, or by another reply.

    The right reply is known only when the input is used, so the change is given as the state of a generator.
    """
    which = rng.randrange(CALLS)
    if rng.randrange(4) == 0:
        body = json_bytes(strange_json(rng, 3)) if rng.randrange(2) else strange_bytes(rng)
        return b"%d replace\n" % which + reply(rng, body, b"application/json")
    return b"%d change %d" % (which, rng.randrange(2**40))


# ---------------------------------------------------------------------- recordings


@cache
def recorded() -> tuple[bytes, tuple[bytes, ...]]:
    """Return report.json and the lines of the tape of a run with deviations."""
    with TemporaryDirectory() as folder:
        selection = Selection(("CON", "ORD", "SHP-1", "PAG-1", "CUS-4"))
        report = run(RunSettings((EmbeddedTarget("4.3.4"),), selection=selection, record=f"{folder}/recording"))
        (tape,) = Path(folder, "recording").glob("*.jsonl.gz")
        return views.encode(report), tuple(gzip.decompress(tape.read_bytes()).splitlines(keepends=True))


def tape(rng: Random) -> bytes:
    """Return a tape with a damaged line, or damaged in its compressed form."""
    lines = list(recorded()[1][: rng.choice((2, 4, 20))])
    at = rng.randrange(len(lines))
    lines[at] = damaged_json(rng, json.loads(lines[at])) + (b"\n" if rng.randrange(8) else b"")
    data = gzip.compress(b"".join(lines), 1, mtime=0)
    return damaged(rng, data) if rng.randrange(20) == 0 else data


@cache
def traffic() -> tuple[tuple[bytes, bytes], ...]:
    """Return the requests and replies of a recorded shop."""
    folder = ROOT / "tests" / "recordings" / "addon-1.0.12"
    return tuple(
        (path.read_bytes(), path.with_suffix(".reply").read_bytes()) for path in sorted(folder.glob("*.request"))
    )


SEPARATOR = b"\n=====\n"


def traffic_folder(rng: Random) -> bytes:
    """Return some recorded requests and replies, one of them damaged."""
    parts = [part for pair in rng.sample(traffic(), 3) for part in pair]
    at = rng.randrange(len(parts))
    head, blank, body = parts[at].partition(b"\n\n")
    parts[at] = (
        damaged(rng, head) + blank + body if rng.randrange(2) else head + blank + damaged_xml(rng, body[:4000], TAGS)
    )
    return SEPARATOR.join(parts)


def har_file(rng: Random) -> bytes:
    """Return a HAR file of recorded traffic, damaged, with one reply in another form."""
    entries: list[Json] = []
    for exchange in rng.sample(read_traffic(ROOT / "tests" / "recordings" / "addon-1.0.12").exchanges, 3):
        content: Json = {"size": len(exchange.body), "text": exchange.body.decode()[:4000]}
        if rng.randrange(2):
            content |= {"text": b64encode(gzip.compress(exchange.body)).decode(), "encoding": "base64"}
        headers = {"request": exchange.request_headers, "response": exchange.reply_headers}
        pairs = {side: [{"name": name, "value": value} for name, value in each] for side, each in headers.items()}
        entries.append(
            {
                "startedDateTime": "2026-03-11T10:00:00.000+01:00",
                "request": {"method": exchange.method, "url": exchange.url, "headers": pairs["request"]},
                "response": {"status": exchange.status, "headers": pairs["response"], "content": content},
            }
        )
    return damaged_json(rng, {"log": {"version": "1.2", "entries": entries}})


def report_json(rng: Random) -> bytes:
    """Return a damaged report.json."""
    return damaged_json(rng, small_report())


@cache
def small_report() -> Json:
    """Return a report with few requirements and exchanges."""
    report = json.loads(recorded()[0])
    judged = [each for each in report["results"] if each["evidence"]][:4] + report["results"][:4]
    return {
        **report,
        "results": judged,
        "exchanges": report["exchanges"][:2],
        "requirements": report["requirements"][:40],
    }


# ---------------------------------------------------------------------- an importer's result

RESULT: Json = {
    "orders": [
        {
            "order_number": "1001",
            "order_id": "77",
            "status": "Processed",
            "state": "paid",
            "placed_at": "2026-03-10T08:00:20Z",
            "modified_at": "2026-03-10T09:30:20Z",
            "currency": "EUR",
            "shipping_method": "DHL Paket",
            "payment_method": "Invoice",
            "total": "70.80",
            "tax": 1.9,
            "shipping_amount": 4.9,
            "customer_notes": "n",
            "internal_notes": "i",
            "gift": False,
            "gift_message": "",
            "customer": {
                "email": "marta@example.org",
                "phone": "1",
                "code": "c1",
                "billing": {
                    "name": "Marta Muster",
                    "address1": "Turmweg 5",
                    "city": "Berlin",
                    "postal_code": 10115,
                    "country": "DE",
                },
                "shipping": {
                    "name": "Dana Doe",
                    "company": "Dock 7",
                    "address1": "12 Oak St",
                    "address2": "Apt 2",
                    "city": "Boston",
                    "state": "MA",
                    "postal_code": "02108",
                    "country": "US",
                },
            },
            "items": [
                {
                    "line_id": "11",
                    "sku": "MUG",
                    "name": "Mug",
                    "quantity": 2,
                    "unit_price": "9.50",
                    "weight": {"value": "350", "unit": "g"},
                    "image_url": "https://shop.example/mug.png",
                    "location": "A1",
                    "options": [{"name": "Colour", "value": "Red"}],
                },
                {"line_id": "12", "sku": "LAMP", "name": "Lamp", "quantity": 1, "unit_price": 45},
            ],
            "discounts": [{"name": "Sale", "amount": "1.00", "coupon": "S"}],
        }
    ],
    "left_out": ["1002", {"order_number": "1003", "reason": "r"}],
    "unmapped_statuses": ["Zoll"],
    "problem": "",
}


def import_result(rng: Random) -> bytes:
    """Return a damaged result of an importer."""
    return strange_bytes(rng) if rng.randrange(20) == 0 else damaged_json(rng, RESULT)


# ---------------------------------------------------------------------- files of options

FILES = {
    "conformance.toml": """scope = "truth"
level = "must"
only = ["CUS-4"]
timeout = 3.5
username = "u"
[run]
max-orders = 3
[importer]
import_command = "x {url}"
""",
    "mapping": """orders = "data.rows"
left_out = "skipped"
[fields]
order_number = "nr"
"customer.email" = "mail"
items = "lines"
"items.sku" = "code"
[states]
new = "paid"
""",
    "baseline": """[[known]]
requirement = "CUS-4"
version = "4.3.*"
reason = "because"
until = 2027-01-31
""",
    "targets": """[[target]]
name = "shop"
url = "http://127.0.0.1/?dispatch=shipstation"
username = "u"
only = ["CUS"]
scope = "observation"
max_requests = 5
""",
}


@cache
def texts_of_files() -> tuple[bytes, ...]:
    """Return a right file of each kind, its name in the first line."""
    form = sheet.form().replace("placed = false", "placed = true")
    listed = {**FILES, "worksheet": form}
    return tuple(f"{name}\n{text}".encode() for name, text in listed.items())


def toml_file(rng: Random) -> bytes:
    """Return a file of options with damage; the first line tells its kind."""
    name, _, text = rng.choice(texts_of_files()).partition(b"\n")
    if rng.randrange(3) and text:
        lines = text.split(b"\n")
        at = rng.choice([place for place, line in enumerate(lines) if b"=" in line])
        key = lines[at].partition(b"=")[0]
        lines[at] = key + b"= " + toml_value(rng)
        text = b"\n".join(lines)
    else:
        text = damaged(rng, text)
    return name + b"\n" + text


def toml_value(rng: Random, depth: int = 2) -> bytes:
    """Return a value as TOML writes it, of any type."""
    kind = rng.randrange(8)
    if kind < 3:
        return json.dumps(strange_text(rng).encode("utf-8", "replace").decode()).encode()
    if kind < 5:
        return rng.choice(
            (b"1", b"-1", b"1.5", b"nan", b"inf", b"true", b"9" * 400, b"1e999", b"0x1F", b"''", b"[]", b"{}")
        )
    if kind < 6:
        return rng.choice(
            (
                b"2026-01-31",
                b"9999-12-31T23:59:59-23:59",
                b"0001-01-01T00:00:00+23:59",
                b"07:32:00",
                b"2026-01-31T10:00:00",
            )
        )
    if depth and kind < 7:
        return b"[" + b", ".join(toml_value(rng, depth - 1) for _ in range(rng.randrange(4))) + b"]"
    return b"{ a = " + (toml_value(rng, depth - 1) if depth else b"1") + b" }"


def whole_run(rng: Random) -> bytes:
    """Return which replies of a recorded run are replaced, and by what."""
    at = rng.randrange(10_000)
    return b"%d %d\n" % (at, rng.choice((1, 1, 3, 1000))) + (export_reply(rng) if rng.randrange(4) else http_reply(rng))

"""Requests to the mock store: right ones of each interface, and changes of them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from random import Random
from urllib.parse import quote_from_bytes

from tests.fuzz.mutate import (
    Json,
    as_bytes,
    damaged,
    damaged_json,
    damaged_xml,
    grown_xml,
    strange_bytes,
    strange_text,
)
from tests.support.store_in_thread import EMAIL, KEY

TOKEN = "\0token\0"
"""Stands for the control token, which is another in each store; :func:`with_token` puts it in."""

COOKIE, FORM_TOKEN = "\0cookie\0", "\0form\0"
"""Stand for the cookie of a session with the web console, and for the token of its forms; see :func:`with_session`."""

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "get", "PROPFIND", "X" * 40)
LOGIN = b"Basic " + b64encode(b"ship-user:ship-pass")
API_LOGIN = b"Basic " + b64encode(f"{EMAIL}:{KEY}".encode())
HEADERS = (
    *(
        "Accept",
        "Accept-Encoding",
        "Authorization",
        "Content-Encoding",
        "Content-Type",
        "Cookie",
        "Expect",
        "Forwarded",
    ),
    *("Host", "If-Modified-Since", "If-None-Match", "Origin", "Range", "Referer", "SS-AUTH-PW", "SS-AUTH-USER"),
    *(
        "Sec-Fetch-Site",
        "TE",
        "Upgrade",
        "User-Agent",
        "Via",
        "X-Forwarded-For",
        "X-Forwarded-Proto",
        "X-HTTP-Method-Override",
    ),
)
HEADER_VALUES = (
    *(
        b"*/*",
        b"gzip",
        b"deflate",
        b"br",
        b"zstd",
        b"identity",
        b"text/xml",
        b"application/json",
        b"text/plain",
        b"websocket",
    ),
    *(
        b"Basic",
        b"Basic \xff",
        b"Bearer \xff",
        b"Basic " + b64encode(b"\xff:\xff"),
        b"Basic " + b64encode(b"nocolon"),
        b"100-continue",
    ),
    *(
        b"Caf\xe9",
        b"http://evil.example",
        b"null",
        b"localhost",
        b"127.0.0.1:1",
        b"[::1",
        b"bytes=0-",
        b"h2c",
        b"x" * 9000,
    ),
    *(
        b"text/xml; charset=\xff",
        b"text/xml; charset=nope",
        b"multipart/form-data",
        b"application/x-www-form-urlencoded",
        b"https",
    ),
)
WORDS = (
    b"HTTP/1.0",
    b"HTTP/2.0",
    b"Transfer-Encoding: chunked\r\n",
    b"Content-Length: 5\r\n",
    b"\r\n\r\n",
    b"Connection: close\r\n",
    b"0\r\n\r\n",
    b"ffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
)

NOTICE_TAGS = tuple(
    tag.encode()
    for tag in "ShipNotice OrderNumber OrderID CustomerCode CustomerNotes NotesToCustomer NotifyCustomer ShipDate "
    "Carrier Service TrackingNumber ShippingCost Items Item SKU Name Quantity LineItemID LabelCreateDate".split()
)
NOTICE = (
    b'<?xml version="1.0" encoding="utf-8"?>\n<ShipNotice><OrderNumber>1003</OrderNumber><OrderID>3</OrderID>'
    b"<CustomerCode>c</CustomerCode><NotesToCustomer>Thanks</NotesToCustomer>"
    b"<LabelCreateDate>12/8/2026 15:03</LabelCreateDate><ShipDate>12/8/2026</ShipDate>"
    b"<Carrier>USPS</Carrier><Service>Priority</Service>"
    b"<TrackingNumber>T1</TrackingNumber><ShippingCost>4.95</ShippingCost><Items><Item><SKU>A</SKU><Name>n</Name><Quantity>1</Quantity>"
    b"<LineItemID>1</LineItemID></Item></Items></ShipNotice>"
)
ORDER_NUMBERS = (*tuple(str(number) for number in range(998, 1050)), "A-1", "%s", "10000000", "0", "-1")


def with_token(data: bytes, token: str) -> bytes:
    """Return the request with the store's own control token."""
    return data.replace(TOKEN.encode(), token.encode())


def with_session(data: bytes, cookie: str, form_token: str) -> bytes:
    """Return the request with a session of the web console."""
    return data.replace(COOKIE.encode(), cookie.encode()).replace(FORM_TOKEN.encode(), form_token.encode())


def request(
    rng: Random, method: str, target: bytes, headers: Sequence[tuple[str, bytes]], body: bytes = b"", odd: int = 3
) -> bytes:
    """Return a whole request, with the right length. One of ``odd`` requests has a strange header more."""
    lines = [b"%b %b HTTP/1.1" % (method.encode(), target), b"Host: 127.0.0.1"]
    lines += [b"%b: %b" % (name.encode(), value) for name, value in headers]
    while rng.randrange(odd) == 0:
        value = rng.choice(HEADER_VALUES) if rng.randrange(2) else strange_bytes(rng)
        lines.append(b"%b: %b" % (rng.choice(HEADERS).encode(), value.replace(b"\r", b"").replace(b"\n", b"")))
    if body or method == "POST":
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def quoted(rng: Random, value: bytes) -> bytes:
    """Return a value as it is written into a URL; sometimes not as it should be."""
    kind = rng.randrange(12)
    if kind == 0:
        return bytes(byte for byte in value if byte > 32 and byte != 127)
    return quote_from_bytes(value, safe="" if kind < 7 else "/: ").replace(" ", "+").encode()


def query_of(rng: Random, pairs: Sequence[tuple[str, str]]) -> bytes:
    """Return a query in which a value or two are strange, missing or doubled, or another one is added."""
    parts = [name.encode() + b"=" + quoted(rng, as_bytes(value)) for name, value in pairs]
    for _ in range(rng.choice((0, 1, 1, 2))):
        at = rng.randrange(len(parts))
        name = parts[at].partition(b"=")[0]
        kind = rng.randrange(10)
        if kind == 0:
            parts[at] = b""
        elif kind == 1:
            parts.append(parts[at])
        elif kind == 2:
            parts.append(quoted(rng, strange_bytes(rng)) + b"=" + quoted(rng, strange_bytes(rng)))
        else:
            value = as_bytes(strange_text(rng)) if kind < 8 else strange_bytes(rng)
            parts[at] = name + b"=" + quoted(rng, value)
    if rng.randrange(12) == 0:
        rng.shuffle(parts)
    return b"&".join(parts)


def method_of(rng: Random, usual: str) -> str:
    """Return the usual method, now and then another."""
    return rng.choice(METHODS) if rng.randrange(12) == 0 else usual


def login_of(rng: Random, name: str, value: bytes) -> list[tuple[str, bytes]]:
    """Return the right credentials, now and then others or none."""
    kind = rng.randrange(24)
    if kind == 0:
        return []
    if kind == 1:
        return [(name, rng.choice(HEADER_VALUES))]
    if kind == 2:
        return [("SS-AUTH-USER", strange_line(rng)), ("SS-AUTH-PW", strange_line(rng))]
    return [(name, value)]


def strange_line(rng: Random) -> bytes:
    """Return strange bytes without the end of a line."""
    return strange_bytes(rng).replace(b"\r", b"").replace(b"\n", b"")


def addon_request(rng: Random) -> bytes:
    """Return a request at the add-on's URL; most are exports."""
    action = "export" if rng.randrange(8) else rng.choice(("shipnotify", "Export", "", "delete", strange_text(rng)))
    day = rng.randrange(1, 29)
    pairs = [("action", action), ("start_date", f"03/{day:02}/2026 00:00"), ("end_date", "04/02/2026 12:00")]
    query = query_of(rng, [*pairs, ("page", str(rng.randrange(3)))])
    dispatch = b"dispatch=shipstation&" if rng.randrange(20) else query_of(rng, [("dispatch", "shipstation")]) + b"&"
    path = (
        rng.choice((b"/admin.php?", b"//?", b"/%00?"))
        if rng.randrange(20) == 0
        else rng.choice((b"/?", b"/index.php?"))
    )
    body = strange_bytes(rng) if rng.randrange(12) == 0 else b""
    return request(rng, method_of(rng, "GET"), path + dispatch + query, login_of(rng, "Authorization", LOGIN), body)


def notify_request(rng: Random) -> bytes:
    """Return a shipment notification with a damaged body."""
    number = rng.choice(ORDER_NUMBERS)
    pairs = [("dispatch", "shipstation"), ("action", "shipnotify"), ("order_number", number), ("carrier", "USPS")]
    pairs += [("service", "Priority"), ("tracking_number", f"T{rng.randrange(50)}")]
    good = NOTICE.replace(b"1003", number.encode()).replace(b">T1<", b">T%d<" % rng.randrange(50))
    kind = rng.randrange(10)
    body = damaged_xml(rng, good, NOTICE_TAGS) if kind < 7 else good if kind < 8 else grown_xml(rng, NOTICE_TAGS)
    # most queries are right, so that the bodies are read
    query = (
        query_of(rng, pairs) if rng.randrange(4) == 0 else "&".join(f"{name}={value}" for name, value in pairs).encode()
    )
    headers = [*login_of(rng, "Authorization", LOGIN), ("Content-Type", b"text/xml")]
    return request(rng, method_of(rng, "POST"), b"/?" + query, headers, body, odd=10)


DRAFT: Json = {
    "order_number": "N-1",
    "status": "Processed",
    "placed_at": "2026-03-01T10:00:00Z",
    "modified_at": "2026-03-01T11:00:00Z",
    "currency": "EUR",
    "total": "30.00",
    "tax": "1.00",
    "shipping_amount": "5.00",
    "shipping_method": "UPS",
    "payment_method": "Card",
    "gift": True,
    "gift_message": "Hi",
    "customer_notes": "n",
    "internal_notes": "i",
    "customer": {
        "email": "a@example.org",
        "phone": "1",
        "code": "c",
        "billing": {
            "name": "A B",
            "company": "C",
            "address1": "Street 1",
            "city": "X",
            "state": "NY",
            "postal_code": "1",
            "country": "US",
        },
        "shipping": {
            "name": "A B",
            "address1": "Street 1",
            "city": "X",
            "state": "NY",
            "postal_code": "1",
            "country": "US",
        },
    },
    "items": [
        {
            "line_id": "1",
            "sku": "A",
            "name": "Mug",
            "quantity": 2,
            "unit_price": "12.00",
            "weight": {"value": "0.5", "unit": "kg"},
            "image_url": "http://x/y.png",
            "location": "A1",
            "options": [{"name": "Colour", "value": "Red"}],
        }
    ],
    "discounts": [{"name": "Sale", "amount": "1.00", "coupon": "S"}],
    "weight": {"value": "1", "unit": "kg"},
    "shipments": [{"tracking_number": "T", "items": [{"sku": "A", "quantity": 1, "line_id": "1"}]}],
}
FAULT_SCRIPT: Json = {
    "faults": [{"kind": "status", "times": 1, "action": "export", "status": 503, "seconds": 0.1, "headers": {"A": "b"}}]
}
CONTROL_CALLS: tuple[tuple[str, bytes, Json], ...] = (
    ("GET", b"/store", None),
    ("GET", b"/orders?modified_from=2026-03-01T00:00:00Z&modified_to=2026-04-02T00:00:00Z&limit=5", None),
    ("POST", b"/orders", DRAFT),
    ("POST", b"/orders", DRAFT),
    ("POST", b"/orders", DRAFT),
    ("GET", b"/orders/1003", None),
    (
        "PATCH",
        b"/orders/1003",
        {"status": "Complete", "modified_at": "2026-03-09T10:00:00Z", "customer_notes": "x", "internal_notes": "y"},
    ),
    ("DELETE", b"/orders/1003", None),
    ("GET", b"/journal?after=0", None),
    ("POST", b"/faults", FAULT_SCRIPT),
    ("PUT", b"/clock", {"now": "2026-04-02T12:00:00Z", "running": False}),
    ("PUT", b"/clock", {"now": "2026-04-02T12:00:00Z", "running": True}),
    ("GET", b"/clock", None),
    ("PUT", b"/behaviour", {"profile": "reference", "defects": ["country-uk"], "variants": []}),
    ("POST", b"/reset", {}),
)


def damaged_target(rng: Random, target: bytes) -> bytes:
    """Return a target with a strange number, name or value of its query."""
    path, mark, query = target.partition(b"?")
    if mark and rng.randrange(2):
        pairs = [part.split(b"=")[0].decode() for part in query.split(b"&")]
        return (
            path
            + mark
            + b"&".join(
                name.encode() + b"=" + quoted(rng, as_bytes(strange_text(rng))) for name in pairs if rng.randrange(6)
            )
        )
    parts = path.split(b"/")
    at = len(parts) - 1 if rng.randrange(3) else rng.randrange(len(parts) - 1) + 1
    parts[at] = quoted(rng, strange_bytes(rng) if rng.randrange(2) else rng.choice(ORDER_NUMBERS).encode())
    return b"/".join(parts) + mark + query


def control_request(rng: Random) -> bytes:
    """Return a call of the control protocol with a damaged body or path; an export now and then sees the effect."""
    if rng.randrange(12) == 0:
        return addon_request(rng)
    method, target, content = rng.choice(CONTROL_CALLS)
    if rng.randrange(10) == 0 or (content is None and rng.randrange(3)):
        target = damaged_target(rng, target)
    body = b"" if content is None else damaged_json(rng, content)
    headers = login_of(rng, "Authorization", b"Bearer " + TOKEN.encode())
    return request(rng, method_of(rng, method), b"/control/v1" + target, headers, body, odd=10)


API_ORDER: Json = {
    "user_id": "0",
    "payment_id": "1",
    "shipping_id": "1",
    "status": "P",
    "email": "a@example.org",
    "notes": "n",
    "details": "d",
    "timestamp": 1767225600,
    "shipping_ids": ["1"],
    "user_data": {
        "email": "a@example.org",
        "firstname": "A",
        "s_firstname": "A",
        "s_address": "Street 1",
        "s_country": "US",
        "b_city": "X",
    },
    "products": {"1": {"product_id": "12", "amount": "2", "price": "3.50", "product_options": {"1": "2"}}},
    "subtotal_discount": "1.00",
    "gift_certificates": {},
    "tracking_number": "T",
    "carrier": "usps",
}
API_SHIPMENT: Json = {
    "order_id": "3",
    "shipping_id": "1",
    "tracking_number": "T",
    "carrier": "usps",
    "comments": "c",
    "timestamp": 1767225600,
    "products": {"1": 1},
    "status": "P",
}
API_PRODUCT: Json = {
    "product": "Mug",
    "product_code": "MUG",
    "price": "3.50",
    "weight": "1.5",
    "category_ids": ["1"],
    "main_category": 1,
    "amount": 9,
    "company_id": 1,
    "main_pair": {"detailed": {"image_path": "http://x/y.png"}},
}
API_CALLS: tuple[tuple[str, bytes, Json], ...] = (
    (
        "GET",
        b"/orders?page=1&items_per_page=5&status=P&user_id=1&time_from=1&time_to=2&period=C&email=a&sort_by=date&sort_order=asc",
        None,
    ),
    ("GET", b"/orders/3", None),
    ("POST", b"/orders", API_ORDER),
    ("POST", b"/orders", API_ORDER),
    ("PUT", b"/orders/3", API_ORDER),
    ("DELETE", b"/orders/4", None),
    ("GET", b"/shipments?page=1&items_per_page=5&order_id=3", None),
    ("POST", b"/shipments", API_SHIPMENT),
    ("PUT", b"/shipments/3001", API_SHIPMENT),
    ("DELETE", b"/shipments/3001", None),
    ("GET", b"/statuses?type=S", None),
    ("POST", b"/statuses", {"description": "New", "type": "O", "params": {"a": "b"}, "email_subj": "s"}),
    ("PUT", b"/statuses/5", {"description": "New", "params": {"a": "b"}}),
    ("GET", b"/products?page=1&items_per_page=5&pcode=A&q=x&cid=1", None),
    ("POST", b"/products", API_PRODUCT),
    ("PUT", b"/products/5", API_PRODUCT),
    ("GET", b"/settings", None),
    ("GET", b"/users/1/orders", None),
    ("GET", b"/stores/1/orders/3", None),
    ("GET", b"/taxes", None),
)


def api_request(rng: Random) -> bytes:
    """Return a call of CS-Cart's REST API with a damaged body or path."""
    method, target, content = rng.choice(API_CALLS)
    if rng.randrange(10) == 0 or (content is None and rng.randrange(3)):
        target = damaged_target(rng, target)
    kind = rng.choice((b"application/json", b"application/json", b"application/json", b"text/plain", b"text/html", b""))
    body = b"" if content is None else damaged_json(rng, content)
    if kind == b"text/plain" and rng.randrange(2):
        body = query_of(rng, [("status", "P"), ("notes", "x"), ("products[1][amount]", "2")])
    prefix = rng.choice((b"/api", b"/api", b"/api/2.0", b"/api/1.0", b"/api/4.0", b"/api.php?_d="))
    if prefix.endswith(b"="):
        target = target[1:].replace(b"?", b"&")
    headers = [*login_of(rng, "Authorization", API_LOGIN), ("Content-Type", kind)]
    return request(rng, method_of(rng, method), prefix + target, headers, body, odd=10)


def image_request(rng: Random) -> bytes:
    """Return a request for a picture with a damaged path."""
    path = rng.choice(
        (
            b"/images/detailed/1/mug.png",
            b"/images/mug.png",
            b"/images/a/b/c.png",
            b"/images/../../etc/passwd.png",
            b"/images/.png",
        )
    )
    path = damaged_target(rng, path) if rng.randrange(2) else b"/" + quoted(rng, damaged(rng, path[1:]))
    return request(
        rng, method_of(rng, "GET"), path.replace(b" ", b"").replace(b"\r", b"").replace(b"\n", b"") or b"/", []
    )


CONSOLE_TARGETS = (
    b"/console/",
    b"/console",
    b"/console/traffic",
    b"/console/traffic?q=a&kind=export&result=fault&breaks=IMP-1&before=20",
    b"/console/traffic/1",
    b"/console/traffic/7",
    b"/console/alive",
    b"/console/orders?q=a&skip=5",
    b"/console/orders/one?number=1003",
    b"/console/shipstation?order=1003",
    b"/console/open?token=0011223344556677.1795851210463.eda908accce7621705b5b82eadb0f567",
    b"/console/static/console.css",
    b"/console/nothing",
)
CONSOLE_FORMS = (
    b"/console/traffic/clear",
    b"/console/shipstation/export",
    b"/console/shipstation/notify",
    b"/console/orders/status",
)


def console_request(rng: Random) -> bytes:
    """Return a request for a page of the web console, or a form, with a damaged target or damaged inputs."""
    headers = [("Cookie", COOKIE.encode())] if rng.randrange(8) else []
    if rng.randrange(3):
        target = rng.choice(CONSOLE_TARGETS)
        target = damaged_target(rng, target) if rng.randrange(3) else target
        target = target.replace(b" ", b"").replace(b"\r", b"").replace(b"\n", b"") or b"/"
        return request(rng, method_of(rng, "GET"), target, headers)
    pairs = [b"form_token=" + (FORM_TOKEN.encode() if rng.randrange(8) else quoted(rng, strange_bytes(rng)))]
    pairs += [
        quoted(rng, as_bytes(strange_text(rng))) + b"=" + quoted(rng, strange_bytes(rng))
        for _ in range(rng.randrange(4))
    ]
    body = b"&".join(pairs)
    headers += [
        ("Origin", b"http://127.0.0.1" if rng.randrange(8) else b"http://evil.example"),
        ("Content-Type", b"application/x-www-form-urlencoded" if rng.randrange(8) else strange_bytes(rng)),
    ]
    headers = [(name, value.replace(b"\r", b"").replace(b"\n", b"")) for name, value in headers]
    return request(
        rng, "POST", rng.choice(CONSOLE_FORMS), headers, damaged(rng, body) if rng.randrange(4) == 0 else body
    )


MAKERS = (addon_request, notify_request, control_request, api_request, image_request)


def raw_bytes(rng: Random) -> bytes:
    """Return a request with damage anywhere: in the framing, too."""
    data = rng.choice(MAKERS)(rng)
    kind = rng.randrange(8)
    if kind == 0:
        return data + rng.choice(MAKERS)(rng)
    if kind == 1:
        head, _, body = data.partition(b"\r\n\r\n")
        pieces = b"".join(b"%x\r\n%b\r\n" % (size, body[:size]) for size in (rng.randrange(20), rng.randrange(300)))
        return damaged(rng, head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n\r\n", WORDS)
    if kind == 2:
        return rng.randbytes(rng.randrange(400))
    return damaged(rng, data, WORDS)

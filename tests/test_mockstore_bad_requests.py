"""The mock store answers every request of a client with 2xx to 4xx, logs no traceback, and keeps its journal."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterator
from itertools import product

import pytest

from mockstore.behaviours.profiles import PROFILES
from mockstore.behaviours.registry import build_behaviour
from mockstore.behaviours.variants import variants
from mockstore.endpoint.message import Request
from mockstore.shop.shop import Clock, Shop
from mockstore.store.store import Store
from mockstore.traffic.incoming import Limits
from tests.support.raw_http import hang_up, request, send_raw, statuses
from tests.support.store_in_thread import NOW, Served, basic, served

ADDON = "/?dispatch=shipstation&"
EXPORT = f"{ADDON}action=export&start_date=01/01/2020+00:00&end_date=01/01/2030+00:00"
NOTIFY = f"{ADDON}action=shipnotify&order_number=1003"
PATHS = (
    EXPORT,
    "/index.php?x=1",
    "/images/a.png",
    "/elsewhere",
    "/a%0Ab",
    "*",
    "host:80",
    "/control/v1/store",
    "/api/orders",
    "/api.php?_d=orders",
)
SHIP = f"Authorization: {basic('ship-user', 'ship-pass')}"
NOTICE = b"<ShipNotice><OrderNumber>1003</OrderNumber></ShipNotice>"
MANY = "9" * 5000


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run one store for all tests of this module."""
    with served(limits=Limits(body_s=0.2, idle_s=0.6)) as running:
        yield running


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    """Capture the log, and require that the store logged no traceback."""
    caplog.set_level(logging.WARNING)
    yield caplog
    assert not [record for record in caplog.records if record.exc_info or "\n" in record.getMessage()]


def token(store: Served) -> str:
    return f"Authorization: Bearer {store.store.control_token}"


def rest(store: Served) -> str:
    return f"Authorization: {store.authorization}"


def sent(store: Served, whole: bytes) -> int:
    """Send a request, and return the status of its only reply."""
    received = send_raw(store.base, whole)
    found = statuses(received)
    assert len(found) == 1, (whole[:200], received[:300])
    return found[0]


def journal(store: Served, after: int = 0) -> list[dict[str, object]]:
    reply = store.as_("", "").ask(f"/control/v1/journal?after={after}", Authorization=token(store).partition(": ")[2])
    assert reply.status == 200
    entries: list[dict[str, object]] = reply.json["requests"]
    return entries


HEADERS = (
    b"SS-AUTH-USER: \xff\r\nSS-AUTH-PW: \xff",
    b"Authorization: Bearer \xff",
    b"Authorization: Basic \xff",
    b"Authorization: \xff",
    b"Content-Type: \xff",
    b"Accept: \xff",
    b"Expect: \xff",
    b"User-Agent: caf\xe9",
    b"X-Forwarded-Proto: \xff",
    b"Cookie: \xff=\xff",
    b"Content-Encoding: \xff",
    b"Accept-Encoding: \xff",
    b"Range: bytes=\xff",
    b"If-Modified-Since: \xff",
    b"X: " + b"a" * 9000,
)


def test_no_header_is_a_fault_of_the_store(store: Served, log: pytest.LogCaptureFixture) -> None:
    """Bytes that are not UTF-8, in any header, at any URL, with and without a body, lead to 2xx to 4xx."""
    wrong = [
        (path, header, status)
        for path, header in product(PATHS, HEADERS)
        for body in (None, b"{}")
        if not 200 <= (status := sent(store, request("POST" if body else "GET", path, header, body=body))) < 500
    ]
    assert not wrong


@pytest.mark.parametrize(("method", "target"), [("OPTIONS", "*"), ("CONNECT", "a:1"), ("GET", "//")])
def test_a_bad_expectation_of_a_request_without_a_route(
    store: Served, log: pytest.LogCaptureFixture, method: str, target: str
) -> None:
    """A target that is no path of the store is refused as well, not answered with 500."""
    assert sent(store, request(method, target, b"Expect: \xff")) == 417


def test_bad_headers_after_the_right_credentials(store: Served, log: pytest.LogCaptureFixture) -> None:
    """The same holds for requests whose credentials are right."""
    for header in HEADERS:
        if header.startswith(b"Authorization"):
            continue
        for path, login in ((NOTIFY, SHIP), ("/api/orders", rest(store)), ("/control/v1/orders", token(store))):
            assert sent(store, request("POST", path, login, header, body=NOTICE)) < 500, (path, header)


def test_a_bad_header_does_not_break_the_journal(store: Served) -> None:
    """A header that is not UTF-8 is in the journal, with escapes that restore its bytes."""
    after = store.store.journal.latest
    assert sent(store, request("GET", EXPORT, SHIP, b"User-Agent: caf\xe9 \\ \xff")) == 200
    assert sent(store, request("GET", EXPORT, SHIP, "User-Agent: café \\ x")) == 200
    spelled, plain = journal(store, after)
    assert spelled["headers"]["User-Agent"] == "caf\\xe9 \\\\ \\xff"  # type: ignore[index]
    assert spelled["spelled"] is True
    assert plain["headers"]["User-Agent"] == "café \\ x"  # type: ignore[index]
    assert plain["spelled"] is False


@pytest.mark.parametrize("encoding", ["unicode_escape", "raw_unicode_escape", "punycode", "idna", "utf-7", "undefined"])
def test_a_declared_encoding_does_not_break_the_journal(store: Served, encoding: str) -> None:
    """A body may declare any encoding, also those that only Python knows, and that decode to lone surrogates."""
    body = f'<?xml version="1.0" encoding="{encoding}"?><a>\\ud800</a>'.encode()
    after = store.store.journal.latest
    assert sent(store, request("POST", NOTIFY, SHIP, body=body)) == 400
    assert "ud800" in str(journal(store, after)[0]["body"])


def test_odd_targets(store: Served, log: pytest.LogCaptureFixture) -> None:
    """Bytes that are not UTF-8, percent-encoded or not, and odd forms of a target lead to 2xx to 4xx."""
    odd = (b"\xff", b"%ff", b"%ed%a0%80", b"%00", b"%", b"%zz", b"\xe2\x82", b"%F0%9F%98%80", b"&&==&", b"a" * 7000)
    for piece in odd:
        for target in (
            EXPORT.encode() + b"&page=" + piece,
            EXPORT.encode() + b"&start_date=" + piece,
            ADDON.encode() + b"action=" + piece,
            NOTIFY.encode() + b"&tracking_number=" + piece,
            b"/images/" + piece + b".png",
            b"/" + piece,
            b"/api/" + piece,
            b"/api/orders/" + piece,
            b"/api.php?_d=" + piece,
            b"/api/orders?status=" + piece,
            b"/control/v1/orders/" + piece,
            b"/control/v1/orders?modified_from=" + piece,
            b"/control/v1/" + piece,
        ):
            login = token(store) if b"control" in target else rest(store) if b"api" in target else SHIP
            for method, body in (("GET", None), ("POST", NOTICE)):
                assert sent(store, request(method, target, login, body=body)) < 500, target
    for target in (b"*", b"http://u:p@h:1/?dispatch=shipstation", b"//x/y"):
        assert sent(store, request("GET", target, SHIP)) < 500, target


def test_numbers_of_any_length(store: Served, log: pytest.LogCaptureFixture) -> None:
    """Numbers with more digits than Python reads, and other digits than ASCII ones, lead to 2xx to 4xx."""
    other_digits = "%D9%A3"
    for number in (MANY, f"-{MANY}", other_digits, "%C2%B2", "0" * 5000 + "1", "1_0", "+1", "1e9", ""):
        for path, login in (
            (f"/control/v1/journal?after={number}", token(store)),
            (f"/control/v1/orders?limit={number}", token(store)),
            (f"/control/v1/orders/{number}", token(store)),
            (f"{EXPORT}&page={number}", SHIP),
            (f"/api/orders?page={number}&items_per_page={number}", rest(store)),
            (f"/api/orders/{number}", rest(store)),
            (f"/api/shipments/{number}", rest(store)),
            (f"/api/shipments?order_id={number}", rest(store)),
            (f"/api/products/{number}", rest(store)),
            (f"/api/statuses/{number}", rest(store)),
            (f"/api/{number}/orders", rest(store)),
            (f"/api/users/{number}/orders", rest(store)),
        ):
            status = sent(store, request("GET", path, login))
            assert status < 500 or (status == 501 and path.startswith("/api/users")), path  # an entity it lacks
    for value in (f'"{MANY}"', MANY, "1e400", '"NaN"', '"Infinity"', '"1e999999999"', "-1", '"٣"', "null", "[]", "{}"):
        for path, field in (
            ("/api/orders/1003", '"timestamp"'),
            ("/api/shipments", '"order_id"'),
            ("/api/products", '"product":"a","category_ids":[1],"price"'),
            ("/api/orders", '"payment_id":"1","shipping_id":"1","user_data":{"email":"a@b.example"},"timestamp"'),
            ("/api/shipments", '"order_id":"1004","shipping_id":"1","timestamp"'),
        ):
            body = f"{{{field}: {value}}}".encode()
            method = "PUT" if path[-1].isdigit() else "POST"
            assert sent(store, request(method, path, rest(store), "Content-Type: application/json", body=body)) < 500, (
                body
            )
        notice = (
            f"<ShipNotice><ShippingCost>{value}</ShippingCost><Items><Item><Quantity>{value}</Quantity></Item></Items>"
        )
        assert sent(store, request("POST", NOTIFY, SHIP, body=f"{notice}</ShipNotice>".encode())) < 500, value


ORDER = (
    '{{"customer": {{"email": "a@b.example"}}, "placed_at": "{moment}", "modified_at": "{moment}", '
    '"total": {amount}, "items": [{{"sku": "A", "quantity": {quantity}, "unit_price": {amount}, '
    '"weight": {{"value": {amount}, "unit": "kg"}}}}], "discounts": [{{"name": "d", "amount": {amount}}}]}}'
)


@pytest.mark.parametrize(
    "field",
    [
        {"amount": '"NaN"'},
        {"amount": '"-Infinity"'},
        {"amount": '"1e999999999"'},
        {"amount": '"1e-999999999"'},
        {"amount": MANY},
        {"amount": '"99999999999999999999999999999999"'},
        {"quantity": MANY},
        {"quantity": "9" * 20},
        {"quantity": "0"},
        {"moment": "9999-12-31T23:59:59-23:59"},
        {"moment": "9999-12-31T23:59:59Z"},
        {"moment": "0001-01-01T00:00:00+14:00"},
        {"moment": "2026-01-01T00:00:00"},
    ],
    ids=lambda field: "{}={:.20}".format(*next(iter(field.items()))),
)
def test_a_value_that_cannot_be_computed_with_is_refused(store: Served, field: dict[str, str]) -> None:
    """An order with a number or time at the limits is refused with 422 and the field's path; exports go on."""
    values = {"amount": '"1.00"', "quantity": "1", "moment": "2026-04-01T00:00:00Z"} | field
    body = ORDER.format(**values).encode()
    assert sent(store, request("POST", "/control/v1/orders", token(store), body=body)) == 422
    assert sent(store, request("GET", EXPORT, SHIP)) == 200


def test_amounts_at_the_accepted_limits_are_exported(store: Served) -> None:
    """The largest accepted numbers and times do not make the export, the REST API or the control protocol fail."""
    for moment in ("9999-11-30T23:59:59Z", "0001-02-01T00:00:00Z"):
        values = {"amount": '"999999999999.99"', "quantity": "1000000000", "moment": moment}
        body = ORDER.format(**values).encode()
        assert sent(store, request("POST", "/control/v1/orders", token(store), body=body)) == 201
    for window in (
        "start_date=01/01/0001+00:00&end_date=12/31/9999+23:59",
        "start_date=12/31/9999+23:59&end_date=12/31/9999+23:59",
    ):
        assert sent(store, request("GET", f"{ADDON}action=export&{window}", SHIP)) == 200
    assert sent(store, request("GET", "/api/orders?items_per_page=1000", rest(store))) == 200
    assert sent(store, request("GET", "/control/v1/orders", token(store))) == 200
    assert store.store.store.delete("1") is False
    for order in list(store.store.store.orders()):
        if order.customer.email == "a@b.example":
            assert sent(store, request("GET", f"/api/orders/{order.order_id}", rest(store))) == 200
            assert store.store.store.delete(order.order_number)


@pytest.mark.parametrize(
    "moment", ["9999-12-31T23:59:59Z", "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0001-01-01T00:00:00Z"]
)
def test_moments_at_the_limits_in_queries_and_in_the_clock(store: Served, moment: str) -> None:
    """A window may end at the limits of the calendar. The clock cannot be set there: 422."""
    quoted = moment.replace("+", "%2B")
    query = f"modified_from={quoted}&modified_to={quoted}"
    assert sent(store, request("GET", f"/control/v1/orders?{query}", token(store))) == 200
    for call, method in (("/control/v1/clock", "PUT"), ("/control/v1/orders/1003", "PATCH")):
        body = f'{{"now": "{moment}", "running": true}}' if method == "PUT" else f'{{"modified_at": "{moment}"}}'
        assert sent(store, request(method, call, token(store), body=body.encode())) == 422


@pytest.mark.parametrize("moment", ["9999-11-30T23:59:59Z", "0001-02-01T00:00:00Z"])
def test_a_clock_that_runs_at_the_end_of_the_calendar(store: Served, moment: str) -> None:
    """The store goes on to answer, to book and to create; its clock stops at the last moment."""
    before = store.store.store.clock.now()
    try:
        body = f'{{"now": "{moment}", "running": true}}'.encode()
        assert sent(store, request("PUT", "/control/v1/clock", token(store), body=body)) == 204
        for method, path, login, content in (
            ("GET", EXPORT, SHIP, None),
            ("POST", f"{ADDON}action=shipnotify&order_number=1005&tracking_number={moment}", SHIP, NOTICE),
            ("GET", "/control/v1/clock", token(store), None),
            ("GET", "/control/v1/journal", token(store), None),
            ("POST", "/control/v1/orders", token(store), b'{"customer": {}}'),
            ("GET", "/api/orders", rest(store), None),
            ("POST", "/api/shipments", rest(store), b'{"order_id": "1007", "shipping_id": "1"}'),
        ):
            assert sent(store, request(method, path, login, body=content)) < 300, path
    finally:
        store.store.store.clock.set(before, running=False)
        store.store.store.reset()


BODIES = (
    b"",
    b"\0",
    b"\xff\xfe",
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b'{"a": 1, "a": 2}',
    b'"\\ud800"',
    b'{"order_number": "\\ud800", "customer": {}}',
    b'{"order_number": "\\u0000", "customer": {}}',
    b'{"customer": {}, "customer": {"email": 1}}',
    b'{"customer": null}',
    b'{"status": 5}',
    b'{"now": 253402300800}',
    b'{"faults": [{"kind": "status", "headers": {"a\\r\\nb": "c"}}]}',
    b'{"faults": [{"kind": "status", "headers": {"Content-Length": "x"}}]}',
    b'{"faults": [{"kind": "slow-start", "seconds": "nan"}]}',
    b"NaN",
    b"Infinity",
    b"1e999",
    b"<a>" * 100_000,
    b"<!DOCTYPE a><ShipNotice/>",
    b"<ShipNotice><OrderNumber>&#0;</OrderNumber></ShipNotice>",
    b"a=%ff&b",
)
CALLS = (
    ("POST", "/control/v1/orders"),
    ("PATCH", "/control/v1/orders/1003"),
    ("POST", "/control/v1/faults"),
    ("PUT", "/control/v1/clock"),
    ("PUT", "/control/v1/behaviour"),
    ("POST", "/api/orders"),
    ("PUT", "/api/orders/1003"),
    ("POST", "/api/shipments"),
    ("POST", "/api/products"),
    ("POST", "/api/statuses"),
    ("PUT", "/api/statuses/1"),
    ("POST", NOTIFY),
)


def test_bodies_of_every_kind(store: Served, log: pytest.LogCaptureFixture) -> None:
    """Deep, cut, doubled and wrongly typed messages lead to 2xx to 4xx, and the add-on still answers."""
    for (method, path), body in product(CALLS, BODIES):
        login = token(store) if "control" in path else rest(store) if "/api" in path else SHIP
        assert sent(store, request(method, path, login, "Content-Type: application/json", body=body)) < 500, (
            path,
            body[:60],
        )
        if path.endswith("faults"):
            store.store.faults.clear()
    store.store.store.reset()
    assert sent(store, request("GET", EXPORT, SHIP)) == 200


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_body_that_contradicts_its_coding_is_answered_400(
    store: Served, log: pytest.LogCaptureFixture, coding: str
) -> None:
    """Garbage, and a compressed body that is cut, are the client's fault at all three interfaces."""
    whole = gzip.compress(NOTICE * 50)
    for path, login in ((NOTIFY, SHIP), ("/api/orders", rest(store)), ("/control/v1/orders", token(store))):
        for body in (b"abc", NOTICE, whole[:20], whole[:-9] + b"\0" * 9):
            assert sent(store, request("POST", path, login, f"Content-Encoding: {coding}", body=body)) in (400, 422), (
                body
            )


def test_a_stalled_body_is_not_held(store: Served) -> None:
    """A body that does not come is answered 408 after a while; without credentials it is not waited for."""
    waiting = request("POST", NOTIFY, SHIP, "Content-Length: 1000000") + b"<Ship"
    assert statuses(send_raw(store.base, waiting)) == [408]
    after = store.store.journal.latest
    unknown = request("POST", NOTIFY, "Content-Length: 1000000", "Expect: 100-continue")
    received = send_raw(store.base, unknown)
    assert statuses(received) == [401]
    assert b"100 Continue" not in received
    assert [entry["body_unread"] for entry in journal(store, after)] == [True]


def test_the_body_is_requested_after_the_credentials(store: Served) -> None:
    """A client that waits for 100 Continue gets it when its credentials are right."""
    known = request("POST", NOTIFY, SHIP, "Expect: 100-continue", body=b"<x/>")
    received = send_raw(store.base, known)
    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 ")


def test_an_idle_connection_is_closed(store: Served) -> None:
    """A connection that sends half a request, or nothing, is closed after a while."""
    for half in (b"", b"GET /", b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n"):
        assert send_raw(store.base, half) == b""


def test_client_faults_are_one_line_each_and_few(store: Served, caplog: pytest.LogCaptureFixture) -> None:
    """Requests that are not HTTP, and bodies that break off, are logged without traceback, and not each of many."""
    caplog.set_level(logging.WARNING)
    for broken in (b"\x16\x03\x01\x02\0\r\n\r\n", b"GET / HTTP/9\r\n\r\n"):
        for _ in range(15):
            send_raw(store.base, broken)
    for broken in (request("POST", NOTIFY, SHIP, "Content-Length: 99") + b"<", b"GET / HT", b""):
        hang_up(store.base, broken)
    records = [record for record in caplog.records if record.name.startswith(("mockstore", "aiohttp", "asyncio"))]
    assert len(records) <= 20
    assert not [record for record in records if record.exc_info or "\n" in record.getMessage()]


LIMITS_OF_A_WINDOW = ("01/01/0001 00:00", "12/31/9999 23:59")


@pytest.mark.parametrize("name", ["reference", *PROFILES, *variants()])
def test_every_profile_and_variant_answers_windows_at_the_limits(name: str, log: pytest.LogCaptureFixture) -> None:
    """A window may begin and end at the limits of the calendar, in any sequence."""
    behaviour = build_behaviour(*((name, (), ()) if name in ("reference", *PROFILES) else ("reference", (), (name,))))
    shop = Store(Shop("4.6.3"), count=5, clock=Clock(NOW, running=False))
    headers = {"authorization": basic("ship-user", "ship-pass"), "ss-auth-user": "ship-user", "ss-auth-pw": "ship-pass"}
    for start, end in product(LIMITS_OF_A_WINDOW, repeat=2):
        query = {"action": "export", "start_date": start, "end_date": end}
        assert behaviour.answer(Request("GET", query, headers), shop).status < 500, (start, end)

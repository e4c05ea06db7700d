"""A web page cannot make a browser use the mock store: neither by DNS rebinding nor from another origin."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mockstore.inputs.hosts import host_name
from mockstore.server.browsers import AllowedHosts
from tests.support.raw_http import request, send_raw, statuses
from tests.support.store_in_thread import Served, basic, served

EXPORT = "/?dispatch=shipstation&action=export&start_date=01/01/2020+00:00&end_date=01/01/2030+00:00"
NOTIFY = "/?dispatch=shipstation&action=shipnotify&order_number=1003&tracking_number=T1"
SHIP = f"Authorization: {basic('ship-user', 'ship-pass')}"
NOTICE = b"<ShipNotice><OrderNumber>1003</OrderNumber></ShipNotice>"
FOREIGN = (
    "Origin: http://evil.example",
    "Origin: null",
    "Origin: http://localhost:1",
    "Origin: http://[",
    "Sec-Fetch-Site: cross-site",
    "Sec-Fetch-Site: same-site",
    b"Origin: \xff",
)


@pytest.fixture(scope="module")
def store() -> Iterator[Served]:
    """Run one store for all tests of this module."""
    with served() as running:
        yield running


def calls(store: Served) -> tuple[tuple[str, str, str, bytes | None], ...]:
    """Return a request to each part of the store, with the right credentials."""
    token = f"Authorization: Bearer {store.store.control_token}"
    rest = f"Authorization: {store.authorization}"
    return (
        ("GET", EXPORT, SHIP, None),
        ("POST", NOTIFY, SHIP, NOTICE),
        ("GET", "/api/orders", rest, None),
        ("POST", "/api/shipments", rest, b'{"order_id": "1004", "shipping_id": "1"}'),
        ("GET", "/control/v1/store", token, None),
        ("DELETE", "/control/v1/orders/1005", token, None),
        ("GET", "/elsewhere", SHIP, None),
    )


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8080", "127.0.0.1.evil.example", "10.0.0.1", "a b", "[::2]", "mockstore"]
)
def test_a_request_with_the_name_of_another_host_is_refused(store: Served, host: str) -> None:
    """DNS rebinding: the Host header has the name of the page's own host. Nothing is done, and the journal has it."""
    for method, target, login, body in calls(store):
        after = store.store.journal.latest
        received = send_raw(store.base, request(method, target, login, body=body, host=host))
        assert statuses(received) == [421], (method, target)
        assert b"--allowed-host" in received
        assert (store.store.journal.latest > after) == ("/control/" not in target)
    assert store.store.store.find("1005") is not None


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:1", "127.0.0.1:99", "127.9.9.9", "[::1]:80", "a.localhost", "localhost."]
)
def test_every_name_of_this_machine_is_right(store: Served, host: str) -> None:
    """A forwarded port, and any name of the loopback interface, are right."""
    assert statuses(send_raw(store.base, request("GET", EXPORT, SHIP, host=host))) == [200]


def test_a_request_without_a_host_is_answered(store: Served) -> None:
    """HTTP/1.0 has no Host header, and browsers always send one."""
    assert statuses(send_raw(store.base, f"GET {EXPORT} HTTP/1.0\r\n{SHIP}\r\n\r\n".encode())) == [200]


@pytest.mark.parametrize("header", FOREIGN, ids=str)
def test_a_request_that_another_origin_caused_is_refused(store: Served, header: str | bytes) -> None:
    """The browser may have added credentials that it remembers. Nothing is done, and there are no CORS headers."""
    for method, target, login, body in calls(store):
        received = send_raw(store.base, request(method, target, login, header, body=body))
        assert statuses(received) == [403], (method, target)
        assert b"access-control" not in received.lower()
    order = store.store.store.find("1003")
    assert order is not None
    assert all(shipment.tracking_number != "T1" for shipment in order.shipments)


def test_a_preflight_is_refused(store: Served) -> None:
    """A page of another origin gets no permission to send a token."""
    asked = request(
        "OPTIONS", "/control/v1/orders", "Origin: http://evil.example", "Access-Control-Request-Method: DELETE"
    )
    received = send_raw(store.base, asked)
    assert statuses(received) == [403]
    assert b"access-control" not in received.lower()


def test_pages_may_show_pictures(store: Served) -> None:
    """An importer's page shows the pictures of products, from its own origin."""
    asked = request("GET", "/images/a.png", "Sec-Fetch-Site: cross-site", "Origin: http://importer.example")
    assert statuses(send_raw(store.base, asked)) == [200]
    assert statuses(send_raw(store.base, request("GET", "/images/a.png", host="evil.example"))) == [421]


@pytest.mark.parametrize("header", ["Sec-Fetch-Site: none", "Sec-Fetch-Site: same-origin", "Origin: http://127.0.0.1"])
def test_a_user_may_open_the_store_in_a_browser(store: Served, header: str) -> None:
    """A URL that was typed, and a request of the store's own origin, are answered."""
    assert statuses(send_raw(store.base, request("GET", EXPORT, SHIP, header))) == [200]


@pytest.mark.parametrize(
    ("name", "here", "remote"),
    [
        ("localhost", True, True),
        ("127.0.0.1", True, True),
        ("::1", True, True),
        ("host.docker.internal", True, True),
        ("shop.example", True, True),
        ("192.168.1.5", False, True),
        ("mockstore", False, True),
        ("mockstore.default.svc.cluster.local", False, True),
        ("evil.example", False, False),
        ("localhost.evil.example", False, False),
    ],
)
def test_the_hosts_that_are_allowed(name: str, here: bool, remote: bool) -> None:
    """With ``remote``, also addresses and names that the public DNS cannot have; always those that are given."""
    given = frozenset({"shop.example"})
    assert AllowedHosts(names=given).admits(name) is here
    assert AllowedHosts(names=given, remote=True).admits(name) is remote


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("A.Example.:80", "a.example"),
        ("[::1]:1", "::1"),
        ("a:b", None),
        ("a@b", None),
        ("", None),
        ("[::1", None),
        ("a/b", None),
    ],
)
def test_the_name_in_a_host_header(text: str, name: str | None) -> None:
    """The port does not count; another form has no name."""
    assert host_name(text) == name

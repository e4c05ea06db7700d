"""Defects, variants and the profile of a store that runs are switched between two requests."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import pytest

from mockstore.behaviours.registry import UnknownBehaviour
from mockstore.testing import RunningStore, running_store
from tests.support.store_in_thread import basic

EXPORT = "/?dispatch=shipstation&action=export&start_date=01/01/2000+00:00&end_date=12/31/2099+00:00&page=1"
NOTIFY = "/?dispatch=shipstation&action=shipnotify&order_number=1001&carrier=UPS&service=Ground&tracking_number=T1"
LOGIN = basic("ship-user", "ship-pass")
NOTICE = b"<ShipNotice><OrderNumber>1001</OrderNumber><TrackingNumber>T1</TrackingNumber></ShipNotice>"


@pytest.fixture(scope="module")
def shared() -> Iterator[RunningStore]:
    """One store for all tests."""
    with running_store(orders=3) as running:
        yield running


@pytest.fixture
def store(shared: RunningStore) -> Iterator[RunningStore]:
    """Return the store with its first orders, and switch everything off after the test."""
    shared.reset()
    with shared.behave():
        yield shared


def ask(store: RunningStore, target: str, method: str = "GET", body: bytes = b"", login: str = LOGIN) -> Any:
    """Return status and body of a reply."""
    place = urlsplit(store.url)
    connection = HTTPConnection(str(place.hostname), int(place.port or 0), timeout=20)
    try:
        connection.request(method, target, body, {"Authorization": login})
        reply = connection.getresponse()
        return reply.status, reply.read()
    finally:
        connection.close()


def control(store: RunningStore, method: str, path: str, message: object = None) -> Any:
    """Return status and message of a reply of the control protocol."""
    body = b"" if message is None else json.dumps(message).encode()
    status, answer = ask(store, f"/control/v1{path}", method, body, f"Bearer {store.control_token}")
    return status, json.loads(answer)


def test_the_export_changes_with_a_switch_and_back(store: RunningStore) -> None:
    """A defect and a variant apply from the next request on, and no longer when they are off. The status tells them."""
    before = ask(store, EXPORT)
    known = {"profile": "reference", "defects": ["country-uk"], "variants": ["byte-order-mark"]}
    status, problem = control(store, "PUT", "/behaviour", {"defects": ["no-such"]})
    assert (status, problem["path"]) == (422, "defects[0]")
    assert control(store, "GET", "/behaviour")[1]["defects"] == []
    assert control(store, "PUT", "/behaviour", known) == (200, known)
    assert control(store, "GET", "/status")[1]["about"] == known
    assert ask(store, EXPORT)[1] != before[1]
    assert control(store, "PUT", "/behaviour", {"profile": "addon-1.0.10"})[0] == 200
    assert b"<Order>" not in ask(store, EXPORT)[1]
    assert control(store, "PUT", "/behaviour", {}) == (200, {"profile": "reference", "defects": [], "variants": []})
    assert ask(store, EXPORT) == before


def test_a_request_keeps_the_behaviour_that_it_found(store: RunningStore) -> None:
    """A notification whose body comes after a switch is answered as before; the next one is answered anew."""
    place = urlsplit(store.url)
    with socket.create_connection((str(place.hostname), int(place.port or 0)), timeout=20) as connection:
        head = f"POST {NOTIFY} HTTP/1.1\r\nHost: {place.netloc}\r\nAuthorization: {LOGIN}\r\nConnection: close\r\n"
        head += f"Content-Type: text/xml\r\nContent-Length: {len(NOTICE)}\r\nExpect: 100-continue\r\n\r\n"
        connection.sendall(head.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")  # the store waits for the body
        with store.behave(defects=["booked-but-500"]):
            connection.sendall(NOTICE)
            assert connection.recv(1000).startswith(b"HTTP/1.1 200")
            assert ask(store, NOTIFY.replace("T1", "T2"), "POST", NOTICE.replace(b"T1", b"T2"))[0] == 500
    assert ask(store, NOTIFY.replace("T1", "T3"), "POST", NOTICE.replace(b"T1", b"T3"))[0] == 200


def test_the_limit_of_a_body_is_switched_too(store: RunningStore) -> None:
    """A body over the limit is accepted while the defect is on, and refused before and after."""
    large = b"x" * (5 * 1024 * 1024)
    assert ask(store, NOTIFY, "POST", large)[0] == 413
    with store.behave(defects=["large-body-taken"]):
        assert ask(store, NOTIFY, "POST", large)[0] != 413
    assert ask(store, NOTIFY, "POST", large)[0] == 413


def test_blocks_restore_what_was_on_before(store: RunningStore) -> None:
    """Blocks can be nested, names count once, and an unknown name changes nothing."""
    current = store.embedded.current
    with store.behave(defects=["country-uk", "country-uk"]):
        outer = current.about
        assert outer.defects == ("country-uk",)
        with store.behave(profile="addon-1.0.12"):
            assert (current.about.profile, current.about.defects) == ("addon-1.0.12", ())
            with pytest.raises(UnknownBehaviour):
                store.behave(variants=["no-such"])
            assert current.about.profile == "addon-1.0.12"
        assert current.about == outer
    assert current.about.defects == ()

"""Each kind of fault changes the reply as the page on the mock store says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, IncompleteRead
from typing import Any, get_args
from urllib.parse import urlsplit

import msgspec
import pytest

from mockstore.traffic.faults import Kind
from tests.support.store_in_thread import Served, basic, served

EXPORT = "/?dispatch=shipstation&action=export&start_date=01/01/2026+00:00&end_date=04/03/2026+00:00&page="
NOTIFY = "/?dispatch=shipstation&action=shipnotify&order_number={}&tracking_number=T1&carrier=UPS"


@pytest.fixture
def store() -> Iterator[Served]:
    with served(count=40, orders_per_page=10) as started:
        yield started.as_(started.store.shop.username, started.store.shop.password)


def script(store: Served, *faults: dict[str, Any]) -> None:
    """Set the faults of the next requests."""
    sent = msgspec.json.encode({"faults": faults})
    reply = store.ask("/control/v1/faults", "POST", sent, Authorization=f"Bearer {store.store.control_token}")
    assert reply.status == 204


def asked(store: Served, page: int = 1) -> tuple[HTTPResponse, bytes]:
    """Request an export over a new connection, and read as much of it as arrives."""
    connection = HTTPConnection(urlsplit(store.base).netloc, timeout=20)
    shop = store.store.shop
    try:
        connection.request("GET", f"{EXPORT}{page}", headers={"Authorization": basic(shop.username, shop.password)})
        reply = connection.getresponse()
        try:
            return reply, reply.read()
        except IncompleteRead as broken:
            return reply, broken.partial
    finally:
        connection.close()


def fails(store: Served, right: bytes) -> None:
    with pytest.raises((HTTPException, OSError)):
        asked(store)


def is_right(store: Served, right: bytes) -> None:
    assert asked(store)[1] == right


def is_cut(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    assert int(reply.headers["Content-Length"]) == len(right)
    assert len(body) < len(right)
    assert right.startswith(body)


def is_truncated(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    assert int(reply.headers["Content-Length"]) == len(body) < len(right)
    assert right.startswith(body)


def has_status(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    assert (reply.status, body) == (503, b"The store has a problem.\n")


def is_html(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    assert (reply.status, reply.headers["Content-Type"], body[:15]) == (200, "text/html", b"<!DOCTYPE html>")


def has_wrong_type(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    assert (reply.headers["Content-Type"], body) == ("application/octet-stream", right)


def leads_away(store: Served, right: bytes) -> None:
    reply, _ = asked(store)
    assert reply.status == 302
    assert urlsplit(reply.headers["Location"]).netloc != urlsplit(store.base).netloc


def repeats_a_page(store: Served, right: bytes) -> None:
    orders = [body.partition(b"<Order>")[2] for _, body in (asked(store, 2), asked(store, 2))]
    assert orders[0] == right.partition(b"<Order>")[2] != orders[1]


def moves_up(store: Served, right: bytes) -> None:
    first, second = right.split(b"<OrderNumber>")[1:3]
    _, body = asked(store)
    assert body.split(b"<OrderNumber>")[1] == second
    assert b"<OrderNumber>" + first[:5] not in body


def is_skewed(store: Served, right: bytes) -> None:
    reply, body = asked(store)
    away = parsedate_to_datetime(reply.headers["Date"]) - datetime.now(UTC)
    assert away > timedelta(minutes=30)
    assert body == right


DOES: dict[str, Callable[[Served, bytes], None]] = {
    "status": has_status,
    "hang": fails,
    "slow-start": is_right,
    "slow-body": is_right,
    "cut": is_cut,
    "reset": fails,
    "html": is_html,
    "truncated": is_truncated,
    "wrong-type": has_wrong_type,
    "redirect": leads_away,
    "duplicate-page": repeats_a_page,
    "order-changes": moves_up,
    "clock-skew": is_skewed,
}


@pytest.mark.parametrize("kind", get_args(Kind))
def test_a_fault_does_what_is_said_of_it_once(store: Served, kind: str) -> None:
    """The next export has the fault, the one after it has not; the journal names the fault."""
    _, right = asked(store)
    script(store, {"kind": kind, "seconds": 3600 if kind == "clock-skew" else 0.01})
    DOES[kind](store, right)
    if kind != "order-changes":
        is_right(store, right)
    journal = store.ask("/control/v1/journal", Authorization=f"Bearer {store.store.control_token}").json
    assert [entry["fault"] for entry in journal["requests"]].count(kind) == 1


def test_a_fault_waits_for_the_request_that_it_is_for(store: Served) -> None:
    """A fault applies to requests with its action and page, as often as it says."""
    script(store, {"kind": "status", "page": 2, "times": 2}, {"kind": "status", "action": "shipnotify"})
    assert [asked(store, page)[0].status for page in (1, 2, 3, 2, 2)] == [200, 503, 200, 503, 200]
    assert store.ask(NOTIFY.format(1003), "POST", b"<ShipNotice/>").status == 503


@pytest.mark.parametrize("after", [False, True])
def test_a_notification_whose_reply_goes_wrong_is_booked_only_where_that_is_meant(store: Served, after: bool) -> None:
    """The client sees the same in both cases; sent again, the notification is stored once."""
    script(store, {"kind": "reset", "after_booking": after})

    def booked() -> int:
        order = store.store.store.find("1003")
        assert order is not None
        return [shipment.tracking_number for shipment in order.shipments].count("T1")

    with pytest.raises(OSError):  # noqa: PT011 -- whatever the system calls it
        store.ask(NOTIFY.format(1003), "POST", b"<ShipNotice/>")
    assert booked() == int(after)
    assert store.ask(NOTIFY.format(1003), "POST", b"<ShipNotice/>").status == 200
    assert booked() == 1


@pytest.mark.parametrize("kind", ["slow-start", "slow-body", "clock-skew", "wrong-type"])
def test_a_notification_whose_answer_arrives_is_booked(store: Served, kind: str) -> None:
    """A notification whose reply is only late is stored."""
    script(store, {"kind": kind, "seconds": 0})
    assert store.ask(NOTIFY.format(1003), "POST", b"<ShipNotice/>").status == 200
    order = store.store.store.find("1003")
    assert order is not None
    assert [shipment.tracking_number for shipment in order.shipments].count("T1") == 1


@pytest.mark.parametrize("kind", ["slow-start", "slow-body", "wrong-type"])
def test_a_reply_in_chunks_stays_readable(kind: str) -> None:
    """A fault that only delays or relabels a reply sends it in chunks if the store does."""
    with served(count=5, variants=("chunked",)) as started:
        store = started.as_(started.store.shop.username, started.store.shop.password)
        right = asked(store)
        script(store, {"kind": kind, "seconds": 0})
        late = asked(store)
    assert late[0].headers["Transfer-Encoding"] == right[0].headers["Transfer-Encoding"] == "chunked"
    assert late[1] == right[1]


def test_a_page_number_of_any_length_is_answered(store: Served) -> None:
    """Python refuses to convert thousands of digits to a number."""
    script(store, {"kind": "clock-skew", "seconds": 0})
    assert store.ask(EXPORT + "8" * 6000).status < 500


def test_a_page_that_only_looks_like_a_number_is_page_one(store: Served) -> None:
    """A superscript two is a digit, but not a number."""
    script(store, {"kind": "status", "page": 1})
    path = EXPORT + "%C2%B2"
    assert store.ask(path).status == 503

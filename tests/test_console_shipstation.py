"""The page Play ShipStation: it sends what ShipStation sends, and shows what came back."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from lxml import etree

from mockstore.console.forms import Form
from mockstore.console.shipstation import MAX_LINES, make_notice, read_export
from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Customer, Item
from mockstore.store.creation import create_order
from mockstore.traffic.faults import Fault, FaultScript
from tests.support.console_store import ConsoleStore, console_store

PATH = "/console/shipstation"
HOSTILE = "<script>alert(1)</script>\u202e"


@pytest.fixture(scope="module")
def store() -> Iterator[ConsoleStore]:
    """Run one store for all tests of this module."""
    with console_store(orders=8) as running:
        yield running


@pytest.fixture(scope="module")
def cookie(store: ConsoleStore) -> str:
    """Open the console once for all tests."""
    return store.cookie()


def send(store: ConsoleStore, cookie: str, what: str, **inputs: str) -> tuple[int, str]:
    """Send one of the two forms, and return status and page."""
    given = {"form_token": store.form_token(cookie), **inputs}
    status, _, page = store.send_form(f"{PATH}/{what}", given, cookie)
    return status, page


BUYER = Customer(email="b@example.org", billing=Address(name="B"), shipping=Address(name="B", country="US"))
NOTICE = {"tracking_number": "T-1", "carrier": "UPS", "service": "Ground", "contents": "all", "times": "1", "notes": ""}
WINDOW = {"start": "01/01/2020 00:00", "end": "01/01/2030 00:00", "page": "1"}


def test_an_export_is_a_real_request(store: ConsoleStore, cookie: str) -> None:
    """The page lists the orders and leads to the request in the traffic, which breaks no requirement."""
    status, page = send(store, cookie, "export", **WINDOW)
    assert status == 200
    assert "Reply: <span" in page
    assert 'href="/console/shipstation?order=1003"' in page
    number = store.journal.latest
    entry = store.journal.entry(number)
    assert entry is not None
    assert entry.headers["User-Agent"].startswith("mockstore-console")
    assert f'href="/console/traffic/{number}"' in page
    detail = store.ask(f"/console/traffic/{number}", headers={"Cookie": cookie})[2]
    assert "breaks no requirement" in detail


def test_a_part_of_an_order_is_sent_twice(store: ConsoleStore, cookie: str) -> None:
    """Both replies are shown, and what the store holds then: one shipment, with the chosen quantities."""
    items = (Item(sku="A", name="First", quantity=2), Item(sku="B", name="Second", quantity=3))
    number = create_order(store.store, Draft(customer=BUYER, items=items)).order_number
    shown = store.ask(f"{PATH}?order={number}", headers={"Cookie": cookie})[2]
    assert "First – 2 ordered" in shown
    chosen = {"contents": "some", "quantity-0": "0", "quantity-1": "2", "times": "2", "notes": "Ring & wait"}
    status, page = send(store, cookie, "notify", order_number=number, **{**NOTICE, **chosen})
    assert status == 200
    assert "Reply 1: " in page
    assert "Reply 2: " in page
    assert "&lt;NotesToCustomer&gt;Ring &amp;amp; wait&lt;/NotesToCustomer&gt;" in page
    order = store.store.find(number)
    assert order is not None
    assert [[(item.sku, item.quantity) for item in each.items] for each in order.shipments] == [[("B", 2)]]
    assert "and 1 shipment." in page
    assert f"The store recorded 1 shipment. The order {number} has the status" in page
    repeated = send(store, cookie, "notify", order_number=number, **{**NOTICE, **chosen})[1]
    assert "The store recorded no shipments." in repeated
    send(store, cookie, "notify", order_number=number, **{**NOTICE, "tracking_number": "T-2", "contents": "none"})
    order = store.store.find(number)
    assert order is not None
    assert len(order.shipments) == 2


def test_the_lines_of_one_order_are_sent_with_the_number_of_another(store: ConsoleStore, cookie: str) -> None:
    """What is sent is what the page showed. The page goes on to show the lines of the order that was chosen."""
    first, second = (
        create_order(store.store, Draft(customer=BUYER, items=(Item(sku=sku, name=sku, quantity=2),))).order_number
        for sku in ("SHOWN", "NAMED")
    )
    inputs = {**NOTICE, "contents": "some", "quantity-0": "1", "order_number": second, "lines_of": first}
    page = send(store, cookie, "notify", **inputs)[1]
    assert "&lt;SKU&gt;SHOWN&lt;/SKU&gt;" in page
    assert f'name="lines_of" value="{first}"' in page
    assert f"The order {second} has the status" in page


def test_wrong_inputs_are_named_and_kept(store: ConsoleStore, cookie: str) -> None:
    """Nothing is sent. Each error is beside its input, which still has what was typed."""
    before = store.journal.latest
    status, page = send(store, cookie, "export", start="2026-03-23", end="", page="0")
    assert status == 422
    assert page.count('aria-invalid="true"') == 3
    assert 'value="2026-03-23"' in page
    wrong = {**NOTICE, "contents": "nothing", "times": "6", "notes": "a\x01b", "carrier": "c" * 300}
    status, page = send(store, cookie, "notify", order_number="", **wrong)
    assert status == 422
    for name in ("order_number", "contents", "times", "notes", "carrier"):
        assert f'id="error-{name}"' in page
    assert "c" * 300 in page
    assert store.journal.latest == before


def test_faults_and_unknown_orders_are_shown(store: ConsoleStore, cookie: str) -> None:
    """A reply that breaks off is no failure of the console, and a status is shown as it came."""
    faults = Fault(kind="cut"), Fault(kind="status", status=503), Fault(kind="html"), Fault(kind="reset")
    store.faults.script(FaultScript(faults))
    told = [send(store, cookie, "export", **WINDOW) for _ in faults]
    assert [status for status, _ in told] == [200] * len(faults)
    for (_, page), words in zip(told, ("The reply broke off", "503 ", "200 OK", "The reply broke off"), strict=True):
        assert words in page
    status, page = send(store, cookie, "notify", order_number="no-such", **NOTICE)
    assert status == 200
    assert "404 " in page
    assert "The store has no order <bdi>no-such</bdi>." in page
    assert "The store recorded" not in page


def test_hostile_texts_of_orders_are_shown_harmlessly(store: ConsoleStore, cookie: str) -> None:
    """Names and numbers stay texts, in the form, in the list of an export, and in the notification."""
    items = (Item(sku=HOSTILE, name=HOSTILE + "\x01"), *(Item(sku="B", name="b") for _ in range(MAX_LINES + 5)))
    number = create_order(store.store, Draft(order_number=HOSTILE, customer=BUYER, items=items)).order_number
    pages = [
        store.ask(f"{PATH}?{urlencode({'order': number})}", headers={"Cookie": cookie})[2],
        send(store, cookie, "export", **WINDOW)[1],
        send(store, cookie, "notify", order_number=number, **NOTICE)[1],
    ]
    for page in pages:
        assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩" in page
        assert "<script>alert" not in page


def test_a_notice_is_well_formed_whatever_the_order_has() -> None:
    """Characters that XML does not allow are left out, and the others are escaped."""
    notice = make_notice("<1>", Form({"notes": "a & b", "carrier": "UPS"}), [("<s>", "n\x01\ud800", "l", 2)])
    root = etree.fromstring(notice.encode())
    assert root.findtext("OrderNumber") == "<1>"
    assert root.findtext("NotesToCustomer") == "a & b"
    assert (root.findtext("Items/Item/SKU"), root.findtext("Items/Item/Name")) == ("<s>", "n")


@pytest.mark.parametrize("body", [b"", b"<html/>", b"<Orders", b"\xff", b"<!DOCTYPE x [<!ENTITY a 'b'>]><Orders>&a;"])
def test_what_is_no_export_is_not_read(body: bytes) -> None:
    """The page then shows the body alone."""
    assert read_export(body) is None

"""The page Orders: search, an order beside its export, and changes by form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

import pytest

from mockstore.console.orders import element_of, order_path
from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Customer, Item, Shipment, ShippedItem
from mockstore.store.creation import create_order
from tests.support.console_store import ConsoleStore, console_store

PATH = "/console/orders"
HOSTILE = "<script>alert(1)</script>\u202e/?&#"
HERE = Address(name=HOSTILE, city="Leeds", country="GB")


@pytest.fixture(scope="module")
def store() -> Iterator[ConsoleStore]:
    """Run one store for all tests of this module: a store that exports the United Kingdom as UK."""
    with console_store(defects=("country-uk",), orders=120) as running:
        yield running


@pytest.fixture(scope="module")
def cookie(store: ConsoleStore) -> str:
    """Open the console once for all tests."""
    return store.cookie()


def page(store: ConsoleStore, cookie: str, target: str) -> tuple[int, str]:
    """Return status and text of a page."""
    status, _, text = store.ask(target, headers={"Cookie": cookie})
    return status, text


def made(store: ConsoleStore, number: str = "") -> str:
    """Make an order with hostile texts, and return its number."""
    buyer = Customer(email="b@example.org", billing=HERE, shipping=HERE)
    draft = Draft(order_number=number, customer=buyer, items=(Item(sku="MUG-9", name=HOSTILE, quantity=2),))
    return create_order(store.store, draft).order_number


def test_orders_are_listed_and_found(store: ConsoleStore, cookie: str) -> None:
    """The latest change comes first. The search looks at what people know of an order."""
    status, text = page(store, cookie, PATH)
    assert status == 200
    assert text.count('<li class="exchange order">') == 50
    assert 'href="/console/orders?skip=50"' in text
    assert page(store, cookie, f"{PATH}?skip=100")[1].count('<li class="exchange order">') == 20
    number = made(store)
    for words in (number, "mug-9", "<SCRIPT>alert", "b@example.org"):
        assert order_path(number) in page(store, cookie, f"{PATH}?{urlencode({'q': words})}")[1]
    assert "No order has this text." in page(store, cookie, f"{PATH}?q=nothing-like-this")[1]
    assert page(store, cookie, f"{PATH}?skip=x&q=%ff")[0] == 200


def test_an_order_is_shown_beside_its_export(store: ConsoleStore, cookie: str) -> None:
    """A field and its element are in one row, so that a defect shows. Hostile texts stay texts."""
    number = made(store, HOSTILE)
    status, text = page(store, cookie, order_path(number))
    assert status == 200
    row = text[text.index("customer.shipping.country") :][:400]
    assert ">GB<" in row
    assert "Customer/ShipTo/Country" in row
    assert ">UK<" in row
    assert "items[0].sku" in text
    assert "\n      &lt;SKU&gt;MUG-9&lt;/SKU&gt;\n" in text
    assert "&lt;SKU&gt;MUG-9&lt;/SKU&gt;&lt;" in text.partition("As it is sent")[2]
    assert "Items/Item[1]/SKU" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩" in text
    assert "<script>alert" not in text
    status, missing = page(store, cookie, order_path("no such"))
    assert status == 404
    assert '<nav aria-label="Pages">' in missing
    unexported = next(order for order in store.store.orders() if order.customer.shipping is None)
    assert "This order is not exported" in page(store, cookie, order_path(unexported.order_number))[1]


def test_options_are_beside_their_elements() -> None:
    """The number of an option is that of its element."""
    assert element_of("items[1].options[2].value") == "Items/Item[2]/Options/Option[3]/Value"
    assert element_of("items[0].sku") == "Items/Item[1]/SKU"
    assert element_of("items[0].options[0].unknown") == element_of("items[0].shippable") == element_of("other") == ""


def test_a_new_order_begins_with_the_units_of_the_shop(store: ConsoleStore, cookie: str) -> None:
    """A browser chooses the first unit. The page also leads to a copy of the order that was modified last."""
    text = page(store, cookie, f"{PATH}/new")[1]
    first = re.findall(r'name="[^"]*unit"[^>]*>\s*<option value="(\w+)"', text)
    assert set(first) == {store.store.shop.weight_unit}
    (copy,) = re.findall(r'href="(/console/orders/new\?copy=[^"]*)"', text)
    assert page(store, cookie, copy)[0] == 200


def test_a_shipment_is_recorded_as_a_notification_records_it(store: ConsoleStore, cookie: str) -> None:
    """A part at first, then the rest, which completes the order. What is left to ship is filled in."""
    items = (Item(sku="A", name="First", quantity=3), Item(sku="B", name="File", quantity=1, shippable=False))
    buyer = Customer(email="b@example.org", billing=HERE, shipping=HERE)
    number = create_order(store.store, Draft(customer=buyer, items=items)).order_number

    def send(**inputs: str) -> tuple[int, str]:
        digest = re.findall(r'name="digest" value="(\w+)"', page(store, cookie, order_path(number))[1])[0]
        given = {"form_token": store.form_token(cookie), "number": number, "digest": digest, **inputs}
        status, _, text = store.send_form(f"{PATH}/ship", given, cookie)
        return status, text if status != 303 else page(store, cookie, order_path(number))[1]

    first = {"tracking_number": "T1", "carrier": "UPS", "service": "Ground", "cost": "4.95", "notes": HOSTILE}
    status, text = send(**first, shipped_on="2026-04-01", **{"quantity-0": "2", "quantity-1": "0"})
    assert status == 303
    assert "The shipment was recorded." in text
    assert "<bdi>UPS</bdi>, <bdi>Ground</bdi>, shipped on 2026-04-01, for 4.95 USD" in text
    assert "1 of 3 left" in text
    order = store.store.find(number)
    assert order is not None
    assert order.status != store.store.shop.shipped_status
    (shipment,) = order.shipments
    assert shipment == Shipment(
        "T1",
        "UPS",
        "Ground",
        Decimal("4.95"),
        HOSTILE,
        date(2026, 4, 1),
        (ShippedItem("A", 2, order.items[0].line_id),),
    )
    for wrong, name in (
        ({"tracking_number": "T1", "quantity-0": "1"}, "tracking_number"),
        ({"tracking_number": "a\x01", "quantity-0": "1"}, "tracking_number"),
        ({"quantity-0": "2"}, "quantity-0"),
        ({"quantity-0": "0"}, "quantity-0"),
        ({"quantity-0": "1", "cost": "much"}, "cost"),
        ({"quantity-0": "1", "shipped_on": "soon"}, "shipped_on"),
    ):
        status, text = send(notes="kept", **wrong)
        assert (status, f'id="error-{name}"' in text, "kept</textarea>" in text) == (422, True, True), wrong
        assert "<details open>" in text
    status, text = send(tracking_number="T2", digest="0" * 32, **{"quantity-0": "1"})
    assert status == 409
    assert 'value="T2"' in text
    assert send(tracking_number="T2", **{"quantity-0": "1", "quantity-1": "1"})[0] == 303
    assert send()[0] == 422
    status, text = send(tracking_number="T3")
    assert status == 303
    assert "Every line is shipped." in text
    order = store.store.find(number)
    assert order is not None
    assert order.status == store.store.shop.shipped_status
    assert [len(each.items) for each in order.shipments] == [1, 2, 0]
    gone = {"form_token": store.form_token(cookie), "number": "no such", "digest": ""}
    assert store.send_form(f"{PATH}/ship", gone, cookie)[0] == 404


def test_a_status_is_changed_and_an_order_deleted(store: ConsoleStore, cookie: str) -> None:
    """The next page says so. An unknown status is refused beside its input, and a lost order is a page."""
    number = made(store)
    inputs = {"form_token": store.form_token(cookie), "number": number}
    status, headers, _ = store.send_form(f"{PATH}/status", {**inputs, "status": "Complete"}, cookie)
    assert (status, headers["Location"]) == (303, order_path(number))
    assert "has the status Complete now." in page(store, cookie, order_path(number))[1]
    order = store.store.find(number)
    assert order is not None
    assert order.status == "Complete"
    status, _, text = store.send_form(f"{PATH}/status", {**inputs, "status": "No such"}, cookie)
    assert status == 422
    assert 'id="error-status"' in text
    assert store.send_form(f"{PATH}/delete", inputs, cookie)[0] == 303
    assert store.store.find(number) is None
    assert "was deleted." in page(store, cookie, PATH)[1]
    assert store.send_form(f"{PATH}/delete", inputs, cookie)[0] == 404

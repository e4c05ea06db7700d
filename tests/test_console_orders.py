"""The page Orders: search, an order beside its export, and changes by form."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from mockstore.console.orders import order_path
from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Customer, Item
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
    assert "Items/Item[1]/SKU" in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;⟨U+202E⟩" in text
    assert "<script>alert" not in text
    assert page(store, cookie, order_path("no such"))[0] == 404
    unexported = next(order for order in store.store.orders() if order.customer.shipping is None)
    assert "This order is not exported" in page(store, cookie, order_path(unexported.order_number))[1]


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

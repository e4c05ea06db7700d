"""The form of an order: what is typed becomes the order, wrong inputs are named, and nothing typed is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import urlencode

import msgspec
import pytest
from markupsafe import escape

from mockstore.console import order_form
from mockstore.console.forms import Form
from mockstore.console.orders import order_path
from mockstore.orders.draft import Draft, make_order
from mockstore.orders.model import Item, Option, Order, Shipment
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import store_facts
from mockstore.shop.shop import Shop
from mockstore.store.creation import create_order
from tests.support.console_store import NOW, ConsoleStore, console_store

SHOP = Shop("4.6.3")
STATUSES = [status.name for status in SHOP.statuses]
ORDERS = {
    made.name: msgspec.structs.replace(make_order(made.draft, SHOP, NOW), order_id="7")
    for made in specimens(store_facts(SHOP), NOW, "form")
}
NEW = "/console/orders/new"
EDIT = "/console/orders/edit"
HOSTILE = '"><script>alert(1)</script>\u202e'


class Inputs(HTMLParser):
    """The values that a browser sends when a form of a page is submitted without the buttons."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._area = self._select = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the value of an input."""
        has = {name: value or "" for name, value in attrs}
        name = has.get("name", "")
        if tag == "input" and (has["type"] != "checkbox" or "checked" in has):
            self.values[name] = has.get("value", "")
        elif tag == "textarea":
            self._area, self.values[name] = name, ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and ("selected" in has or self._select not in self.values):
            self.values[self._select] = has["value"]

    def handle_data(self, data: str) -> None:
        """Note the text of an area, without the line break after the tag."""
        if self._area:
            self.values[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        """End an area."""
        if tag == "textarea":
            self.values[self._area] = self.values[self._area].removeprefix("\n")
            self._area = ""


@pytest.fixture(scope="module")
def store() -> Iterator[ConsoleStore]:
    """Run one store for all tests of this module."""
    with console_store(orders=12) as running:
        yield running


@pytest.fixture(scope="module")
def cookie(store: ConsoleStore) -> str:
    """Open the console once for all tests."""
    return store.cookie()


def shown_form(store: ConsoleStore, cookie: str, target: str) -> dict[str, str]:
    """Return the inputs of a page with a form."""
    status, _, text = store.ask(target, headers={"Cookie": cookie})
    assert status == 200
    return Inputs(text).values


def edit_path(number: str) -> str:
    """Return the path of the form of an order."""
    return f"{EDIT}?{urlencode({'number': number})}"


def number_in(headers: dict[str, str]) -> str:
    """Return the number of the order to which a reply leads."""
    return headers["Location"].rpartition("=")[2]


@pytest.mark.parametrize("name", ORDERS)
def test_an_order_stays_equal_through_the_form(name: str) -> None:
    """Each specimen becomes inputs, a browser changes the ends of lines, and the inputs become the same order."""
    order = ORDERS[name]
    sent = {field: re.sub("\r\n?", "\n", text) for field, text in order_form.inputs_of(order).items()}
    form = order_form.numbered(Form(sent))
    draft = order_form.read_order(form, STATUSES, order)
    assert form.errors == {}
    assert draft is not None
    again = msgspec.structs.replace(make_order(draft, SHOP, NOW), order_id="7", shipments=order.shipments)
    assert again == order
    assert order_form.differences(form, order) == {}


WRONG = {
    "status": "No such",
    "placed_at": "yesterday",
    "modified_at": "0001-01-01 00:00",
    "total": "1,5",
    "tax": "NaN",
    "shipping_amount": "1e99",
    "weight.value": "heavy",
    "items[0].quantity": "0",
    "items[0].unit_price": "x",
    "items[0].discount": "-",
    "items[0].weight.value": "--1",
    "items[0].weight.unit": "stone",
    "items[0].options[0].weight.value": "x",
    "discounts[0].amount": "",
}


def test_each_wrong_input_is_named_with_what_is_allowed() -> None:
    """All errors are told at once, each under the name of its input."""
    form = Form({**order_form.inputs_of(ORDERS[next(iter(ORDERS))]), **WRONG, "discounts[0].name": "Sale"})
    assert order_form.read_order(form, STATUSES) is None
    assert set(form.errors) == set(WRONG)
    assert order_form.full_label("items[0].options[1].weight.value") == "Line 1, option 2: Weight"


def test_an_order_is_created_with_computed_totals(store: ConsoleStore, cookie: str) -> None:
    """Rows are added by buttons, without script. Total and weight are computed. Hostile texts stay texts."""
    inputs = shown_form(store, cookie, NEW)
    inputs |= {
        "items[0].sku": "MUG-9",
        "items[0].name": HOSTILE,
        "items[0].quantity": "2",
        "items[0].unit_price": "4.50",
    }
    inputs |= {"items[0].weight.value": "0.5", "items[0].weight.unit": "kg", "customer.shipping.country": "GB"}
    for button in ("add:items[0].options", "add:items", "add:discounts"):
        status, _, text = store.send_form(NEW, {**inputs, "do": button}, cookie)
        assert status == 200
        assert "<script>alert" not in text
        inputs = Inputs(text).values
    inputs |= {
        "items[0].options[0].name": "Colour",
        "items[0].options[0].value": "red\nor blue",
        "discounts[0].amount": "1",
    }
    inputs |= {"items[1].sku": "GONE", "discounts[0].coupon": "SUMMER", "tax": "0.25"}
    status, _, text = store.send_form(NEW, {**inputs, "do": "remove:items[1]"}, cookie)
    inputs = Inputs(text).values
    status, headers, text = store.send_form(NEW, {**inputs, "do": "save", "total": "much"}, cookie)
    assert status == 422
    assert 'href="#in-total">Total</a>' in text
    assert re.search(r'aria-invalid="true" aria-describedby="hint-total error-total" value="much"', text)
    assert f'value="{escape(HOSTILE)}"' in text
    status, headers, _ = store.send_form(NEW, {**Inputs(text).values, "total": ""}, cookie)
    assert status == 303
    order = store.store.find(number_in(headers))
    assert order is not None
    assert [(item.sku, item.name, item.options[0].value) for item in order.items] == [
        ("MUG-9", HOSTILE, "red\nor blue")
    ]
    assert (str(order.total), order.discounts[0].coupon) == ("8.25", "SUMMER")
    assert order.weight is not None
    assert (float(order.weight.value), order.weight.unit) == (1, "kg")
    status, _, text = store.send_form(NEW, {**inputs, "order_number": order.order_number}, cookie)
    assert status == 422
    assert 'id="error-order_number"' in text


def test_a_saved_form_changes_only_what_was_typed(store: ConsoleStore, cookie: str) -> None:
    """Saved as it was shown, the order stays equal. A change modifies it now. A copy is a new order."""
    order = next(iter(store.store.orders()))
    inputs = shown_form(store, cookie, edit_path(order.order_number))
    assert store.send_form(EDIT, inputs, cookie)[0] == 303
    assert store.store.find(order.order_number) == order
    status, headers, _ = store.send_form(EDIT, {**inputs, "customer.billing.city": "Leeds"}, cookie)
    assert (status, headers["Location"]) == (303, order_path(order.order_number))
    saved = store.store.find(order.order_number)
    assert saved is not None
    assert saved.customer.billing.city == "Leeds"
    assert (saved.modified_at, saved.order_id, saved.items) == (NOW, order.order_id, order.items)
    copied = shown_form(store, cookie, f"{NEW}?{urlencode({'copy': order.order_number})}")
    status, headers, _ = store.send_form(NEW, copied, cookie)
    twin = store.store.find(number_in(headers))
    assert twin is not None
    assert twin.order_number != order.order_number
    assert (twin.customer.billing.city, len(twin.items), twin.shipments) == ("Leeds", len(order.items), ())


def test_the_second_of_two_tabs_is_told_and_can_save_again(store: ConsoleStore, cookie: str) -> None:
    """The second tab sees what the store has now beside its own values, of which nothing is lost."""
    order: Order = list(store.store.orders())[-1]
    inputs = shown_form(store, cookie, edit_path(order.order_number))
    first = {**inputs, "customer.billing.city": "First town"}
    second = {**inputs, "customer.billing.city": "Second town", "internal_notes": "typed"}
    assert store.send_form(EDIT, first, cookie)[0] == 303
    status, _, text = store.send_form(EDIT, second, cookie)
    assert status == 409
    assert "This order was changed meanwhile" in text
    assert '<a href="#in-customer.billing.city">Billing address: City</a>: <bdi>First town</bdi>' in text
    assert "The store has now: First town" in text
    again = Inputs(text).values
    assert (again["customer.billing.city"], again["internal_notes"]) == ("Second town", "typed")
    before = store.store.clock.now().replace(microsecond=0)
    assert store.send_form(EDIT, again, cookie)[0] == 303
    saved = store.store.find(order.order_number)
    assert saved is not None
    assert (saved.customer.billing.city, saved.internal_notes) == ("Second town", "typed")
    assert before <= saved.modified_at <= store.store.clock.now()
    store.store.delete(order.order_number)
    status, _, text = store.send_form(EDIT, again, cookie)
    assert status == 409
    assert "This order was deleted meanwhile" in text
    anew = Inputs(text).values
    assert store.send_form(NEW, anew, cookie)[0] == 303
    remade = store.store.find(order.order_number)
    assert remade is not None
    assert remade.internal_notes == "typed"


def test_a_shipment_that_arrives_meanwhile_is_told(store: ConsoleStore, cookie: str) -> None:
    """The form says that the order was changed even if no value of it differs, and saving keeps the shipment."""
    number = list(store.store.orders())[-2].order_number
    inputs = shown_form(store, cookie, edit_path(number))
    store.store.book(number, Shipment(tracking_number="Z-1"), status=None, key=None, modifies=False)
    status, _, text = store.send_form(EDIT, inputs, cookie)
    assert status == 409
    assert "its shipments may be others" in text
    assert store.send_form(EDIT, Inputs(text).values, cookie)[0] == 303
    saved = store.store.find(number)
    assert saved is not None
    assert saved.shipments[-1].tracking_number == "Z-1"


def test_an_order_of_many_lines_can_be_saved(store: ConsoleStore, cookie: str) -> None:
    """A form has more inputs than most: 500 lines with an option each are saved as they are."""
    order = next(iter(store.store.orders()))
    item = Item(sku="MUG-9", name="Mug", options=(Option("Colour", "red"),))
    draft = Draft(customer=order.customer, items=(item,) * 500)
    made = create_order(store.store, draft)
    inputs = shown_form(store, cookie, edit_path(made.order_number))
    assert len(inputs) > 5_000
    assert store.send_form(EDIT, inputs, cookie)[0] == 303
    assert store.store.find(made.order_number) == made

"""The answers of the mock store agree with the table of versions, in both directions.

Each fact that replies show has one observation. Between neighbouring versions exactly the observations
of changed facts differ. Where no fact differs, every byte of many answers is the same.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, cached_property
from itertools import pairwise
from typing import Any

import msgspec
import pytest

from mockstore.behaviours.registry import build_behaviour
from mockstore.endpoint.message import Reply, Request
from mockstore.orders.model import Address, Customer, Item, Order, Weight
from mockstore.rest.access import ApiAccount, RestAccess
from mockstore.rest.api import Api, HttpReply, RestRequest
from mockstore.shop.shop import Clock, Shop
from mockstore.shop.versions import VERSIONS, differences, facts
from mockstore.store.store import Store

SEEN = ("data", "export", "rest")
"""The areas of facts that replies show."""

NOW = datetime(2026, 4, 2, 12, 0, tzinfo=UTC)
KEY = "k" * 32
ROOT = ApiAccount("root@shop.example", KEY, token="t0ken")
CLERK = ApiAccount("clerk@shop.example", KEY, root=False, privileges=frozenset())
BUYER = ApiAccount("buyer@shop.example", KEY, kind="customer")
GONE = ApiAccount("gone@shop.example", KEY, disabled=True)
EVERYONE = (ROOT, CLERK, BUYER, GONE)
ADDON = build_behaviour("addon-1.0.12")

LONG_PHONE = "+1 " + "5" * 200
HERE = Address("Kim Lee", "", "", "1 Dock", "", "Salem", "MA", "01970", "US")
HEAVY = Order(
    order_number="5000",
    order_id="5000",
    status="Processed",
    placed_at=NOW,
    modified_at=NOW,
    currency="USD",
    customer=Customer("kim@example.org", "", HERE, HERE),
    total=Decimal("12.50"),
    tax=Decimal("2.50"),
    items=(Item("77", "A", "Thing", 3, Decimal(10), Weight(Decimal("1.5"), "lbs")),),
)
USER = {"email": "kim@example.org", "b_firstname": "Kim", "b_phone": LONG_PHONE, "s_city": "Salem"}


def basic(name: str, key: str) -> str:
    return "Basic " + b64encode(f"{name}:{key}".encode()).decode()


class World:
    """A shop of a version with its API and the add-on; with single or several shipments, with HTTP or only HTTPS."""

    def __init__(self, version: str, *, several: bool = True, https_only: bool = False) -> None:
        shop = Shop(version, orders_per_page=7)
        self.store = Store(shop, count=40, clock=Clock(NOW, running=False))
        self.store.add_initial_orders([HEAVY])
        self._api = Api(self.store, RestAccess(EVERYONE, https_only, several))

    def asked(
        self, path: str, method: str = "GET", fields: object = None, who: ApiAccount = ROOT, **other: Any
    ) -> HttpReply:
        """Send a request to the API."""
        path, _, query = path.partition("?")
        parameters = dict(part.split("=") for part in query.split("&") if part)
        body = b"" if fields is None else msgspec.json.encode(fields)
        plain = {"authorization": basic(who.email, who.key), "content_type": "application/json"}
        return self._api.answer(RestRequest(method, path, parameters, body, **{**plain, **other}))

    def json(self, path: str, method: str = "GET", fields: object = None, **other: Any) -> Any:
        """Send a request to the API and return its JSON."""
        return msgspec.json.decode(self.asked(path, method, fields, **other).body)

    def notified(self, query: Mapping[str, str], method: str = "GET", body: bytes = b"") -> Reply:
        """Send a request to the add-on."""
        shop = self.store.shop
        headers = {"authorization": basic(shop.username, shop.password)}
        return ADDON.answer(Request(method, query, headers, body), self.store)

    def exported(self, page: str = "1") -> Reply:
        """Return a page of all orders."""
        window = {"start_date": "01/01/2026 00:00", "end_date": "04/03/2026 00:00"}
        return self.notified({"action": "export", "page": page, **window})

    @cached_property
    def placed(self) -> str:
        """Create an order in the API with every field that may be stored."""
        order = {
            "payment_id": "1",
            "shipping_id": "1",
            "products": {"1": {"amount": 70_000}},
            "user_data": USER,
            "notes": "ring",
            "details": "checked",
            "timestamp": "1700000000",
        }
        return str(self.json("orders", "POST", order)["order_id"])

    def shipped(self, order: str, **fields: object) -> HttpReply:
        """Create a shipment for an order."""
        return self.asked("shipments", "POST", {"order_id": order, "shipping_id": "1", **fields})

    def order(self) -> Any:
        """Return the order as the API shows it."""
        return self.json(f"orders/{self.placed}")

    @cached_property
    def parcel(self) -> Any:
        """Return a shipment of the whole order as a row of the list."""
        self.shipped(self.placed, tracking_number="T1", carrier="ups")
        return self.json(f"2.0/shipments?order_id={self.placed}")["shipments"][0]


def element(name: str) -> Callable[[World], object]:
    """Return an element of the add-on's export of the order."""

    def look(world: World) -> object:
        text = "".join(world.exported(str(page)).body.decode() for page in range(1, 8))
        order = text[text.index("<OrderID><![CDATA[5000]]>") :]
        found = re.search(rf"<{name}><!\[CDATA\[(.*?)]]>", order)
        assert found is not None
        return found.group(1)

    return look


def carrier(world: World) -> object:
    """Return the carrier that the add-on stores."""
    body = b"<ShipNotice><Items><Item><SKU>A</SKU><Quantity>3</Quantity></Item></Items></ShipNotice>"
    query = {"action": "shipnotify", "order_number": "5000", "tracking_number": "T9", "carrier": "UPS"}
    assert world.notified(query, "POST", body).status == 200
    order = world.store.find("5000")
    assert order is not None
    return order.shipments[0].carrier


def page_size(world: World) -> object:
    """Return the rows of a page, and the settings with that value."""
    size = world.json("2.0/orders")["params"]["items_per_page"]
    return size, [row["name"] for row in world.json("1.0/settings") if row["value"] == size]


def updates(world: World) -> object:
    """Return whether a shipment of a whole order can be changed, and one of a part."""
    line = next(iter(world.json("orders/5000")["products"]))
    found = []
    for order, fields in ((world.placed, {}), ("5000", {"products": {line: 1}})):
        number = msgspec.json.decode(world.shipped(order, tracking_number="T", **fields).body)["shipment_id"]
        found.append(world.asked(f"shipments/{number}", "PUT", {"carrier": "dhl"}).status)
    return found


def second_parcel(world: World) -> object:
    """Return whether a part of an order can be shipped if the setting forbids several shipments."""
    single = World(world.store.shop.version, several=False)
    line = next(iter(single.json("orders/5000")["products"]))
    return [single.shipped("5000", tracking_number=f"T{n}", products={line: 1}).status for n in (1, 2)]


def updated_fields(version: str) -> object:
    """Return the fields of a shipment that can be changed."""
    world = World(version, several=False)
    before = world.parcel
    change = {"tracking_number": "T2", "carrier": "dhl", "comments": "x", "timestamp": "1"}
    assert world.asked(f"shipments/{before['shipment_id']}", "PUT", change).status == 200
    after = world.json(f"shipments/{before['shipment_id']}")
    return {name for name in before if name in after and before[name] != after[name]} - {"carrier_info"}


def entities(world: World) -> object:
    """Return the known entities among those of all versions."""
    (fact,) = (fact for fact in facts() if fact.name == "rest_entities")
    every = {str(name) for step in fact.changes if isinstance(step.value, tuple) for name in step.value}
    return {name for name in every if world.asked(name).status != 404}


def shipping_rule(world: World) -> object:
    """Return which forms of a shipping method are accepted."""
    plain = {"payment_id": "1", "products": {"1": {"amount": 1}}, "user_data": USER}
    ways: tuple[dict[str, object], ...] = ({}, {"shipping_ids": "2"}, {"shipping_id": "2"}, {"shipping_id": {"0": "2"}})
    return [world.asked("orders", "POST", plain | way).status for way in ways]


def without_products(world: World) -> object:
    """Return whether an order without products is accepted."""
    return world.asked("orders", "POST", {"payment_id": "1", "shipping_id": "1", "user_data": USER}).status


def deleted(world: World) -> object:
    """Return the answer to DELETE."""
    told = world.asked("orders/1003", "DELETE")
    return told.status, told.body


def deleted_twice(world: World) -> object:
    """Return whether a second DELETE is answered like the first."""
    first, second = (world.asked("orders/1006", "DELETE").status for _ in range(2))
    return first == second


OBSERVED: dict[str, Callable[[World], object]] = {
    "weight_decimals": element("Weight"),
    "variant_code": lambda world: [
        line["product_code"]
        for number in range(1010, 1020)
        for line in world.json(f"orders/{number}")["products"].values()
    ],
    "phone_limit": lambda world: len(world.order()["b_phone"]),
    "quantity_limit": lambda world: [line["amount"] for line in world.order()["products"].values()],
    "tax_subtotal": element("TaxAmount"),
    "carrier_keys": carrier,
    "page_zero": lambda world: (world.exported("0").status, world.exported("abc").status),
    "page_negative": lambda world: world.exported("-1").status,
    "page_size_setting": lambda world: [row["name"] for row in world.json("1.0/settings") if row["value"] == "7"],
    "multiple_shipments": second_parcel,
    "shipment_needs_tracking": lambda world: World(world.store.shop.version, several=False).shipped("5000").status,
    "shipment_statuses": lambda world: [row["status"] for row in world.json("1.0/statuses?type=S")],
    "shipment_status": lambda world: world.parcel.get("status"),
    "rest_default_version": lambda world: world.asked("orders").body == world.asked("1.0/orders").body,
    "rest_list_form": lambda world: type(world.json("orders")),
    "rest_short_prefix": lambda world: world.asked("2/orders").status,
    "rest_page_size_setting": page_size,
    "rest_delete_status": deleted,
    "rest_second_delete_status": deleted_twice,
    "rest_error_colon": lambda world: world.json("nothing")["message"],
    "rest_required_message": lambda world: "user_data" in world.json("orders", "POST", {"notes": ""})["message"],
    "rest_entities": entities,
    "rest_https_only": lambda world: World(world.store.shop.version, https_only=True).asked("1.0/orders").status,
    "rest_customer_status": lambda world: world.asked("orders", who=BUYER).status,
    "rest_disabled_users": lambda world: world.asked("orders", who=GONE).status,
    "rest_tokens": lambda world: world.asked("orders", authorization=basic("t0ken", "")).status,
    "rest_status_privilege": lambda world: world.asked("orders/1005", "PUT", {"status": "C"}, CLERK).status,
    "rest_any_admin": lambda world: [
        world.asked("shipments", who=CLERK).status == 200,
        world.asked("orders/1004", "DELETE", who=CLERK).status < 300,
    ],
    "rest_product_id": lambda world: type(
        world.json("products", "POST", {"product": "x", "price": 1, "category_ids": [1]})["product_id"]
    ),
    "rest_staff_notes": lambda world: world.order()["details"],
    "rest_customer_notes": lambda world: world.order()["notes"],
    "rest_order_shipping": shipping_rule,
    "rest_order_products": without_products,
    "rest_timestamps": lambda world: world.order()["timestamp"],
    "rest_discount_numbers": lambda world: type(world.order()["discount"]),
    "rest_processor_params": lambda world: "processor_params" in world.order()["payment_method"],
    "rest_shipment_company": lambda world: "company" in world.parcel,
    "rest_carrier_info": lambda world: "carrier_info" in world.parcel,
    "rest_shipment_update": updates,
    "rest_shipment_update_fields": lambda world: updated_fields(world.store.shop.version),
}
"""Fact → how it is observed."""

ALONE = {"carrier_keys", "rest_shipment_update"}
"""Observations that change the order, and need a world of their own."""


@cache
def observed(version: str) -> dict[str, object]:
    """Return every observation of a version."""
    shared = World(version)
    return {name: look(World(version) if name in ALONE else shared) for name, look in OBSERVED.items()}


@cache
def conversation(version: str) -> tuple[object, ...]:
    """Return the answers to many requests, with every byte."""
    world = World(version)
    replies: list[object] = [world.exported(str(page)).body for page in range(1, 8)]
    reads = "orders 1.0/orders 2.0/orders 2.0/orders?page=2 shipments statuses products payments shippings stores taxes"
    reads += " categories settings users auth orders/1003 orders/77 statuses/1 statuses?type=S stores/1/orders nothing"
    replies += [world.asked(path) for path in reads.split()]
    replies += [world.asked(f"orders/{order.order_id}") for order in list(world.store.orders())]
    replies += [world.order(), world.parcel, carrier(world)]
    changes = (("orders/1003", "PUT"), ("orders/1003", "POST"), ("orders", "PUT"), ("shipments/1", "DELETE"))
    replies += [world.asked(path, method, {"status": "C"}) for path, method in changes]
    replies += [world.exported(str(page)).body for page in range(1, 8)]
    return tuple(replies)


def changing(*areas: str) -> set[str]:
    """Return the facts of these areas that differ between versions."""
    return {fact.name for fact in facts() if fact.area in areas and len({step.value for step in fact.changes}) > 1}


def test_of_every_fact_that_shows_there_is_an_observation() -> None:
    """Each fact that differs has an observation, and no other fact has."""
    assert changing(*SEEN) == OBSERVED.keys()


@pytest.mark.parametrize(("before", "after"), list(pairwise(VERSIONS)))
def test_neighbours_answer_differently_exactly_where_the_table_says_so(before: str, after: str) -> None:
    """A different answer without an entry in the table fails, and so does an entry without one."""
    area = {fact.name: fact.area for fact in facts()}
    entries = {entry.fact for entry in differences(before, after) if area[entry.fact] in SEEN}
    first, second = observed(before), observed(after)
    assert {name for name in OBSERVED if first[name] != second[name]} == entries
    if not entries:
        assert conversation(before) == conversation(after)


def shown(value: object) -> str:
    """Return a value as text; a set in a fixed order."""
    return repr(sorted(value, key=repr) if isinstance(value, (set, frozenset)) else value)


def test_what_is_observed_of_all_versions_takes_as_many_values_as_the_table_has() -> None:
    """Two versions have equal observations exactly if the table has equal values for them."""
    for fact in facts():
        if fact.name in OBSERVED:
            seen = {shown(observed(name)[fact.name]) for name in VERSIONS}
            assert len(seen) == len({fact.at(name).value for name in VERSIONS}), fact.name

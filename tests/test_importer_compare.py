"""Tests of the comparison of imported orders with those of the store."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from conformance.importer.compare import ORDER_PARTS, compare_orders, part_of
from conformance.importer.result import parse_json, read_result
from mockstore.orders.model import Address, Customer, Discount, Item, Option, Order, Weight

HOME = Address("Ann Sample", "", "+1 617 555 0142", "12 Oak St", "", "Boston", "Massachusetts", "02108", "US")
MOMENT = datetime(2026, 3, 4, 21, 9, 40, tzinfo=UTC)
HELD = Order(
    order_number="1001",
    order_id="1",
    status="Processed",
    placed_at=MOMENT,
    modified_at=MOMENT,
    currency="USD",
    customer=Customer("ann@sample.example", HOME.phone, HOME, HOME),
    shipping_method="DHL & Co",
    payment_method="PayPal",
    total=Decimal("28.40"),
    tax=Decimal("1.90"),
    shipping_amount=Decimal("4.90"),
    discounts=(Discount("Autumn sale", Decimal("5.00"), "AUTUMN5"),),
    gift=True,
    gift_message="Well done ]]> you",
    customer_notes="first\nsecond",
    items=(
        Item("11", "TEE", "Tee", 2, Decimal("11.00"), Weight(Decimal("0.5"), "lbs"), options=(Option("Size", "L"),)),
        Item("12", "CAP", "Cap", 1, Decimal("4.60"), Weight(Decimal(1), "oz")),
    ),
)
CORRECT: dict[str, Any] = {
    "order_number": 1001,
    "status": "processed",
    "placed_at": "2026-03-04T21:09:00Z",
    "total": 28.4,
    "customer": {
        "email": "ann@sample.example",
        "phone": "+16175550142",
        "shipping": {"name": "Ann Sample", "address1": "12 Oak St", "city": "Boston", "state": "MA", "country": "us"},
    },
    "gift": True,
    "gift_message": "Well done ]]> you",
    "customer_notes": "first\r\nsecond",
    "items": [
        {"sku": "CAP", "quantity": 1, "unit_price": "4.6", "weight": {"value": "28.35", "unit": "grams"}},
        {"sku": "TEE", "quantity": "2", "unit_price": 11, "weight": {"value": 0.5, "unit": "LB"}, "options": None},
        {"name": "AUTUMN5", "quantity": 1, "unit_price": "-5.00"},
    ],
}


def wrong_fields(content: dict[str, Any]) -> set[str]:
    """Return the fields of an imported order that differ from the store's."""
    result = read_result(parse_json(json.dumps([content]).encode()))
    return {check.field for _, check in compare_orders(result.orders, {"1001": HELD}).wrong()}


def test_a_correct_order_is_correct_in_every_spelling() -> None:
    """Numbers may be text or numbers, units have any name, a discount may be a line, and lines have any order."""
    assert wrong_fields(CORRECT) == set()
    assert wrong_fields({**CORRECT, "discounts": []}) == set()  # the line tells of the discount


ONE_WRONG_FIELD: dict[str, tuple[dict[str, Any], str]] = {
    "text cut at ]]>": ({"gift_message": "Well done"}, "gift_message"),
    "time in another zone": ({"placed_at": "2026-03-04T16:09:00Z"}, "placed_at"),
    "amount in cents": ({"total": 2840}, "total"),
    "a line missing": ({"items": CORRECT["items"][1:]}, "items"),
    "a line twice": ({"items": [*CORRECT["items"], CORRECT["items"][0]]}, "items"),
    "discount lost": ({"discounts": [], "items": CORRECT["items"][:2]}, "discounts"),
    "discount halved": ({"discounts": [{"name": "AUTUMN5", "amount": "2.50"}]}, "discounts"),
    "coupon lost": ({"discounts": [{"name": "Sale", "amount": 5}]}, "discounts.coupon"),
    "no address": ({"customer": {"shipping": {"address1": "1 Elm St"}}}, "customer.shipping.address1"),
    "weight relabelled": (
        {"items": [{**CORRECT["items"][1], "weight": {"value": "0.5", "unit": "kg"}}, CORRECT["items"][0]]},
        "items.weight",
    ),
    "quantity of lines that report no id, SKU or name": (
        {"items": [{"quantity": 2}, {"quantity": 9}]},
        "items.quantity",
    ),
    "SKU of a line with its id": (
        {"items": [CORRECT["items"][0], {**CORRECT["items"][1], "sku": "TEA", "line_id": "11"}]},
        "items.sku",
    ),
    "option lost": ({"items": [{**CORRECT["items"][1], "options": []}, CORRECT["items"][0]]}, "items.options"),
}


@pytest.mark.parametrize("name", ONE_WRONG_FIELD)
def test_one_wrong_field_is_one_finding(name: str) -> None:
    """No other field is reported."""
    change, field = ONE_WRONG_FIELD[name]
    assert wrong_fields({**CORRECT, **change}) == {field}


def test_a_line_is_matched_by_all_that_it_reports() -> None:
    """A wrong SKU beside the right name, price and quantity is a wrong SKU, not a missing line."""
    lines = [
        {"sku": "CAP", "name": "Tee", "quantity": 2, "unit_price": 11, "options": [{"name": "Size", "value": "L"}]},
        {"sku": "CAP", "name": "Cap", "quantity": 1, "unit_price": "4.60", "options": []},
    ]
    assert wrong_fields({**CORRECT, "items": lines}) == {"items.sku"}


def test_a_field_reported_for_one_order_is_missing_in_another() -> None:
    """A field that is never reported is not judged."""
    other = msgspec.structs.replace(HELD, order_number="1002")
    both = {"1001": HELD, "1002": other}
    some = [{"order_number": "1001", "customer_notes": "first\nsecond"}, {"order_number": "1002"}]
    result = read_result(some)
    assert [(number, check.field) for number, check in compare_orders(result.orders, both).wrong()] == [
        ("1002", "customer_notes")
    ]
    assert not list(compare_orders(read_result(some[1:]).orders, both).wrong())


def test_every_field_belongs_to_a_part() -> None:
    """Otherwise no scenario would judge its check."""
    result = read_result([CORRECT])
    for check in compare_orders(result.orders, {"1001": HELD}).orders["1001"]:
        assert part_of(check.field) in ORDER_PARTS

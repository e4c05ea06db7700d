"""Tests of what an importer reports: any form of a value is read, unknown names are rejected, and values compared."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.importer.command import IMPORT_PLACEHOLDERS, WrongCommand, parse_command
from conformance.importer.compare import TOPICS, compare_orders, topic_of
from conformance.importer.mapping import WrongMapping, read_mapping
from conformance.importer.result import BadResult, parse_json, read_result
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
RIGHT: dict[str, Any] = {
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
    assert wrong_fields(RIGHT) == set()


ONE_WRONG_FIELD: dict[str, tuple[dict[str, Any], str]] = {
    "text cut at ]]>": ({"gift_message": "Well done"}, "gift_message"),
    "time in another zone": ({"placed_at": "2026-03-04T16:09:00Z"}, "placed_at"),
    "amount in cents": ({"total": 2840}, "total"),
    "a line missing": ({"items": RIGHT["items"][1:]}, "items"),
    "a line twice": ({"items": [*RIGHT["items"], RIGHT["items"][0]]}, "items"),
    "discount lost": ({"discounts": []}, "discounts"),
    "coupon lost": ({"discounts": [{"name": "Sale", "amount": 5}]}, "discounts.coupon"),
    "no address": ({"customer": {"shipping": {"address1": "1 Elm St"}}}, "customer.shipping.address1"),
    "weight relabelled": (
        {"items": [{**RIGHT["items"][1], "weight": {"value": "0.5", "unit": "kg"}}, RIGHT["items"][0]]},
        "items.weight",
    ),
    "quantity of lines that report no id, SKU or name": (
        {"items": [{"quantity": 2}, {"quantity": 9}]},
        "items.quantity",
    ),
    "SKU of a line with its id": (
        {"items": [RIGHT["items"][0], {**RIGHT["items"][1], "sku": "TEA", "line_id": "11"}]},
        "items.sku",
    ),
    "option lost": ({"items": [{**RIGHT["items"][1], "options": []}, RIGHT["items"][0]]}, "items.options"),
}


@pytest.mark.parametrize("name", ONE_WRONG_FIELD)
def test_one_wrong_field_is_one_finding(name: str) -> None:
    """No other field is reported."""
    change, field = ONE_WRONG_FIELD[name]
    assert wrong_fields({**RIGHT, **change}) == {field}


def test_a_line_is_matched_by_all_that_it_reports() -> None:
    """A wrong SKU beside the right name, price and quantity is a wrong SKU, not a missing line."""
    lines = [
        {"sku": "CAP", "name": "Tee", "quantity": 2, "unit_price": 11, "options": [{"name": "Size", "value": "L"}]},
        {"sku": "CAP", "name": "Cap", "quantity": 1, "unit_price": "4.60", "options": []},
    ]
    assert wrong_fields({**RIGHT, "items": lines}) == {"items.sku"}


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


def test_every_field_has_a_topic() -> None:
    """Otherwise no scenario would judge its check."""
    result = read_result([RIGHT])
    for check in compare_orders(result.orders, {"1001": HELD}).orders["1001"]:
        assert topic_of(check.field) in TOPICS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["orders", "order_number", "items", "weight", "x"]), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON)
def test_any_json_is_read_or_rejected_with_a_message(content: Any) -> None:
    """No other exception is raised."""
    with contextlib.suppress(BadResult):
        result = read_result(parse_json(json.dumps(content).encode()))
        assert all(order.number or order.id for order in result.orders)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_rejected_with_a_message(data: bytes) -> None:
    """A program may print anything."""
    with contextlib.suppress(BadResult):
        json.dumps(parse_json(data))


@pytest.mark.parametrize("number", ["NaN", "sNaN", "Infinity", "1e999999999"])
def test_a_number_without_end_is_rejected(number: str) -> None:
    """It is neither money nor a weight, and can't be printed."""
    with pytest.raises(BadResult, match=r"orders\[0\]\.items\[0\]\.quantity is not a usable number"):
        read_result([{"order_number": "1", "items": [{"quantity": number}]}])


def test_an_unknown_field_is_named_with_the_most_similar_one() -> None:
    """The message says where the field is."""
    with pytest.raises(BadResult, match=r"an unknown field 'custmer' at orders\[0\]\. Did you mean customer\?"):
        read_result([{"order_number": "1", "custmer": {}}])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('orders = "a"\n[fields]\nnumber = "x"', "there is no field 'number'"),
        ('orders = "a"\n[fields]\ntotal = "x"', "doesn't map order_number"),
        ('[fields]\norder_number = "x"\n[states]\nready = "redy"', "the state 'ready' must map to one of"),
        ("ordes = 1", "has 'ordes'"),
        ("= 1", "can't be read"),
        ("fields = 1", "must be tables"),
        ('[fields]\norder_number = "x"\n"items.sku" = "y"', "'items.sku' needs 'items' as well"),
        ('[fields]\norder_number = "x"\ncustomer = "y"\n"customer.email" = "z"', "map either 'customer' or"),
    ],
)
def test_a_wrong_mapping_is_rejected_with_a_message(text: str, said: str, tmp_path: Path) -> None:
    """The message names the file and what is wrong."""
    file = tmp_path / "mapping.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(WrongMapping, match=said):
        read_mapping(file)


@given(st.text(max_size=30))
def test_any_command_is_parsed_or_rejected_with_a_message(text: str) -> None:
    """Filling in the placeholders keeps the number of words."""
    with contextlib.suppress(WrongCommand):
        command = parse_command("--import-command", text, IMPORT_PLACEHOLDERS)
        assert len(command.fill(dict.fromkeys(IMPORT_PLACEHOLDERS, "x y"))) == len(command.words)

"""Converts a draft to an order of CS-Cart's REST API, or says why the API can't hold it. Pure.

A shop computes prices itself, uses its own shipping and payment methods, and sets times itself. If the draft has
ordinary values there, the shop may replace them, and the suite reads the order back. If the draft has special values
there, a test needs exactly these values, so the API can't hold the draft.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from conformance.checks.compare import is_special
from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Customer, Item
from mockstore.orders.specimens import specimens
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import GRAMS_PER_UNIT

MAX_ORDINARY_METHOD = 30
"""The name of a shipping or payment method is special if it has more characters than this."""
MAX_ORDINARY_AGE = timedelta(hours=1)
"""In an ordinary draft, the last change is at most this long after the order was placed."""
MAX_LINES = 50
STOCK = 100_000
"""The units in stock of each product that is made, more than any order needs."""


def unsupported_parts(draft: Draft) -> Iterator[str]:
    """Yield the parts of a draft that the API can't hold, each in words that fit after "can't make"."""
    customer = draft.customer
    shipping = customer.shipping
    if draft.order_number:
        yield "a given order number"
    if not customer.email:
        yield "an order without e-mail address"
    if draft.gift or draft.gift_message:
        yield "a gift"
    if draft.discounts or any(item.discount for item in draft.items):
        yield "a given discount"
    if draft.shipments:
        yield "given shipments"
    if shipping is None:
        yield "an order without shipping address"
    if customer.account is not None:
        yield "an account with another phone or e-mail address"
    for method in (draft.shipping_method, draft.payment_method):
        if is_special(method) or len(method) > MAX_ORDINARY_METHOD:
            yield "a given shipping or payment method"
            break
    if draft.placed_at and draft.modified_at and abs(draft.modified_at - draft.placed_at) > MAX_ORDINARY_AGE:
        yield "an order placed long before its last change"
    if not draft.items:
        yield "an order without line items"
    if any(item.options for item in draft.items):
        yield "a line item with options"
    if any(not item.shippable for item in draft.items):
        yield "a line item that isn't shipped"
    if any(not item.unit_price for item in draft.items):
        yield "a free line item"
    if len({product_key(item) for item in draft.items}) < len(draft.items):
        yield "two line items of one product"
    if len(draft.items) > MAX_LINES:
        yield f"more than {MAX_LINES} line items"


def product_key(item: Item) -> tuple[object, ...]:
    """Return a key that two line items share if they have the same product."""
    weight = item.weight
    return item.sku, item.name, item.unit_price, (weight.value, weight.unit) if weight else None


@cache
def own_products() -> frozenset[tuple[str, str]]:
    """Return code and name of each product that the suite makes for specimens."""
    every = specimens(StoreFacts(), datetime(2026, 1, 1, tzinfo=UTC))
    return frozenset((item.sku, item.name) for specimen in every for item in specimen.draft.items if item.sku)


def product_fields(item: Item, weight_unit: str, category: str, company: str) -> dict[str, Any]:
    """Return a product for a line item, in the form of ``POST /products``."""
    weight = Decimal(0)
    if item.weight is not None:
        weight = item.weight.value
        if weight_unit in GRAMS_PER_UNIT and item.weight.unit in GRAMS_PER_UNIT:
            weight = weight * GRAMS_PER_UNIT[item.weight.unit] / GRAMS_PER_UNIT[weight_unit]
    return {
        "product": item.name,
        "product_code": item.sku,
        "price": str(item.unit_price),
        "weight": f"{weight:.3f}",
        "amount": STOCK,
        "status": "A",
        "category_ids": [category],
        "main_category": category,
        **({"company_id": company} if company else {}),
    }


def order_fields(draft: Draft, products: dict[str, int], payment: str, shipping: str) -> dict[str, Any]:
    """Return an order of these products (id → quantity), in a form of ``POST /orders`` that every version accepts."""
    return {
        "user_id": "0",
        "payment_id": payment,
        "shipping_id": shipping,
        "shipping_ids": shipping,
        "products": {product: {"product_id": product, "amount": str(amount)} for product, amount in products.items()},
        "user_data": user_data(draft.customer),
        "notes": draft.customer_notes,
        "details": draft.internal_notes,
        "notify_user": "0",
        "notify_department": "0",
    }


def user_data(customer: Customer) -> dict[str, str]:
    """Return the customer in the form of ``POST /orders``."""
    shipping = customer.shipping or customer.billing
    first, last = split_name(customer.billing.name or shipping.name)
    return {
        "email": customer.email,
        "phone": customer.phone,
        "company": customer.billing.company,
        "firstname": first,
        "lastname": last,
        **_address(customer.billing, "b"),
        **_address(shipping, "s"),
    }


def split_name(full: str) -> tuple[str, str]:
    """Return first and last name."""
    first, _, last = full.strip().partition(" ")
    return first, last


def _address(address: Address, side: str) -> dict[str, str]:
    first, last = split_name(address.name)
    return {
        f"{side}_firstname": first,
        f"{side}_lastname": last,
        f"{side}_address": address.address1,
        f"{side}_address_2": address.address2,
        f"{side}_city": address.city,
        f"{side}_state": address.state,
        f"{side}_country": address.country,
        f"{side}_zipcode": address.postal_code,
        f"{side}_phone": address.phone,
    }

"""What of a draft CS-Cart's REST API can hold, and how it is said there; pure.

A shop prices its orders itself, takes its own methods and doesn't let times be set. What a draft asks
for in plain words may so become something else, and is read back; what is special about it may not.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

from conformance.checks.compare import is_special
from mockstore.orders.draft import Draft
from mockstore.orders.model import Address, Customer, Item
from mockstore.shop.shop import GRAMS_PER_UNIT

PLAIN_LENGTH = 30
SOON = timedelta(hours=1)
STOCK = 100_000


def obstacles(draft: Draft) -> Iterator[str]:
    """What the API can't hold of a draft, each in a few words."""
    customer = draft.customer
    shipping = customer.shipping
    if draft.order_number:
        yield "an order number of one's choice"
    if draft.gift or draft.gift_message:
        yield "a gift"
    if draft.discounts or any(item.discount for item in draft.items):
        yield "a discount of one's choice"
    if draft.shipments:
        yield "shipments of one's choice"
    if shipping is None:
        yield "no shipping address"
    if customer.account is not None:
        yield "an account with another phone or e-mail address"
    for method in (draft.shipping_method, draft.payment_method):
        if is_special(method) or len(method) > PLAIN_LENGTH:
            yield "a shipping or payment method of one's choice"
            break
    if draft.placed_at and draft.modified_at and abs(draft.modified_at - draft.placed_at) > SOON:
        yield "an order placed long before its last change"
    if not draft.items:
        yield "an order without lines"
    if any(item.options for item in draft.items):
        yield "options"
    if any(not item.shippable for item in draft.items):
        yield "a line that isn't shipped"
    if any(not item.unit_price for item in draft.items):
        yield "a free line"
    if len({product_key(item) for item in draft.items}) < len(draft.items):
        yield "two lines of one product"
    if len(draft.items) > 50:
        yield "more than 50 lines"


def product_key(item: Item) -> tuple[object, ...]:
    """What makes two lines lines of one product."""
    weight = item.weight
    return item.sku, item.name, item.unit_price, (weight.value, weight.unit) if weight else None


def product_fields(item: Item, weight_unit: str, category: str, company: str) -> dict[str, Any]:
    """A product for a line, as ``POST /products`` takes it."""
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
    """An order of these products (id → quantity), as ``POST /orders`` takes it in any version."""
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
    """Who buys."""
    shipping = customer.shipping or customer.billing
    first, last = names(customer.billing.name or shipping.name)
    return {
        "email": customer.email,
        "phone": customer.phone,
        "company": customer.billing.company,
        "firstname": first,
        "lastname": last,
        **_address(customer.billing, "b"),
        **_address(shipping, "s"),
    }


def names(full: str) -> tuple[str, str]:
    """First and last name."""
    first, _, last = full.strip().partition(" ")
    return first, last


def _address(address: Address, side: str) -> dict[str, str]:
    first, last = names(address.name)
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

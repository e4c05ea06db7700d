"""The model of an order: what a store holds, as in the merchant's own records.

These types are also the messages of the control protocol: ``GET /control/v1/orders/{n}`` answers
with one of them, encoded as JSON. Amounts of money and weights are ``Decimal`` (decimal strings
in JSON). Times are ``datetime`` in UTC (RFC 3339 in JSON). Nothing here depends on HTTP, XML or storage.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import msgspec

ZERO = Decimal(0)


class Weight(msgspec.Struct, frozen=True, gc=False):
    """A weight with its unit: ``kg``, ``g``, ``lbs`` or ``oz``."""

    value: Decimal
    unit: str


class Address(msgspec.Struct, frozen=True, gc=False):
    """A postal address. An empty string is a field that was left blank.

    ``state`` is a code or a name, ``country`` ISO 3166-1 alpha-2.
    """

    name: str = ""
    company: str = ""
    phone: str = ""
    address1: str = ""
    address2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""


class Account(msgspec.Struct, frozen=True, gc=False):
    """Contact data of the customer's account that differs from the order's."""

    email: str = ""
    phone: str = ""


class Customer(msgspec.Struct, frozen=True, gc=False):
    """The customer of an order. ``shipping`` is None for an order without a shipping address.

    ``code`` identifies the customer across orders; with None the store chooses one.
    """

    email: str = ""
    phone: str = ""
    billing: Address = Address()
    shipping: Address | None = None
    code: str | None = None
    account: Account | None = None


class Discount(msgspec.Struct, frozen=True, gc=False):
    """A discount on the whole order. ``amount`` is positive and in the order's currency."""

    name: str
    amount: Decimal
    coupon: str = ""


class Option(msgspec.Struct, frozen=True, gc=False):
    """A chosen option in readable words. Its ``weight`` is added to one unit of the line."""

    name: str
    value: str
    weight: Weight | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A line item of an order.

    ``unit_price`` is the price charged for one unit; ``discount`` is already subtracted from it.
    ``weight`` is the weight of one unit, without its options.
    """

    line_id: str = ""
    sku: str = ""
    name: str = ""
    quantity: int = 1
    unit_price: Decimal = ZERO
    weight: Weight | None = None
    image_url: str = ""
    location: str = ""
    options: tuple[Option, ...] = ()
    shippable: bool = True
    discount: Decimal = ZERO


class ShippedItem(msgspec.Struct, frozen=True, gc=False):
    """The number of units of a line that a parcel holds."""

    sku: str
    quantity: int
    line_id: str = ""


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """A shipment that was recorded from a notification. ``notes`` are for the buyer."""

    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    cost: Decimal | None = None
    notes: str = ""
    shipped_on: date | None = None
    items: tuple[ShippedItem, ...] = ()


class OrderFields(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """The fields that an order and the draft of one have in common."""

    order_number: str = ""
    status: str = ""
    placed_at: datetime | None = None
    modified_at: datetime | None = None
    currency: str = ""
    customer: Customer
    shipping_method: str = ""
    payment_method: str = ""
    total: Decimal = ZERO
    tax: Decimal = ZERO
    shipping_amount: Decimal = ZERO
    discounts: tuple[Discount, ...] = ()
    gift: bool = False
    gift_message: str = ""
    customer_notes: str = ""
    internal_notes: str = ""
    weight: Weight | None = None
    items: tuple[Item, ...] = ()
    shipments: tuple[Shipment, ...] = ()


class Order(OrderFields, frozen=True, gc=False, kw_only=True):
    """A complete order. People see ``order_number``; ``order_id`` is internal."""

    order_number: str
    order_id: str
    status: str
    placed_at: datetime
    modified_at: datetime
    currency: str

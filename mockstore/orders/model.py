"""What a store holds: an order as the merchant's own records have it.

These types are the store's domain *and* the control protocol's messages: the JSON
that ``GET /control/v1/orders/{n}`` answers is one of these, encoded. Money and
weights are ``Decimal`` (decimal strings on the wire), times are aware ``datetime``
in UTC (RFC 3339 on the wire). Knows nothing of HTTP, XML or storage.
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
    """A postal address; an empty string is a field left blank.

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
    """What the customer's account says where it differs from the order."""

    email: str = ""
    phone: str = ""


class Customer(msgspec.Struct, frozen=True, gc=False):
    """Who ordered. ``shipping`` is None for an order without a shipping address.

    ``code`` identifies the customer over orders; None lets the store choose.
    """

    email: str = ""
    phone: str = ""
    billing: Address = Address()
    shipping: Address | None = None
    code: str | None = None
    account: Account | None = None


class Discount(msgspec.Struct, frozen=True, gc=False):
    """Money taken off the whole order: ``amount`` is positive, in the order's currency."""

    name: str
    amount: Decimal
    coupon: str = ""


class Option(msgspec.Struct, frozen=True, gc=False):
    """A chosen option as people read it; ``weight`` is added to one unit of the line."""

    name: str
    value: str
    weight: Weight | None = None


class Item(msgspec.Struct, frozen=True, gc=False):
    """A line of an order.

    ``unit_price`` is what one unit was charged at; ``discount`` was taken off one unit
    already. ``weight`` is one unit's, without its options.
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
    """How many units of a line are in a parcel."""

    sku: str
    quantity: int
    line_id: str = ""


class Shipment(msgspec.Struct, frozen=True, gc=False):
    """A parcel that a notification told of; ``notes`` are for the buyer."""

    tracking_number: str = ""
    carrier: str = ""
    service: str = ""
    cost: Decimal | None = None
    notes: str = ""
    shipped_on: date | None = None
    items: tuple[ShippedItem, ...] = ()


class Order(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An order, whole. ``order_number`` is what people see, ``order_id`` is internal."""

    order_number: str
    order_id: str
    status: str
    placed_at: datetime
    modified_at: datetime
    currency: str
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

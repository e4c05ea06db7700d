"""Converts an order of CS-Cart's REST API to an order of the model. Pure.

PHP is lenient with types, and so is this module: a number may be a text, and an empty object an empty array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.checks.compare import is_same_amount
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Address, Customer, Discount, Item, Order, Shipment, ShippedItem

Row = Mapping[str, Any]

MISSING_FIELDS = (
    "modified_at",
    "currency",
    "gift",
    "items.location",
    "items.options",
    "items.image_url",
    "items.weight",
    "customer.account",
    "customer.shipping.company",
    "shipments.service",
    "shipments.cost",
)
"""Fields of an order that the API doesn't have. Images and weights of products it has only as they are now, not as they
were when the order was placed; both addresses have one company."""


def text(row: Row, name: str) -> str:
    """Return a field as text; empty if it is null or no text."""
    value = row.get(name)
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def number(row: Row, name: str) -> Decimal:
    """Return a field as a number, which may be a text; 0 if it is empty.

    Raises:
        TruthUnavailable: if it is no number.
    """
    digits = text(row, name).strip()
    try:
        return Decimal(digits) if digits else Decimal(0)
    except InvalidOperation:
        raise TruthUnavailable(f"the REST API's {name} is {digits!r}, which is no number") from None


def moment(row: Row, name: str) -> datetime:
    """Return a Unix time.

    Raises:
        TruthUnavailable: if the field has none.
    """
    try:
        return datetime.fromtimestamp(int(number(row, name)), UTC)
    except (OverflowError, OSError, ValueError):
        raise TruthUnavailable(f"the REST API's {name} is {text(row, name)!r}, which is no time") from None


def table(row: Row, name: str) -> dict[str, Any]:
    """Return an object. PHP writes an empty object, or one with the keys 0, 1, 2 …, as an array."""
    value = row.get(name)
    if isinstance(value, list):
        return {str(place): each for place, each in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def rows(row: Row, name: str) -> list[dict[str, Any]]:
    """Return the objects in an object or a list."""
    return [each for each in table(row, name).values() if isinstance(each, dict)]


def order_of(row: Row, statuses: Mapping[str, str], shipments: Iterable[Shipment]) -> Order:
    """Return the order. The API has no time of its last change, so that is the time when it was placed.

    ``statuses``: CS-Cart's letter of a status → its name.

    Raises:
        TruthUnavailable: if a field can't be read.
    """
    identity, placed = text(row, "order_id"), moment(row, "timestamp")
    letter = text(row, "status")
    shipping = next((text(each, "shipping") for each in rows(row, "shipping")), "")
    return Order(
        order_number=identity,
        order_id=identity,
        status=statuses.get(letter, letter),
        placed_at=placed,
        modified_at=placed,
        currency="",
        customer=customer_of(row),
        shipping_method=shipping,
        payment_method=text(table(row, "payment_method"), "payment"),
        total=number(row, "total"),
        tax=tax_of(row),
        shipping_amount=number(row, "shipping_cost"),
        discounts=discounts_of(row),
        customer_notes=text(row, "notes"),
        internal_notes=text(row, "details"),
        items=tuple(item_of(each) for each in rows(row, "products")),
        shipments=tuple(shipments),
    )


def customer_of(row: Row) -> Customer:
    """Return the customer. A shipping address without street, city and postal code counts as none."""
    user = text(row, "user_id")
    company = text(row, "company")
    shipping = address_of(row, "s", "")
    is_given = any((shipping.address1, shipping.city, shipping.postal_code))
    return Customer(
        email=text(row, "email"),
        phone=text(row, "phone"),
        billing=address_of(row, "b", company),
        shipping=shipping if is_given else None,
        code=user if user not in ("", "0") else None,
    )


def address_of(row: Row, side: str, company: str) -> Address:
    """Return the billing (``b``) or shipping (``s``) address of an order."""
    names = (text(row, f"{side}_firstname"), text(row, f"{side}_lastname"))
    return Address(
        name=" ".join(name for name in names if name.strip()),
        company=company,
        phone=text(row, f"{side}_phone"),
        address1=text(row, f"{side}_address"),
        address2=text(row, f"{side}_address_2"),
        city=text(row, f"{side}_city"),
        state=text(row, f"{side}_state"),
        postal_code=text(row, f"{side}_zipcode"),
        country=text(row, f"{side}_country"),
    )


def item_of(row: Row) -> Item:
    """Return a line item."""
    return Item(
        line_id=text(row, "item_id"),
        sku=text(row, "product_code"),
        name=text(row, "product") or text(table(row, "extra"), "product"),
        quantity=int(number(row, "amount")),
        unit_price=number(row, "price"),
        discount=number(row, "discount"),
        shippable="Y" not in (text(row, "is_edp"), text(table(row, "extra"), "is_edp")),
    )


def tax_of(row: Row) -> Decimal:
    """Return the tax that was added to the prices: a sum, because orders have no tax_subtotal before 4.1.3."""
    added = (each for each in rows(row, "taxes") if text(each, "price_includes_tax") != "Y")
    return sum((number(each, "tax_subtotal") for each in added), Decimal(0))


def discounts_of(row: Row) -> tuple[Discount, ...]:
    """Return the discounts of the whole order. The API has only their sum: the first one gets it, the others 0."""
    off = abs(number(row, "subtotal_discount"))
    if not off:
        return ()
    names = [text(each, "name") for each in rows(row, "promotions")]
    coupons = list(table(row, "coupons"))
    coupon = coupons[0] if len(coupons) == 1 and len(names) <= 1 else ""
    return (Discount(names[0] if names else "", off, coupon), *(Discount(name, Decimal(0)) for name in names[1:]))


def adds_up(row: Row) -> bool:
    """True if line items, shipping, tax and discounts add up to the total.

    If not, the total includes something that the API doesn't tell, such as gift certificates or reward points. False,
    too, for an order that only contains other orders.
    """
    if text(row, "is_parent_order") == "Y":
        return False
    goods = sum((number(each, "price") * number(each, "amount") for each in rows(row, "products")), Decimal(0))
    total = goods + number(row, "shipping_cost") + tax_of(row) + number(row, "payment_surcharge")
    return is_same_amount(total - abs(number(row, "subtotal_discount")), number(row, "total"))


def shipment_of(row: Row, lines: Iterable[Item], zone: tzinfo | None) -> Shipment:
    """Return a shipment. Its day is that of its time in the shop's time zone, None if the zone is unknown.

    Raises:
        TruthUnavailable: if a field can't be read.
    """
    skus = {line.line_id: line.sku for line in lines}
    packed = table(row, "products")
    sent = moment(row, "shipment_timestamp") if text(row, "shipment_timestamp") else None
    return Shipment(
        tracking_number=text(row, "tracking_number"),
        carrier=text(row, "carrier"),
        notes=text(row, "comments"),
        shipped_on=sent.astimezone(zone).date() if sent and zone else None,
        items=tuple(ShippedItem(skus.get(line, ""), int(number(packed, line)), line) for line in packed),
    )

"""Converts an order of CS-Cart's REST API to an order of the model. Pure.

PHP mixes types, and this module accepts that: a number may be a text, and an empty object may be an empty array.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance.checks.compare import is_same_amount
from conformance.core.times import is_searchable
from conformance.truth.source import TruthUnavailable
from mockstore.orders.model import Address, Customer, Discount, Item, Option, Order, Shipment, ShippedItem

Row = Mapping[str, Any]

MAX_DIGITS = 30
"""A number has at most this many digits before the decimal point."""
MAX_SHOWN = 80
"""A message shows at most this many characters of a value."""

MISSING_FIELDS = (
    "modified_at",
    "currency",
    "gift",
    "items.location",
    "items.options.weight",
    "items.image_url",
    "items.weight",
    "customer.account",
    "customer.shipping.company",
    "shipments.service",
    "shipments.cost",
)
"""Fields of an order that the API doesn't have. It has the images and weights of products only as they are now, not as
they were when the order was placed. It has one company for both addresses."""


UNTOLD_OPTION_TYPES = ("C", "F")
"""Types of options whose readable value the API doesn't tell for sure: boxes to tick, and files."""


def read_text(row: Row, name: str) -> str:
    """Return a field as text; empty if it is null, a boolean, a list or an object."""
    value = row.get(name)
    return "" if value is None or isinstance(value, bool | list | dict) else str(value)


def read_number(row: Row, name: str) -> Decimal:
    """Return a field as a number, even if it is written as a text; 0 if it is empty.

    Raises:
        TruthUnavailable: if the field isn't a number.
    """
    digits = read_text(row, name).strip()
    try:
        number = Decimal(digits) if digits else Decimal(0)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) >= MAX_DIGITS:
        raise TruthUnavailable(f"the REST API's {name} is {digits[:MAX_SHOWN]!r}, which is no number")
    return number


def read_time(row: Row, name: str) -> datetime:
    """Return a field with a Unix time as a time in UTC.

    Raises:
        TruthUnavailable: if the field isn't a time.
    """
    try:
        moment = datetime.fromtimestamp(int(read_number(row, name)), UTC)
    except (OverflowError, OSError, ValueError):
        moment = None
    if moment is None or not is_searchable(moment):
        raise TruthUnavailable(f"the REST API's {name} is {read_text(row, name)[:MAX_SHOWN]!r}, which is no time")
    return moment


def read_object(row: Row, name: str) -> dict[str, Any]:
    """Return a field as an object. PHP writes an empty object, or one with the keys 0, 1, 2 …, as an array."""
    value = row.get(name)
    if isinstance(value, list):
        return {str(place): each for place, each in enumerate(value)}
    return dict(value) if isinstance(value, dict) else {}


def read_rows(row: Row, name: str) -> list[dict[str, Any]]:
    """Return the objects in a field, which is an object or a list."""
    return [each for each in read_object(row, name).values() if isinstance(each, dict)]


def order_of(row: Row, statuses: Mapping[str, str], shipments: Iterable[Shipment]) -> Order:
    """Return the order. Its ``modified_at`` is when it was placed, because the API has no time of the last change.

    ``statuses``: letter of a status → its name.

    Raises:
        TruthUnavailable: if a field can't be read.
    """
    identity, placed = read_text(row, "order_id"), read_time(row, "timestamp")
    letter = read_text(row, "status")
    shipping = next((read_text(each, "shipping") for each in read_rows(row, "shipping")), "")
    return Order(
        order_number=identity,
        order_id=identity,
        status=statuses.get(letter, letter),
        placed_at=placed,
        modified_at=placed,
        currency="",
        customer=customer_of(row),
        shipping_method=shipping,
        payment_method=read_text(read_object(row, "payment_method"), "payment"),
        total=read_number(row, "total"),
        tax=tax_of(row),
        shipping_amount=read_number(row, "shipping_cost"),
        discounts=discounts_of(row),
        customer_notes=read_text(row, "notes"),
        internal_notes=read_text(row, "details"),
        items=tuple(item_of(each) for each in read_rows(row, "products")),
        shipments=tuple(shipments),
    )


def customer_of(row: Row) -> Customer:
    """Return the customer. A shipping address that lacks street, city and postal code counts as missing."""
    user = read_text(row, "user_id")
    company = read_text(row, "company")
    shipping = address_of(row, "s", "")
    is_given = any((shipping.address1, shipping.city, shipping.postal_code))
    return Customer(
        email=read_text(row, "email"),
        phone=read_text(row, "phone"),
        billing=address_of(row, "b", company),
        shipping=shipping if is_given else None,
        code=user if user not in ("", "0") else None,
    )


def address_of(row: Row, side: str, company: str) -> Address:
    """Return the billing (``b``) or shipping (``s``) address of an order."""
    names = (read_text(row, f"{side}_firstname"), read_text(row, f"{side}_lastname"))
    return Address(
        name=" ".join(name for name in names if name.strip()),
        company=company,
        phone=read_text(row, f"{side}_phone"),
        address1=read_text(row, f"{side}_address"),
        address2=read_text(row, f"{side}_address_2"),
        city=read_text(row, f"{side}_city"),
        state=read_text(row, f"{side}_state"),
        postal_code=read_text(row, f"{side}_zipcode"),
        country=read_text(row, f"{side}_country"),
    )


def item_of(row: Row) -> Item:
    """Return a line item."""
    return Item(
        line_id=read_text(row, "item_id"),
        sku=read_text(row, "product_code"),
        name=read_text(row, "product") or read_text(read_object(row, "extra"), "product"),
        quantity=int(read_number(row, "amount")),
        unit_price=read_number(row, "price"),
        discount=read_number(row, "discount"),
        options=options_of(row),
        shippable="Y" not in (read_text(row, "is_edp"), read_text(read_object(row, "extra"), "is_edp")),
    )


def options_of(row: Row) -> tuple[Option, ...]:
    """Return the options of a line, with the names that they had when the order was placed."""
    chosen = read_rows(read_object(row, "extra"), "product_options_value")
    return tuple(Option(read_text(each, "option_name"), read_text(each, "variant_name")) for each in chosen)


def tells_options(row: Row) -> bool:
    """True if the API tells each chosen option of an order by its name and value.

    Its list of names can be missing or have gaps: for an order of an older CS-Cart, an optional text that the customer
    left empty, or a file. A box has a value even if it isn't ticked. Then nobody can say what an export has to show.
    """
    for line in read_rows(row, "products"):
        extra = read_object(line, "extra")
        named = read_rows(extra, "product_options_value")
        if len(named) != len(read_object(extra, "product_options")):
            return False
        if any(read_text(each, "option_type") in UNTOLD_OPTION_TYPES for each in named):
            return False
        if not all(option.name.strip() and option.value.strip() for option in options_of(line)):
            return False
    return True


def tax_of(row: Row) -> Decimal:
    """Return the tax that was added to the prices. It is a sum, because orders before 4.1.3 have no tax_subtotal."""
    added = (each for each in read_rows(row, "taxes") if read_text(each, "price_includes_tax") != "Y")
    return sum((read_number(each, "tax_subtotal") for each in added), Decimal(0))


def discounts_of(row: Row) -> tuple[Discount, ...]:
    """Return the discounts of the whole order. The API has only their sum: the first discount gets it, the others 0."""
    off = abs(read_number(row, "subtotal_discount"))
    if not off:
        return ()
    names = [read_text(each, "name") for each in read_rows(row, "promotions")]
    coupons = list(read_object(row, "coupons"))
    coupon = coupons[0] if len(coupons) == 1 and len(names) <= 1 else ""
    return (Discount(names[0] if names else "", off, coupon), *(Discount(name, Decimal(0)) for name in names[1:]))


def adds_up(row: Row) -> bool:
    """True if line items, shipping, tax and discounts add up to the total.

    If they don't, the total includes something that the API doesn't tell, such as gift certificates or reward points.
    Also False for an order that only contains other orders.
    """
    if read_text(row, "is_parent_order") == "Y":
        return False
    goods = sum(
        (read_number(each, "price") * read_number(each, "amount") for each in read_rows(row, "products")), Decimal(0)
    )
    total = goods + read_number(row, "shipping_cost") + tax_of(row) + read_number(row, "payment_surcharge")
    return is_same_amount(total - abs(read_number(row, "subtotal_discount")), read_number(row, "total"))


def shipment_of(row: Row, lines: Iterable[Item], zone: tzinfo | None) -> Shipment:
    """Return a shipment. ``shipped_on`` is its day in the shop's time zone; None if the zone is unknown.

    Raises:
        TruthUnavailable: if a field can't be read.
    """
    skus = {line.line_id: line.sku for line in lines}
    packed = read_object(row, "products")
    sent = read_time(row, "shipment_timestamp") if read_text(row, "shipment_timestamp") else None
    return Shipment(
        tracking_number=read_text(row, "tracking_number"),
        carrier=read_text(row, "carrier"),
        notes=read_text(row, "comments"),
        shipped_on=sent.astimezone(zone).date() if sent and zone else None,
        items=tuple(ShippedItem(skus.get(line, ""), int(read_number(packed, line)), line) for line in packed),
    )

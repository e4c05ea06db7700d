"""Orders with their right export, and functions that damage the export, for tests of the checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from lxml import etree

from conformance.checks.matching import Pair
from conformance.client.exchange import Exchange, Headers
from conformance.client.parsing.document import ExportPage, parse_export
from conformance.client.parsing.order import ExportedOrder
from conformance.core.finding import Finding
from mockstore.orders.model import Address, Customer, Discount, Item, Option, Order, Weight
from mockstore.shop.facts import StoreFacts
from mockstore.shop.shop import Status

FACTS = StoreFacts(
    name="Test shop",
    platform="CS-Cart",
    version="4.3.6",
    timezone="Europe/Berlin",
    currency="EUR",
    weight_unit="kg",
    statuses=(Status("Processed", "paid"), Status("Complete", "shipped", shipped=True), Status("Zoll")),
    capabilities=("read", "create", "update", "delete"),
)
BERLIN = Address("Marta Muster", "", "+49 30 901820", "Turmweg 5", "", "Berlin", "BE", "10115", "DE")
BOSTON = Address("Dana Doe", "Dock 7", "+1 617 555 0142", "12 Oak St", "Apt 2", "Boston", "MA", "02108", "US")
MUG = Item(
    line_id="11",
    sku="MUG",
    name="Mug",
    quantity=2,
    unit_price=Decimal("9.50"),
    weight=Weight(Decimal("0.350"), "kg"),
    image_url="https://shop.example/mug.png",
    location="A1",
    options=(Option("Colour", "Red"),),
)
LAMP = Item(
    line_id="12",
    sku="LAMP",
    name="Lamp",
    quantity=1,
    unit_price=Decimal("45.00"),
    weight=Weight(Decimal("2"), "kg"),
    image_url="https://shop.example/lamp.png",
    location="B2",
)
ORDER = Order(
    order_number="1001",
    order_id="77",
    status="Processed",
    placed_at=datetime(2026, 3, 10, 8, 0, 20, tzinfo=UTC),
    modified_at=datetime(2026, 3, 10, 9, 30, 20, tzinfo=UTC),
    currency="EUR",
    customer=Customer("marta@example.org", "+49 30 901820", BERLIN, BOSTON, code="c1"),
    shipping_method="DHL Paket",
    payment_method="Invoice",
    total=Decimal("70.80"),
    tax=Decimal("1.90"),
    shipping_amount=Decimal("4.90"),
    weight=Weight(Decimal("2.700"), "kg"),
    items=(MUG, LAMP),
)
"""An order of two lines, with nothing special about it: Σ lines 64.00."""

EXCHANGE = 7
"""The number of the exchange of every test's document."""

Edits = Mapping[str, str | None]
"""Path below Order → the text to put there; None removes the element."""


def order(**changes: Any) -> Order:
    """Return the plain order with these fields."""
    return msgspec.structs.replace(ORDER, **changes)


def customer(**changes: Any) -> Order:
    """Return the plain order with these fields of its customer."""
    return order(customer=msgspec.structs.replace(ORDER.customer, **changes))


def one_line(item: Item = MUG, **changes: Any) -> Order:
    """Return the plain order with a single line item, with these fields."""
    return order(items=(msgspec.structs.replace(item, **changes),))


def discounted(*discounts: tuple[str, str, str]) -> Order:
    """Return the plain order with these discounts: name, amount, coupon."""
    made = tuple(Discount(name, Decimal(amount), coupon) for name, amount, coupon in discounts)
    return order(discounts=made, total=ORDER.total - sum(each.amount for each in made))


def exchange(
    body: bytes, status: int | None = 200, content_type: str = "text/xml; charset=utf-8", number: int = EXCHANGE
) -> Exchange:
    """Return an exchange whose reply has this body."""
    headers: Headers = (("Content-Type", content_type),) if content_type else ()
    return Exchange(
        number=number,
        method="GET",
        url="http://shop.example/",
        request_headers=(),
        request_body=b"",
        status=status,
        reason="OK",
        reply_headers=headers,
        reply_body=body,
        duration_ms=1.0,
    )


def reading(body: bytes | str, **options: Any) -> ExportPage:
    """Return the export that is parsed from a reply with this body."""
    return parse_export(exchange(body.encode() if isinstance(body, str) else body, **options))


def _put(parent: etree._Element, values: Mapping[str, object]) -> None:
    for tag, value in values.items():
        element = etree.SubElement(parent, tag)
        if isinstance(value, Mapping):
            _put(element, value)
        else:
            element.text = str(value)


def _address(address: Address) -> dict[str, object]:
    return {
        "Name": address.name,
        "Company": address.company,
        "Phone": address.phone,
        "Address1": address.address1,
        "Address2": address.address2,
        "City": address.city,
        "State": address.state,
        "PostalCode": address.postal_code,
        "Country": address.country,
    }


def element_of(held: Order) -> etree._Element:
    """Return the right export of an order in its plainest form, with weights in grams."""
    billing, shipping = held.customer.billing, held.customer.shipping
    root = etree.Element("Order")
    to_pay = {"Name": billing.name, "Company": billing.company, "Phone": billing.phone, "Email": held.customer.email}
    people: dict[str, object] = {"CustomerCode": held.customer.code or held.customer.email, "BillTo": to_pay}
    if shipping is not None:
        people["ShipTo"] = _address(shipping)
    _put(
        root,
        {
            "OrderID": held.order_id,
            "OrderNumber": held.order_number,
            "OrderDate": f"{held.placed_at:%m/%d/%Y %H:%M}",
            "OrderStatus": held.status,
            "LastModified": f"{held.modified_at:%m/%d/%Y %H:%M}",
            "ShippingMethod": held.shipping_method,
            "PaymentMethod": held.payment_method,
            "CurrencyCode": held.currency,
            "OrderTotal": held.total,
            "TaxAmount": held.tax,
            "ShippingAmount": held.shipping_amount,
            "CustomerNotes": held.customer_notes,
            "InternalNotes": held.internal_notes,
            "Gift": str(held.gift).lower(),
            "GiftMessage": held.gift_message,
            "Customer": people,
        },
    )
    items = etree.SubElement(root, "Items")
    for item in held.items:
        _put(etree.SubElement(items, "Item"), _line(item))
        for option in item.options:
            line = items[-1]
            options = line.find("Options")
            options = etree.SubElement(line, "Options") if options is None else options
            added = {"Weight": _grams(option.weight)} if option.weight else {}
            _put(etree.SubElement(options, "Option"), {"Name": option.name, "Value": option.value, **added})
    for discount in held.discounts:
        adjustment = {
            "SKU": discount.coupon,
            "Name": discount.name,
            "Quantity": 1,
            "UnitPrice": -discount.amount,
            "Adjustment": "true",
        }
        _put(etree.SubElement(items, "Item"), adjustment)
    return root


def _line(item: Item) -> dict[str, object]:
    weighed = {"Weight": _grams(item.weight), "WeightUnits": "Grams"} if item.weight else {}
    return {
        "LineItemID": item.line_id,
        "SKU": item.sku,
        "Name": item.name,
        "Quantity": item.quantity,
        "UnitPrice": item.unit_price,
        **weighed,
        "ImageUrl": item.image_url,
        "Location": item.location,
        "Adjustment": "false",
    }


def _grams(weight: Weight) -> str:
    return f"{weight.value * {'kg': 1000, 'g': 1}[weight.unit]:.2f}"


def edited(element: etree._Element, edits: Edits) -> etree._Element:
    """Put these texts into the element, and return it. Missing elements of a path are created."""
    for path, text in edits.items():
        found = element.find(path)
        if text is None:
            assert found is not None, path
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)
            continue
        if found is None:
            above, _, tag = path.rpartition("/")
            parent = element.find(above) if above else element
            assert parent is not None, path
            found = etree.SubElement(parent, tag)
        for child in found:
            found.remove(child)
        found.text = text
    return element


def document(*elements: etree._Element, **attributes: str) -> ExportPage:
    """Return an export with these order elements and attributes, written to bytes and parsed again."""
    root = etree.Element("Orders", attributes)
    root.extend(elements)
    return reading(etree.tostring(root, encoding="utf-8", xml_declaration=True))


def exported(held: Order = ORDER, edits: Edits | None = None) -> ExportedOrder:
    """Return the right export of an order, with these edits."""
    return document(edited(element_of(held), edits or {})).orders[0]


def pair(held: Order = ORDER, edits: Edits | None = None, facts: StoreFacts = FACTS) -> Pair:
    """Return an order and its right export, with these edits."""
    return Pair(exported(held, edits), held, facts)


def adjustment(name: str, price: str, sku: str = "") -> Callable[[etree._Element], None]:
    """Return a function that adds an adjustment to the element of an order."""

    def add(element: etree._Element) -> None:
        items = element.find("Items")
        assert items is not None
        made = {"SKU": sku, "Name": name, "Quantity": 1, "UnitPrice": price, "Adjustment": "true"}
        _put(etree.SubElement(items, "Item"), made)

    return add


def worked(held: Order, *work: Callable[[etree._Element], object], edits: Edits | None = None) -> Pair:
    """Return an order and its export, after these functions changed the element."""
    element = edited(element_of(held), edits or {})
    for each in work:
        each(element)
    return Pair(document(element).orders[0], held, FACTS)


def found(findings: Iterable[Finding] | None) -> list[tuple[str | None, str | None, str | None]]:
    """Return the path below the order, the expected and the actual value of each finding.

    Asserts that each finding names the order and the exchange."""
    told: list[tuple[str | None, str | None, str | None]] = []
    for each in findings or ():
        assert each.message, each
        assert each.order, each
        assert each.exchange == EXCHANGE, each
        assert each.xpath is not None, each
        assert each.xpath.startswith("/Orders/Order[1]"), each
        told.append((each.xpath.removeprefix("/Orders/Order[1]").lstrip("/"), each.expected, each.actual))
    return told

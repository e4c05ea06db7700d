"""The fields of an order and of a shipment notification, in one table.

A row gives the name of an element, the kind of its value, the field of the store's record that it
carries (named as in ``docs/control-protocol.md``), its maximum lengths, and the requirements that
need that field of the record. Two sources give lengths, and they differ in places
(``schemas/README.md``): ``guide`` is the field table of ShipStation's Custom Store Development
Guide, ``schema`` is ``orders.xsd`` or ``shipnotice.xsd``. None means that the source sets no length.

The mock store doesn't use this table. It writes its exports by limits of its own. So a mistake here
shows up as a difference, because the mock store doesn't make it, too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, Literal

from mockstore.shop.facts import StoreFacts

FieldKind = Literal[
    "id",  # identifies something
    "text",  # typed by a person
    "phone",
    "email",
    "state",
    "code",  # one of a fixed list
    "url",
    "money",
    "number",
    "weight",
    "count",
    "flag",
    "moment",  # date and time
    "day",
    "list",
]


@dataclass(frozen=True, kw_only=True)
class Field:
    """One field: an element, a field of the store's record, or both.

    ``element`` is the XPath below Order, Item, Option or ShipNotice; it is empty for a field that no
    single element carries. ``record`` is empty for an element whose value the store doesn't keep.
    """

    element: str
    kind: FieldKind
    record: str = ""
    guide: int | None = None
    schema: int | None = None
    requirements: tuple[str, ...] = ()
    """The requirements that can't be judged without this field of the store's record."""

    @cached_property
    def name(self) -> str:
        """The element's own name, without the path to it."""
        return self.element.rpartition("/")[2]

    @cached_property
    def attribute(self) -> str:
        """The name of the record's field within its order, line, option or shipment."""
        return self.record.removeprefix("items.").removeprefix("options.").removeprefix("shipments.")

    @cached_property
    def limits(self) -> tuple[int, ...]:
        """The lengths at which a value may be cut, in characters: the guide's, then the schema's if it differs."""
        return tuple(dict.fromkeys(limit for limit in (self.guide, self.schema) if limit is not None))

    @cached_property
    def longest(self) -> int | None:
        """The length that at least one source allows; None if no source sets one."""
        return max(self.limits, default=None)

    @cached_property
    def read(self) -> Callable[[object], Any]:
        """A function that returns the field's value from an order, line, option or shipment of the store's record."""
        return attrgetter(self.attribute)


def _row(
    element: str, kind: FieldKind, record: str, guide: int | None, schema: int | None, *requirements: str
) -> Field:
    return Field(element=element, kind=kind, record=record, guide=guide, schema=schema, requirements=requirements)


def _table(*rows: Field) -> Mapping[str, Field]:
    return MappingProxyType({row.element: row for row in rows})


def _address(path: str, record: str, *requirements: str, in_guide: bool = True) -> tuple[Field, ...]:
    """Return the rows of an address. ``in_guide`` is false for an address that only the schema has."""

    def row(name: str, kind: FieldKind, field: str, limit: int) -> Field:
        return _row(
            f"{path}/{name}", kind, record and f"{record}.{field}", limit if in_guide else None, limit, *requirements
        )

    return (
        row("Address1", "text", "address1", 200),
        row("Address2", "text", "address2", 200),
        row("City", "text", "city", 100),
        row("State", "state", "state", 100),
        row("PostalCode", "text", "postal_code", 50),
        # the guide gives the form of a country, but no length
        _row(f"{path}/Country", "code", record and f"{record}.country", None, 2, *requirements),
    )


#   element, kind, record, guide, schema, requirements

ORDER = _table(
    _row("OrderID", "id", "order_id", 50, 50),
    _row("OrderNumber", "id", "order_number", 50, 50, "ORD-3"),
    _row("OrderDate", "moment", "placed_at", None, None, "ORD-5"),
    _row("OrderStatus", "text", "status", 50, 50, "STA-1", "STA-2", "STA-3"),
    _row(
        *("LastModified", "moment", "modified_at", None, None),
        *("ORD-6", "WIN-1", "WIN-3", "WIN-4", "WIN-5", "WIN-6", "WIN-7", "WIN-12", "PAG-1", "PAG-2"),
    ),
    _row("ShippingMethod", "text", "shipping_method", 100, 100, "ORD-10"),
    _row("PaymentMethod", "text", "payment_method", 50, 50, "ORD-11"),
    _row("CurrencyCode", "code", "currency", None, 3, "ORD-12"),
    _row("OrderTotal", "money", "total", None, None, "ORD-7"),
    _row("TaxAmount", "money", "tax", None, None, "ORD-8"),
    _row("ShippingAmount", "money", "shipping_amount", None, None, "ORD-8"),
    _row("CustomerNotes", "text", "customer_notes", 1000, 1000, "NOT-1", "NOT-4", "NOT-5"),
    _row("InternalNotes", "text", "internal_notes", 1000, 1000, "NOT-2", "NOT-3", "NOT-4", "NOT-5"),
    _row("Gift", "flag", "gift", None, None, "GIF-1", "GIF-2", "GIF-3"),
    _row("GiftMessage", "text", "gift_message", 1000, 1000, "GIF-3"),
    _row("CustomField1", "text", "", 100, 100),
    _row("CustomField2", "text", "", 100, 100),
    _row("CustomField3", "text", "", 100, 100),
    _row("RequestedWarehouse", "text", "", 100, 100),
    _row("Source", "text", "", 50, 50),
    _row("Dimensions/DimensionUnits", "code", "", None, None),
    _row("Dimensions/Length", "number", "", None, None),
    _row("Dimensions/Width", "number", "", None, None),
    _row("Dimensions/Height", "number", "", None, None),
    _row("Customer/CustomerCode", "id", "customer.code", 50, 100, "CUS-3"),
    _row("Customer/BillTo/Name", "text", "customer.billing.name", 100, 100, "CUS-7"),
    _row("Customer/BillTo/Company", "text", "customer.billing.company", 100, 100, "CUS-9"),
    _row("Customer/BillTo/Phone", "phone", "customer.billing.phone", 50, 50, "CUS-2"),
    _row("Customer/BillTo/Email", "email", "customer.email", 100, None, "CUS-1"),
    *_address("Customer/BillTo", "customer.billing", in_guide=False),
    _row("Customer/ShipTo/Name", "text", "customer.shipping.name", 100, 100, "CUS-4", "ORD-15"),
    _row("Customer/ShipTo/Company", "text", "customer.shipping.company", 100, 100, "CUS-9"),
    *_address("Customer/ShipTo", "customer.shipping", "CUS-4", "ORD-15"),
    _row("Customer/ShipTo/Phone", "phone", "customer.shipping.phone", 50, 50, "CUS-2"),
    _row("Items", "list", "items", None, None, "ITM-1", "ITM-7", "ITM-10", "ITM-11"),
)
"""The fields of an Order, by their path below it."""

ITEM = _table(
    _row("LineItemID", "id", "items.line_id", 50, 50),
    _row("SKU", "text", "items.sku", 50, 100, "ITM-2", "ITM-7", "ITM-9", "ITM-11"),
    _row("Name", "text", "items.name", 200, 200, "ITM-3", "ITM-11"),
    _row("ImageUrl", "url", "items.image_url", 500, None, "IMG-1", "IMG-3"),
    _row("Weight", "weight", "items.weight", None, None, "WGT-1", "WGT-3", "WGT-4", "WGT-5"),
    _row("WeightUnits", "code", "", None, None),
    _row("Quantity", "count", "items.quantity", None, None, "ITM-4"),
    _row("UnitPrice", "money", "items.unit_price", None, None, "ITM-5", "ITM-6", "DIS-7"),
    _row("UPC", "code", "", None, 12),
    _row("Location", "text", "items.location", 100, 100, "LOC-1", "LOC-2"),
    _row("Adjustment", "flag", "", None, None),
    _row("Dimensions/DimensionUnits", "code", "", None, None),
    _row("Dimensions/Length", "number", "", None, None),
    _row("Dimensions/Width", "number", "", None, None),
    _row("Dimensions/Height", "number", "", None, None),
    _row("Options", "list", "items.options", None, None, "OPT-1", "OPT-2", "OPT-4", "ITM-7"),
)
"""The fields of an Item, by their path below it."""

OPTION = _table(
    _row("Name", "text", "items.options.name", 100, 100),
    _row("Value", "text", "items.options.value", 100, 100),
    _row("Weight", "weight", "items.options.weight", None, None),
)
"""The fields of an Option, by their path below it."""

SHIP_NOTICE = _table(
    _row("OrderID", "id", "order_id", 50, 50),
    _row("OrderNumber", "id", "order_number", 50, 50),
    _row("CustomerCode", "id", "customer.code", 50, 50),
    _row("CustomerNotes", "text", "customer_notes", 1000, 1000),
    _row("InternalNotes", "text", "internal_notes", 1000, 1000),
    _row("NotesToCustomer", "text", "shipments.notes", 1000, 1000, "SHP-6"),
    _row("NotifyCustomer", "flag", "", None, None),
    _row("LabelCreateDate", "moment", "", None, None),
    _row("ShipDate", "day", "shipments.shipped_on", None, None, "SHP-22"),
    _row("Carrier", "text", "shipments.carrier", 50, 50, "SHP-3"),
    _row("Service", "text", "shipments.service", 50, 50, "SHP-4"),
    _row("TrackingNumber", "text", "shipments.tracking_number", 50, 50, "SHP-2"),
    _row("ShippingCost", "money", "shipments.cost", None, None, "SHP-5"),
    # the guide shows these three only in its example
    _row("CustomField1", "text", "", None, 100),
    _row("CustomField2", "text", "", None, 100),
    _row("CustomField3", "text", "", None, 100),
    _row("Recipient/Name", "text", "", 100, 100),
    _row("Recipient/Company", "text", "", 100, 100),
    *_address("Recipient", ""),
    _row("Items", "list", "shipments.items", None, None, "SHP-7"),
)
"""The fields of a ShipNotice, by their path below it."""

SHIPPED_ITEM = _table(
    _row("SKU", "text", "shipments.items.sku", 100, 100),
    _row("Name", "text", "", 200, 200),
    _row("Quantity", "count", "shipments.items.quantity", None, None),
    _row("LineItemID", "id", "shipments.items.line_id", 50, 50),
    _row("UPC", "code", "", 50, 50),
)
"""The fields of an Item of a ShipNotice, by their path below it."""

RECORD_ONLY = (
    # an order's discounts are sent as Items with Adjustment true
    _row("", "list", "discounts", None, None, "DIS-1", "DIS-3", "DIS-4", "DIS-5", "DIS-6", "DIS-7"),
    _row("", "text", "discounts.coupon", None, None),
    # an address without a phone may get the order's own phone, or that of the account
    _row("", "phone", "customer.phone", 50, 50),
    _row("", "list", "customer.account", None, None),
    _row("", "weight", "weight", None, None),
)
"""Fields of the store's record that no single element carries."""

ALL = (
    *ORDER.values(),
    *ITEM.values(),
    *OPTION.values(),
    *SHIP_NOTICE.values(),
    *SHIPPED_ITEM.values(),
    *RECORD_ONLY,
)
"""Every row of the table."""


def _first_by_record() -> Mapping[str, Field]:
    found: dict[str, Field] = {}
    for row in ALL:
        if row.record:
            found.setdefault(row.record, row)
    return MappingProxyType(found)


BY_RECORD = _first_by_record()
"""Field of the store's record → its row. If an order and a notification both carry the field, it is the order's row."""


_POSITION = re.compile(r"\[\d+\]")


def element_at(xpath: str) -> str:
    """Return the name of the element at an XPath of an export, without positions, like ``Items/Item/SKU``."""
    return _POSITION.sub("", xpath).removeprefix("/Orders/Order").lstrip("/")


def row_of(element: str) -> Field | None:
    """Return the row of an element, named as by :func:`element_at`; None if the table doesn't have it."""
    for table, parents in ((OPTION, "Items/Item/Options/Option/"), (ITEM, "Items/Item/"), (ORDER, "")):
        if element.startswith(parents):
            return table.get(element.removeprefix(parents))
    return None


def cannot_tell(facts: StoreFacts, field: str) -> bool:
    """True if the source of truth says that it lacks this field of an order.

    The source may give the full name of a field, like ``items.weight``, or its last part, ``weight``.
    """
    return field in facts.lacks or field.rpartition(".")[2] in facts.lacks


def requirements_of(field: str) -> tuple[str, ...]:
    """Return the requirements that can't be judged without this field of the store's record, or a field inside it."""
    rows = (row for name, row in BY_RECORD.items() if name == field or name.startswith(f"{field}."))
    return tuple(dict.fromkeys(requirement for row in rows for requirement in row.requirements))

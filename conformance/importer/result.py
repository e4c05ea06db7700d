"""What an importer says it imported: the control protocol's orders, any subset of their fields."""

from __future__ import annotations

import json
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from conformance.core.errors import ConformanceError
from mockstore.shop.suggestions import did_you_mean

Text = str | UnsetType
Money = Decimal | UnsetType


class ImportedWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A weight with its unit, in any spelling that ShipStation knows, or kg."""

    value: Decimal
    unit: str = ""


class ImportedAddress(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A postal address."""

    name: Text = UNSET
    company: Text = UNSET
    phone: Text = UNSET
    address1: Text = UNSET
    address2: Text = UNSET
    city: Text = UNSET
    state: Text = UNSET
    postal_code: Text = UNSET
    country: Text = UNSET
    email: Text = UNSET


class ImportedCustomer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who ordered."""

    code: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    billing: ImportedAddress | UnsetType = UNSET
    shipping: ImportedAddress | UnsetType | None = UNSET


class ImportedDiscount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Money taken off the order; the sign doesn't matter."""

    name: Text = UNSET
    amount: Money = UNSET
    coupon: Text = UNSET


class ImportedOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chosen option."""

    name: Text = UNSET
    value: Text = UNSET
    weight: ImportedWeight | UnsetType | None = UNSET


class ImportedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line; ``adjustment`` marks one that is a discount, where they are kept among the lines."""

    line_id: Text = UNSET
    sku: Text = UNSET
    name: Text = UNSET
    quantity: Money = UNSET
    unit_price: Money = UNSET
    weight: ImportedWeight | UnsetType | None = UNSET
    image_url: Text = UNSET
    location: Text = UNSET
    options: tuple[ImportedOption, ...] | UnsetType = UNSET
    shippable: bool | UnsetType = UNSET
    discount: Money = UNSET
    adjustment: bool = False
    upc: Text = UNSET

    @property
    def is_adjustment(self) -> bool:
        """Whether it takes off."""
        return self.adjustment or (isinstance(self.unit_price, Decimal) and self.unit_price < 0)


class ImportedOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as the importer holds it. ``status`` is the store's name for it, ``state`` what it was mapped to."""

    order_number: Text = UNSET
    order_id: Text = UNSET
    status: Text = UNSET
    state: str | UnsetType | None = UNSET
    placed_at: datetime | UnsetType = UNSET
    modified_at: datetime | UnsetType = UNSET
    currency: Text = UNSET
    customer: ImportedCustomer | UnsetType = UNSET
    shipping_method: Text = UNSET
    payment_method: Text = UNSET
    total: Money = UNSET
    tax: Money = UNSET
    shipping_amount: Money = UNSET
    discounts: tuple[ImportedDiscount, ...] | UnsetType = UNSET
    gift: bool | UnsetType = UNSET
    gift_message: Text = UNSET
    customer_notes: Text = UNSET
    internal_notes: Text = UNSET
    weight: ImportedWeight | UnsetType | None = UNSET
    items: tuple[ImportedItem, ...] | UnsetType = UNSET
    shipments: tuple[Any, ...] | UnsetType = UNSET

    @property
    def number(self) -> str:
        """Its number, for who pairs it with the store's."""
        return self.order_number.strip() if isinstance(self.order_number, str) else ""

    @property
    def id(self) -> str:
        """Its id, where the importer has it."""
        return self.order_id.strip() if isinstance(self.order_id, str) else ""


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order that wasn't imported, and why."""

    order_number: str
    reason: str = ""


class ImportResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a pull came to. ``problem`` says why it failed: ``refused`` for user name and password, or any words."""

    orders: tuple[ImportedOrder, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unmapped_statuses: tuple[str, ...] = ()
    problem: str = ""


class BadResult(ConformanceError):
    """The result can't be read; the sentence says where and why."""


RESULT_LIMIT = 32_000_000
"""Bytes that a result may have."""

_TEXTS = frozenset(
    "order_number order_id status state code email phone name company address1 address2 city state postal_code country "
    "line_id sku upc coupon value unit".split()
)
_NULLABLE = frozenset({"state", "shipping"})


def parsed(data: bytes) -> Any:
    """The JSON of a result.

    Raises:
        BadResult: where it is none, or too long.
    """
    if len(data) > RESULT_LIMIT:
        raise BadResult(f"the result has more than {RESULT_LIMIT // 1_000_000} MB")
    if not data.strip():
        raise BadResult("the result is empty")
    try:
        return json.loads(data, parse_float=str, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        start = data[:80].decode("utf-8", "replace").strip()
        raise BadResult(f"the result is no JSON ({error}); it begins with {start!r}") from None


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


def read_result(content: Any) -> ImportResult:
    """A result from its JSON: an object as :class:`ImportResult`, or the list of orders alone.

    Raises:
        BadResult: naming the field that doesn't fit, or isn't one.
    """
    if isinstance(content, list):
        content = {"orders": content}
    if not isinstance(content, dict):
        raise BadResult("the result is neither an object nor a list of orders")
    try:
        result = msgspec.convert(_cleaned(content), ImportResult, strict=False)
    except msgspec.ValidationError as error:
        raise BadResult(_explained(str(error))) from None
    for place, order in enumerate(result.orders):
        if not order.number and not order.id:
            raise BadResult(f"orders[{place}] has no order_number: nothing tells which order it is")
    return result


def _cleaned(value: Any, name: str = "") -> Any:
    """Without what says nothing (null), and with numbers as text where a text is meant."""
    if isinstance(value, dict):
        return {key: _cleaned(member, key) for key, member in value.items() if member is not None or key in _NULLABLE}
    if isinstance(value, list):
        if name == "left_out":
            return [{"order_number": str(each)} if isinstance(each, str | int) else _cleaned(each) for each in value]
        return [_cleaned(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and name in _TEXTS:
        return str(value)
    return value


FIELDS = frozenset(
    field.name
    for form in (
        ImportResult,
        ImportedOrder,
        ImportedCustomer,
        ImportedAddress,
        ImportedItem,
        ImportedOption,
        ImportedDiscount,
        ImportedWeight,
        LeftOut,
    )
    for field in msgspec.structs.fields(form)
)


def _explained(error: str) -> str:
    """A message of the decoder, for who wrote the importer."""
    why, _, path = error.rpartition(" - at `")
    where = f" at {path.rstrip('`').removeprefix('$').lstrip('.') or 'the top'}" if path and why else ""
    text = why or error
    if "unknown field" in text:
        name = text.partition("`")[2].rstrip("`")
        hint = did_you_mean(name, sorted(FIELDS), otherwise=" A mapping file (--mapping) renames fields.")
        return f"the result has a field {name!r} that is none{where}.{hint}"
    return f"the result doesn't fit{where}: {text[0].lower()}{text[1:]}"

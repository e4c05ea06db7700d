"""Read what an importer reports: orders in the form of the control protocol, with any subset of their fields.

A field that is ``UNSET`` is not reported and not judged.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

import msgspec
from msgspec import UNSET, UnsetType

from conformance.core.errors import ConformanceError
from conformance.core.json_errors import NOT_JSON
from mockstore.shop.suggestions import did_you_mean

Text = str | UnsetType
Money = Decimal | UnsetType


class ImportedWeight(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A weight with its unit: any spelling that ShipStation knows, or kg."""

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
    """The customer of an order."""

    code: Text = UNSET
    email: Text = UNSET
    phone: Text = UNSET
    billing: ImportedAddress | UnsetType = UNSET
    shipping: ImportedAddress | UnsetType | None = UNSET


class ImportedDiscount(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A discount on the order. The sign of the amount does not matter."""

    name: Text = UNSET
    amount: Money = UNSET
    coupon: Text = UNSET


class ImportedOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A chosen option."""

    name: Text = UNSET
    value: Text = UNSET
    weight: ImportedWeight | UnsetType | None = UNSET


class ImportedItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A line item. ``adjustment`` marks a discount that the importer keeps among the lines."""

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
        """True if the line is a discount."""
        return self.adjustment or (isinstance(self.unit_price, Decimal) and self.unit_price < 0)


class ImportedOrder(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order as the importer holds it. ``status`` is the store's status, ``state`` the importer's state for it."""

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
    shipments: tuple[object, ...] | UnsetType = UNSET

    @property
    def number(self) -> str:
        """Return the order number without surrounding spaces; empty if it is not reported."""
        return self.order_number.strip() if isinstance(self.order_number, str) else ""

    @property
    def id(self) -> str:
        """Return the order id without surrounding spaces; empty if it is not reported."""
        return self.order_id.strip() if isinstance(self.order_id, str) else ""


class LeftOut(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An order that was not imported, and the reason."""

    order_number: str
    reason: str = ""


class ImportResult(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The result of one import.

    ``problem`` says why it failed: ``refused`` if user name and password were refused, or any other text.
    """

    orders: tuple[ImportedOrder, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    unmapped_statuses: tuple[str, ...] = ()
    problem: str = ""


class BadResult(ConformanceError):
    """The result can't be read; the message says where and why."""


MAX_RESULT_BYTES = 32_000_000

MAX_DIGITS = 30
"""Digits of a number, before or after its point; longer ones are neither money nor weights."""

_TEXT_FIELDS = frozenset(
    "order_number order_id status state code email phone name company address1 address2 city state postal_code country "
    "line_id sku upc coupon value unit".split()
)
_NULLABLE = frozenset({"state", "shipping"})
_TO_PREPARE = (dict, list, int)
_WITH_NUMBERS = (Decimal, msgspec.Struct, tuple)


def parse_json(data: bytes) -> object:
    """Return the JSON of a result, with fractions as text.

    Raises:
        BadResult: if it isn't JSON, is empty or is too long.
    """
    if len(data) > MAX_RESULT_BYTES:
        raise BadResult(f"the result has more than {MAX_RESULT_BYTES // 1_000_000} MB")
    if not data.strip():
        raise BadResult("the result is empty")
    try:
        content: object = json.loads(data, parse_float=str, parse_constant=_reject_constant)
    except NOT_JSON as error:
        start = data[:80].decode("utf-8", "replace").strip()
        raise BadResult(f"the result is not JSON ({error}); it begins with {start!r}") from None
    return content


def _reject_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def read_result(content: object) -> ImportResult:
    """Return the result in some JSON: an object like :class:`ImportResult`, or a list of orders.

    Raises:
        BadResult: if a field is unknown or has an unusable value; the message names the field.
    """
    if isinstance(content, list):
        content = {"orders": content}
    if not isinstance(content, dict):
        raise BadResult("the result is neither an object nor a list of orders")
    try:
        result = msgspec.convert(_prepared(content), ImportResult, strict=False)
    except msgspec.ValidationError as error:
        raise BadResult(_explained(str(error))) from None
    except UnicodeEncodeError as error:
        raise BadResult(f"the result has a text that is not Unicode: {error.object[:40]!a}") from None
    for place, order in enumerate(result.orders):
        if not order.number and not order.id:
            raise BadResult(f"orders[{place}] has no order_number, so it can't be found in the store")
        if path := next(_unusable_numbers(order), None):
            raise BadResult(f"orders[{place}].{path} is not a usable number")
    return result


def _prepared(value: object, name: str = "") -> object:
    """Return the JSON with null only in fields that may be null, and with text where a text field holds a number."""
    if isinstance(value, dict):
        return {
            key: _prepared(member, key) if isinstance(member, _TO_PREPARE) else member
            for key, member in value.items()
            if member is not None or key in _NULLABLE
        }
    if isinstance(value, list):
        if name == "left_out":
            return [{"order_number": str(each)} if isinstance(each, str | int) else _prepared(each) for each in value]
        return [_prepared(each) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and name in _TEXT_FIELDS:
        return str(value)
    return value


def _unusable_numbers(value: object, path: str = "") -> Iterator[str]:
    """Yield the path of each number that is infinite, not a number, or too long."""
    if isinstance(value, Decimal):
        if not value.is_finite() or not -MAX_DIGITS <= value.adjusted() <= MAX_DIGITS:
            yield path
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            member = getattr(value, name)
            if isinstance(member, _WITH_NUMBERS):  # most are texts
                yield from _unusable_numbers(member, f"{path}.{name}".lstrip("."))
    elif isinstance(value, tuple):
        for place, each in enumerate(value):
            yield from _unusable_numbers(each, f"{path}[{place}]")


RESULT_FIELDS = frozenset(
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
    """Return a message of the decoder in words for the author of the importer."""
    why, _, path = error.rpartition(" - at `")
    where = f" at {path.rstrip('`').removeprefix('$').lstrip('.') or 'the top'}" if path and why else ""
    text = why or error
    if "unknown field" in text:
        name = text.partition("`")[2].rstrip("`")
        hint = did_you_mean(name, sorted(RESULT_FIELDS), otherwise=" A mapping file (--mapping) renames fields.")
        return f"the result has an unknown field {name!r}{where}.{hint}"
    return f"the result doesn't fit{where}: {text[0].lower()}{text[1:]}"

"""Compare imported orders with those of the store, field by field. Pure.

The comparison allows for the limits of an export: texts may be cut to the length of their field,
times are compared to the minute, and weights to two decimals of the exported unit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from msgspec import UnsetType

from conformance.checks.compare import is_same_phone, is_same_text, normalized
from conformance.checks.discounts import code_to_expect, rounded_away
from conformance.contract.fields import BY_RECORD
from conformance.core.finding import Finding, shorten
from conformance.importer.compare_lines import check_lines
from conformance.importer.field_check import FieldCheck, check_amount, check_moment, check_text
from conformance.importer.result import ImportedAddress, ImportedItem, ImportedOrder
from mockstore.orders.model import Address, Order
from mockstore.orders.states import state_code

ORDER_PARTS = {
    "e-mail addresses": ("customer.email",),
    "phone numbers": ("customer.phone", "customer.billing.phone", "customer.shipping.phone"),
    "addresses": ("customer.shipping.", "customer.billing."),
    "statuses": ("status",),
    "shipping and payment methods": ("shipping_method", "payment_method"),
    "notes": ("customer_notes", "internal_notes"),
    "gift flags and messages": ("gift", "gift_message"),
    "discounts and coupons": ("discounts", "discounts.coupon"),
    "options": ("items.options",),
    "images": ("items.image_url",),
    "weights": ("weight", "items.weight"),
    "locations": ("items.location",),
    "totals": ("total", "tax", "shipping_amount", "currency"),
    "lines": ("items", "items.sku", "items.name", "items.quantity", "items.unit_price"),
    "times": ("placed_at", "modified_at"),
}
"""Name of a part of an order in scenarios → its fields. A name that ends with a point stands for all fields below."""


def part_of(field: str) -> str:
    """Return the part of an order to which a field belongs."""
    exact = next((name for name, fields in ORDER_PARTS.items() if field in fields), "")
    return exact or next(
        name
        for name, fields in ORDER_PARTS.items()
        if any(each.endswith(".") and field.startswith(each) for each in fields)
    )


@dataclass(frozen=True)
class Comparison:
    """The checks of all fields, for each order number."""

    orders: dict[str, tuple[FieldCheck, ...]]

    @property
    def reported(self) -> frozenset[str]:
        """Return the fields that the importer reports for at least one order. No others are judged."""
        return frozenset(check.field for checks in self.orders.values() for check in checks if check.actual is not None)

    def wrong(self, fields: Iterable[str] | None = None) -> Iterator[tuple[str, FieldCheck]]:
        """Yield order number and check of each wrong field.

        A field that is not reported for an order is wrong if it is one of ``fields`` and the store has
        a value for it. By default ``fields`` are those that are reported for any order.
        """
        known = self.reported if fields is None else frozenset(fields)
        for number, checks in self.orders.items():
            for check in checks:
                is_missing = check.actual is None
                if not check.is_right and (not is_missing or (check.field in known and check.has_expected_value)):
                    yield number, check


def compare_orders(orders: Iterable[ImportedOrder], stored: dict[str, Order]) -> Comparison:
    """Compare imported orders with the store's orders of the same number or id.

    Orders that the store doesn't hold, or that have no shipping address, are skipped.
    """
    found = {}
    for order in orders:
        truth = stored.get(order.number) or next(
            (each for each in stored.values() if order.id and each.order_id == order.id), None
        )
        if truth is not None and truth.customer.shipping is not None:
            found[truth.order_number] = tuple(check_fields(order, truth))
    return Comparison(found)


def finding_of(number: str, check: FieldCheck, message: str = "") -> Finding:
    """Return the finding for a wrong field."""
    return Finding(
        message=message or f"The imported {check.field} isn't the store's.",
        order=number,
        xpath=check.path,
        expected=shorten(check.expected),
        actual="(missing)" if check.actual is None else shorten(check.actual),
    )


def check_fields(order: ImportedOrder, stored: Order) -> Iterator[FieldCheck]:
    """Yield a check for each field that can be compared."""
    yield from _check_customer(order, stored)
    yield check_text("status", stored.status, order.status, any_case=True)
    yield check_text("shipping_method", stored.shipping_method, order.shipping_method)
    yield check_text("payment_method", stored.payment_method, order.payment_method)
    yield check_text("customer_notes", stored.customer_notes, order.customer_notes)
    yield check_text("internal_notes", stored.internal_notes, order.internal_notes)
    gift = None if isinstance(order.gift, UnsetType) else str(order.gift).lower()
    yield FieldCheck("gift", str(stored.gift).lower(), gift, is_right=order.gift is stored.gift)
    yield check_text("gift_message", stored.gift_message if stored.gift else "", order.gift_message)
    yield check_amount("total", stored.total, order.total)
    yield check_amount("tax", stored.tax, order.tax)
    yield check_amount("shipping_amount", stored.shipping_amount, order.shipping_amount)
    yield check_text("currency", stored.currency, order.currency, any_case=True)
    yield check_moment("placed_at", stored.placed_at, order.placed_at)
    yield check_moment("modified_at", stored.modified_at, order.modified_at)
    yield from _check_discounts(order, stored)
    yield from check_lines(order, stored)


# ---------------------------------------------------------------------- customer


def _check_customer(order: ImportedOrder, stored: Order) -> Iterator[FieldCheck]:
    customer, truth = order.customer, stored.customer
    if isinstance(customer, UnsetType):
        return
    yield check_text("customer.email", truth.email, customer.email, any_case=True)
    shipping = truth.shipping or Address()
    account_phone = truth.account.phone if truth.account else ""
    phones = [phone for phone in (shipping.phone, truth.billing.phone, truth.phone, account_phone) if phone.strip()]
    yield _check_phone("customer.phone", phones, customer.phone)
    for side, address, own in (("billing", customer.billing, truth.billing), ("shipping", customer.shipping, shipping)):
        if isinstance(address, ImportedAddress):
            own_phones = [own.phone] if own.phone.strip() else phones
            yield _check_phone(f"customer.{side}.phone", own_phones, address.phone)
            names = [own.company, (shipping if side == "billing" else truth.billing).name, "Guest", ""]
            stand_ins = dict.fromkeys(name for name in names if name.strip() or not name)
            yield from _check_address(
                f"customer.{side}", address, own, shipping, tuple(stand_ins), is_shipping=side == "shipping"
            )


def _check_phone(name: str, expected: list[str], actual: str | UnsetType) -> FieldCheck:
    shown = " or ".join(dict.fromkeys(expected))
    if isinstance(actual, UnsetType):
        return FieldCheck(name, shown, None, is_right=False)
    limits = BY_RECORD[name].limits
    right = any(
        is_same_phone(phone, actual, limits[0]) or is_same_text(phone, actual, *limits) for phone in expected or [""]
    )
    return FieldCheck(name, shown, actual, is_right=right)


def _check_address(
    side: str,
    address: ImportedAddress,
    own: Address,
    shipping: Address,
    stand_ins: tuple[str, ...],
    *,
    is_shipping: bool,
) -> Iterator[FieldCheck]:
    """Compare an address.

    An export need not have the lines of a billing address. They are compared only if the importer
    reports them and they aren't those of the shipping address. The contract demands a name: one of ``stand_ins`` is
    exported where an address has none.
    """
    names = [own.name] if own.name.strip() else stand_ins
    name_checks = [check_text(f"{side}.name", name, address.name) for name in names]
    yield next((check for check in name_checks if check.is_right), name_checks[0])
    yield check_text(f"{side}.company", own.company, address.company)
    for name in ("address1", "address2", "city", "postal_code"):
        value: str | UnsetType = getattr(address, name)
        stated = "" if isinstance(value, UnsetType) else value.strip()
        if is_shipping or (stated and stated != getattr(shipping, name).strip()):
            yield check_text(f"{side}.{name}", getattr(own, name), value)
    if is_shipping:
        yield check_text(f"{side}.country", own.country, address.country, any_case=True)
        yield _check_state(f"{side}.state", own, address.state)


def _check_state(name: str, own: Address, actual: str | UnsetType) -> FieldCheck:
    """Compare states by their codes, so that a name equals its code."""
    code = state_code(own.country.upper(), own.state)
    if isinstance(actual, UnsetType):
        return FieldCheck(name, code, None, is_right=False)
    actual_code = state_code(own.country.upper(), actual)
    right = normalized(code).casefold() == normalized(actual_code).casefold() or is_same_text(
        code, actual_code, *BY_RECORD[name].limits
    )
    return FieldCheck(name, code, actual, is_right=right)


# ---------------------------------------------------------------------- discounts


def _check_discounts(order: ImportedOrder, stored: Order) -> Iterator[FieldCheck]:
    """Compare the discounts, which an importer keeps either in a list of their own or as lines.

    An empty list beside lines that are adjustments tells of no discount: the lines do.
    """
    lines = [] if isinstance(order.items, UnsetType) else [line for line in order.items if line.is_adjustment]
    on_order = sum((each.amount for each in stored.discounts), Decimal(0))
    on_lines = sum((item.discount * item.quantity for item in stored.items), Decimal(0))
    if not isinstance(order.discounts, UnsetType) and (order.discounts or not lines):
        amounts = [abs(each.amount) for each in order.discounts if isinstance(each.amount, Decimal)]
        texts = [f"{each.name} {each.coupon}" for each in order.discounts]
    elif lines:
        amounts = [_amount(line) for line in lines]
        texts = [f"{line.name} {line.sku}" for line in lines]
    else:
        yield FieldCheck("discounts", str(on_order), None, is_right=not on_order)
        return
    total = sum(amounts, Decimal(0))
    slack = rounded_away(stored)
    right = any(abs(expected - total) <= slack for expected in (on_order, on_order + on_lines))
    yield FieldCheck("discounts", str(on_order), str(total), is_right=right)
    if total and (codes := [each.coupon for each in stored.discounts if each.coupon and each.amount > 0]):
        text = normalized(" ".join(texts))
        has_codes = all(code_to_expect(code).casefold() in text.casefold() for code in codes)
        yield FieldCheck("discounts.coupon", ", ".join(codes), text, is_right=has_codes)


def _amount(line: ImportedItem) -> Decimal:
    price = line.unit_price if isinstance(line.unit_price, Decimal) else Decimal(0)
    return abs(price) * (line.quantity if isinstance(line.quantity, Decimal) else 1)

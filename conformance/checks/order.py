"""ORD: the order as a whole, and the texts in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from conformance.checks.compare import (
    is_same_amount,
    is_same_moment,
    is_same_text,
    is_special,
    normalized,
    same_apart_from_damage,
)
from conformance.checks.findings import about, at
from conformance.checks.line_matching import NAME_LIMIT, SKU_LIMITS
from conformance.checks.matching import Pair
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder, Value
from conformance.contract.schemas import Violation, strict_violations, violations
from conformance.core.finding import Finding
from mockstore.orders.model import Address
from mockstore.orders.states import STATE_CODES


def schema_valid(readings: Iterable[ExportPage]) -> Iterator[Finding]:
    """ORD-1: every document is valid against ``orders.xsd``."""
    return _violations(readings, strict=False)


def strictly_valid(readings: Iterable[ExportPage]) -> Iterator[Finding]:
    """ORD-17: every document meets ``orders-strict.xsd``."""
    return _violations(readings, strict=True)


def _violations(readings: Iterable[ExportPage], *, strict: bool) -> Iterator[Finding]:
    for reading in readings:
        if reading.root is None:
            continue
        for violation in strict_violations(reading.root) if strict else violations(reading.root):
            yield Finding(
                message=f"{violation.element}: {violation.rule}",
                order=_order_at(reading, violation),
                xpath=violation.xpath,
                expected=violation.rule,
                actual=violation.value,
                exchange=reading.exchange.number,
            )


def _order_at(reading: ExportPage, violation: Violation) -> str | None:
    place = violation.xpath.partition("/Order[")[2].partition("]")[0]
    return reading.orders[int(place) - 1].label if place.isdigit() and int(place) <= len(reading.orders) else None


def id_present(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-2: OrderID is there, 1–50 characters."""
    yield from _length(order, order["OrderID"], 1, 50)


def number_present(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-3: OrderNumber is there, 1–50 characters."""
    yield from _length(order, order["OrderNumber"], 1, 50)


def _length(order: ExportedOrder, value: Value, least: int, most: int) -> Iterator[Finding]:
    if not least <= len(value.text.strip()) <= most:
        yield at(value, order, f"It has {len(value.text.strip())} characters.", f"{least} to {most} characters")


def unique(orders: Sequence[ExportedOrder], name: str) -> Iterator[Finding]:
    """ORD-2, ORD-3: two orders never share an id or a number.

    The same order twice is a matter of paging (PAG-2), not of its id.
    """
    seen: dict[str, ExportedOrder] = {}
    other = "OrderNumber" if name == "OrderID" else "OrderID"
    for order in orders:
        key = order[name].text.strip()
        first = seen.setdefault(key, order)
        if key and first is not order and first[other].text.strip() != order[other].text.strip():
            yield at(order[name], order, f"Order {first.label} has the same {name}.", f"a {name} of its own")


def stable(first: Sequence[ExportedOrder], second: Sequence[ExportedOrder], name: str) -> Iterator[Finding]:
    """ORD-2, ORD-3: an order keeps its id and number from export to export."""
    other = "OrderNumber" if name == "OrderID" else "OrderID"
    before, after = _by(first, other), _by(second, other)
    for key in before.keys() & after.keys():
        order, was = after[key], before[key][name].text.strip()
        if was != order[name].text.strip():
            yield at(order[name], order, f"The {name} was another in the export before.", was)


def _by(orders: Sequence[ExportedOrder], name: str) -> dict[str, ExportedOrder]:
    """Orders by a value that is none other's: what several share, or lack, identifies nothing."""
    often = Counter(order[name].text.strip() for order in orders)
    return {key: order for order in orders if (key := order[name].text.strip()) and often[key] == 1}


def number_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-3: OrderNumber is the number that people see in the store."""
    if not is_same_text(pair.truth.order_number, pair.exported["OrderNumber"].text, 50):
        yield at(
            pair.exported["OrderNumber"],
            pair.exported,
            "OrderNumber isn't the number that people see in the store.",
            pair.truth.order_number,
        )


def dates_valid(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-4: OrderDate and LastModified name a real date and time."""
    for name in ("OrderDate", "LastModified"):
        if order[name].moment is None:
            yield at(order[name], order, f"{name} names no real date and time.", "MM/dd/yyyy HH:mm")


def order_date_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-5: OrderDate is the UTC time at which the order was placed."""
    yield from _moment(pair, "OrderDate")


def last_modified_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-6: LastModified is the UTC time of the last change."""
    yield from _moment(pair, "LastModified")


def _moment(pair: Pair, name: str) -> Iterator[Finding]:
    value = pair.exported[name]
    expected = pair.truth.placed_at if name == "OrderDate" else pair.truth.modified_at
    if value.moment is not None and not is_same_moment(expected, value):
        apart = value.moment - expected.replace(second=0, microsecond=0)
        minutes = round(apart.total_seconds() / 60)
        yield at(
            value,
            pair.exported,
            f"{name} is {abs(minutes)} minutes too {'late' if minutes > 0 else 'early'}.",
            f"{expected:%m/%d/%Y %H:%M} UTC",
        )


def modified_after_placed(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-6: LastModified isn't before OrderDate."""
    placed, modified = order["OrderDate"].moment, order["LastModified"].moment
    if placed and modified and modified.replace(second=0) < placed.replace(second=0):
        yield at(
            order["LastModified"],
            order,
            "LastModified is before OrderDate.",
            f"{placed:%m/%d/%Y %H:%M} or later",
        )


def total_is_decimal(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-7: OrderTotal is a plain decimal."""
    if order["OrderTotal"].decimal is None:
        yield at(order["OrderTotal"], order, "OrderTotal is no plain decimal.", "a decimal like 1234.50")


def total_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-7: OrderTotal is what the customer was charged."""
    yield from check_amount(pair, "OrderTotal", pair.truth.total)


def tax_and_shipping_match(pair: Pair) -> Iterator[Finding]:
    """ORD-8: TaxAmount and ShippingAmount are the order's; 0 may be left out."""
    for name, expected in (("TaxAmount", pair.truth.tax), ("ShippingAmount", pair.truth.shipping_amount)):
        if pair.exported[name].filled or expected:
            yield from check_amount(pair, name, expected)


def check_amount(pair: Pair, name: str, expected: Decimal) -> Iterator[Finding]:
    """An amount of the order."""
    value = pair.exported[name]
    if not is_same_amount(expected, value.decimal) and (value.decimal is not None or name != "OrderTotal"):
        yield at(value, pair.exported, f"{name} isn't the order's.", str(expected))


MAX_ROUNDED_SHARE = Decimal("0.005")
"""How much of a total may come of prices of one unit that were rounded."""


def adds_up(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-9: lines, adjustments, shipping and tax add up to OrderTotal, with or without tax on top."""
    total = order["OrderTotal"].decimal
    if total is None or not order.all_lines:
        return
    goods, slack = Decimal(0), Decimal("0.011")
    for line in order.all_lines:
        price, quantity = line["UnitPrice"].decimal, line["Quantity"].decimal
        if price is None or quantity is None:
            return
        if abs(quantity) > 1:  # the price of one unit may be rounded
            slack += abs(quantity) * Decimal("0.005")
        # an adjustment takes off, whatever its sign: that is DIS-2's matter
        goods += -abs(price * quantity) if line.is_adjustment else price * quantity
    shipping = order["ShippingAmount"].decimal or Decimal(0)
    tax = order["TaxAmount"].decimal or Decimal(0)
    net = goods + shipping
    if min(abs(total - net), abs(total - net - tax)) > min(
        slack, max(abs(total) * MAX_ROUNDED_SHARE, Decimal("0.011"))
    ):
        yield at(
            order["OrderTotal"],
            order,
            "Lines, adjustments, shipping and tax don't add up to OrderTotal.",
            f"{net + tax} ({goods} lines and adjustments, {shipping} shipping, {tax} tax), or {net} with tax included",
        )


def shipping_method_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-10: ShippingMethod is the one chosen at checkout."""
    yield from check_text(pair, "ShippingMethod", pair.truth.shipping_method, 100)


def payment_method_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-11: PaymentMethod is the one the order was paid with."""
    yield from check_text(pair, "PaymentMethod", pair.truth.payment_method, 50)


def currency_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-12: CurrencyCode is the order's own currency."""
    value = pair.exported["CurrencyCode"]
    if pair.truth.currency and value.text.strip().upper() != pair.truth.currency.upper():
        yield at(value, pair.exported, "CurrencyCode isn't the order's currency.", pair.truth.currency)


def check_text(pair: Pair, path: str, expected: str, *limits: int) -> Iterator[Finding]:
    """A text of the order is the store's; spoilt characters are ORD-13's matter."""
    value = pair.exported[path]
    if not same_apart_from_damage(expected, value.text, *limits):
        yield at(value, pair.exported, f"{path.rpartition('/')[2]} isn't the store's.", expected or "(nothing)")


def typed_texts(pair: Pair) -> Iterator[tuple[str, Value, tuple[int, ...]]]:
    """Every text that a person typed: as the store holds it, as it arrived, and its limits."""
    order, truth, customer = pair.exported, pair.truth, pair.truth.customer
    yield truth.shipping_method, order["ShippingMethod"], (100,)
    yield truth.payment_method, order["PaymentMethod"], (50,)
    yield truth.status, order["OrderStatus"], (50,)
    yield truth.customer_notes, order["CustomerNotes"], (1000,)
    yield truth.internal_notes, order["InternalNotes"], (1000,)
    yield truth.gift_message, order["GiftMessage"], (1000,)
    yield customer.billing.name, order["Customer/BillTo/Name"], (100,)
    yield customer.billing.company, order["Customer/BillTo/Company"], (100,)
    if customer.shipping is not None:
        for name, limit in ADDRESS_LIMITS.items():
            field = ADDRESS_FIELDS[name]
            yield getattr(customer.shipping, field), order[f"Customer/ShipTo/{name}"], (limit,)
        if customer.shipping.country.upper() not in STATE_CODES:
            yield customer.shipping.state, order["Customer/ShipTo/State"], (100,)
    for line, item in pair.lines.matched:
        yield item.name, line["Name"], (NAME_LIMIT,)
        yield item.sku, line["SKU"], SKU_LIMITS
        yield item.location, line["Location"], (100,)
        for option, chosen in zip(line.options, item.options, strict=False):
            yield chosen.name, option["Name"], (100,)
            yield chosen.value, option["Value"], (100,)


ADDRESS_FIELDS = {
    "Name": "name",
    "Company": "company",
    "Address1": "address1",
    "Address2": "address2",
    "City": "city",
    "PostalCode": "postal_code",
}
ADDRESS_LIMITS = {
    "Name": 100,
    "Company": 100,
    "Address1": 200,
    "Address2": 200,
    "City": 100,
    "PostalCode": 50,
}


def has_special_text(pair: Pair) -> bool:
    """Whether any of its texts has characters that careless code spoils."""
    return any(is_special(normalized(expected)) for expected, _, _ in typed_texts(pair))


def texts_as_typed(pair: Pair) -> Iterator[Finding]:
    """ORD-13: text arrives as it was typed."""
    for expected, value, limits in typed_texts(pair):
        meant, came = expected, value.text
        if value.xpath.endswith("/OrderStatus"):  # letter case is STA-2's matter
            meant, came = meant.casefold(), came.casefold()
        if (
            is_special(normalized(meant))
            and not is_same_text(meant, came, *limits)
            and same_apart_from_damage(meant, came, *limits)
        ):
            yield at(value, pair.exported, "The text isn't as it was typed.", expected)


LIMITS = {
    "OrderID": 50,
    "OrderNumber": 50,
    "OrderStatus": 50,
    "ShippingMethod": 100,
    "PaymentMethod": 50,
    "CustomerNotes": 1000,
    "InternalNotes": 1000,
    "GiftMessage": 1000,
    "Customer/BillTo/Name": 100,
    "Customer/BillTo/Company": 100,
    "Customer/BillTo/Phone": 50,
    "Customer/BillTo/Email": 100,
    **{f"Customer/ShipTo/{name}": limit for name, limit in ADDRESS_LIMITS.items()},
    "Customer/ShipTo/State": 100,
    "Customer/ShipTo/Phone": 50,
    "Customer/CustomerCode": 100,
    "CustomField1": 100,
    "CustomField2": 100,
    "CustomField3": 100,
    "RequestedWarehouse": 100,
    "Source": 50,
}
ITEM_LIMITS = {"LineItemID": 50, "SKU": 100, "Name": 200, "ImageUrl": 500, "Location": 100}


def values_fit(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-14: values are no longer than their fields."""
    parts = [(order[path], limit) for path, limit in LIMITS.items()]
    for line in order.all_lines:
        parts += [(line[name], limit) for name, limit in ITEM_LIMITS.items()]
        parts += [(option[name], 100) for option in line.options for name in ("Name", "Value")]
    for value, limit in parts:
        if len(normalized(value.text)) > limit:
            yield at(
                value,
                order,
                f"It is {len(normalized(value.text))} characters long.",
                f"at most {limit} characters",
            )


def no_invented_address(pair: Pair) -> Iterator[Finding]:
    """ORD-15: an order without a shipping address is left out, or goes to its billing address."""
    order, billing = pair.exported, pair.truth.customer.billing
    if not is_sent_to(pair, billing):
        shown = ", ".join(
            filter(
                None,
                (order[f"Customer/ShipTo/{name}"].text.strip() for name in ("Name", "Address1", "City", "Country")),
            )
        )
        yield about(
            order,
            "The order has no shipping address, and comes with one that isn't its own.",
            "the order left out, or its billing address",
            shown or "(blank fields)",
            f"{order.xpath}/Customer/ShipTo",
        )


def is_sent_to(pair: Pair, address: Address) -> bool:
    """Whether ShipTo is this address, as far as it is filled, and not blank."""
    order = pair.exported
    essential = ("Address1", "City", "PostalCode")
    return all(
        same_apart_from_damage(
            getattr(address, ADDRESS_FIELDS[name]),
            order[f"Customer/ShipTo/{name}"].text,
            ADDRESS_LIMITS[name],
        )
        for name in essential
    ) and any(order[f"Customer/ShipTo/{name}"].filled for name in essential)

"""ORD: the order as a whole, and the texts in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal

from conformance.checks.compare import (
    HALF_CENT,
    is_same_amount,
    is_same_but_damaged,
    is_same_moment,
    is_same_text,
    is_special,
    normalized,
)
from conformance.checks.discounts import coupons_as_typed, has_special_coupon
from conformance.checks.findings import about, at
from conformance.checks.matching import Pair
from conformance.client.parsing.document import ExportPage
from conformance.client.parsing.order import ExportedOrder, Value
from conformance.contract.fields import ITEM, OPTION, ORDER, Field
from conformance.contract.schemas import Violation, strict_violations, violations
from conformance.core.finding import Finding
from mockstore.orders.model import Address
from mockstore.orders.states import STATE_CODES

SHIP_TO = "Customer/ShipTo/"
ADDRESS_LINES = tuple(field for path, field in ORDER.items() if path.startswith(SHIP_TO) and field.kind == "text")
"""The lines of ShipTo that hold text: all but state, country and phone."""
ORDER_TEXTS = tuple(
    field
    for path, field in ORDER.items()
    if field.kind == "text" and field.record and field.guide is not None and not path.startswith(SHIP_TO)
)
ITEM_TEXTS = tuple(field for field in ITEM.values() if field.kind == "text" and field.record)
OPTION_TEXTS = tuple(field for field in OPTION.values() if field.kind == "text")
"""The texts of an order, a line and an option that people typed."""
MAX_ROUNDED_CENTS = Decimal("0.011")
"""The difference that is accepted between a total and the sum of its parts: one cent, and a little more."""
MAX_ROUNDED_SHARE = Decimal("0.05")
"""The share of what the lines cost that rounded amounts may explain, at most."""


def schema_valid(readings: Iterable[ExportPage]) -> Iterator[Finding]:
    """ORD-1: every document is valid against ``orders.xsd``."""
    return _violations(readings, strict=False)


def strictly_valid(readings: Iterable[ExportPage]) -> Iterator[Finding]:
    """ORD-17: every document meets ``orders-strict.xsd``."""
    return _violations(readings, strict=True)


def _violations(readings: Iterable[ExportPage], *, strict: bool) -> Iterator[Finding]:
    for reading in readings:
        for violation in reading.document.judged(strict_violations if strict else violations) or ():
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
    """ORD-2: OrderID is present and has 1 to 50 characters."""
    yield from check_id(order, ORDER["OrderID"])


def number_present(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-3: OrderNumber is present and has 1 to 50 characters."""
    yield from check_id(order, ORDER["OrderNumber"])


def check_id(order: ExportedOrder, field: Field) -> Iterator[Finding]:
    """Check that an id has at least one character, and at most as many as one of the sources allows."""
    value = order[field.element]
    length = len(value.text.strip())
    if field.longest is not None and not 1 <= length <= field.longest:
        allowed = f"1 to {field.guide} characters"
        if field.longest != field.guide:
            allowed += f" ({field.longest} are accepted, because the published schema allows them)"
        yield at(value, order, f"{field.name} has {length} characters.", allowed)


def order_ids_unique(orders: Sequence[ExportedOrder]) -> Iterator[Finding]:
    """ORD-2: no two orders share an OrderID. PAG-2 reports an order that is exported twice."""
    return _unique(orders, "OrderID")


def order_numbers_unique(orders: Sequence[ExportedOrder]) -> Iterator[Finding]:
    """ORD-3: no two orders share an OrderNumber. PAG-2 reports an order that is exported twice."""
    return _unique(orders, "OrderNumber")


def _unique(orders: Sequence[ExportedOrder], name: str) -> Iterator[Finding]:
    seen: dict[str, ExportedOrder] = {}
    other = "OrderNumber" if name == "OrderID" else "OrderID"
    for order in orders:
        key = order[name].text.strip()
        first = seen.setdefault(key, order)
        if key and first is not order and first[other].text.strip() != order[other].text.strip():
            yield at(order[name], order, f"Order {first.label} has the same {name}.", f"a {name} of its own")


def value_stays(first: Sequence[ExportedOrder], second: Sequence[ExportedOrder], name: str) -> Iterator[Finding]:
    """ORD-2, ORD-3: an order has the same id and number in every export."""
    other = "OrderNumber" if name == "OrderID" else "OrderID"
    before, after = _by(first, other), _by(second, other)
    for key in before.keys() & after.keys():
        order, was = after[key], before[key][name].text.strip()
        if was != order[name].text.strip():
            yield at(order[name], order, f"An earlier export gave the order another {name}.", was)


def _by(orders: Sequence[ExportedOrder], name: str) -> dict[str, ExportedOrder]:
    """Return value → order, for values that exactly one order has. Empty values are left out."""
    often = Counter(order[name].text.strip() for order in orders)
    return {key: order for order in orders if (key := order[name].text.strip()) and often[key] == 1}


def number_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-3: OrderNumber is the number that people see in the store."""
    value = pair.exported["OrderNumber"]
    if not is_same_text(pair.truth.order_number, value.text, *ORDER["OrderNumber"].limits):
        yield at(
            value,
            pair.exported,
            "OrderNumber isn't the number that people see in the store.",
            pair.truth.order_number,
        )


def dates_valid(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-4: OrderDate and LastModified are a real date and time."""
    for name in ("OrderDate", "LastModified"):
        if order[name].moment is None:
            yield at(order[name], order, f"{name} isn't a real date and time.", "MM/dd/yyyy HH:mm")


def order_date_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-5: OrderDate is the UTC time at which the order was placed."""
    yield from _check_moment(pair, "OrderDate")


def last_modified_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-6: LastModified is the UTC time of the last change. Without seconds it is cut, and not rounded up.

    A time that is rounded up lies in a window that begins after the change.
    """
    yield from _check_moment(pair, "LastModified")


def _check_moment(pair: Pair, name: str) -> Iterator[Finding]:
    value = pair.exported[name]
    expected = ORDER[name].read(pair.truth)
    if value.moment is not None and not is_same_moment(expected, value, may_round_up=name != "LastModified"):
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
        yield at(order["OrderTotal"], order, "OrderTotal isn't a plain decimal.", "a decimal like 1234.50")


def total_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-7: OrderTotal is what the customer was charged."""
    if pair.exported["OrderTotal"].decimal is not None:
        yield from _check_amount(pair, ORDER["OrderTotal"])


def tax_and_shipping_match(pair: Pair) -> Iterator[Finding]:
    """ORD-8: TaxAmount and ShippingAmount are the amounts of the order. An amount of 0 may be left out."""
    for name in ("TaxAmount", "ShippingAmount"):
        if pair.exported[name].filled or ORDER[name].read(pair.truth):
            yield from _check_amount(pair, ORDER[name])


def _check_amount(pair: Pair, field: Field) -> Iterator[Finding]:
    value, expected = pair.exported[field.element], field.read(pair.truth)
    if not is_same_amount(expected, value.decimal):
        yield at(value, pair.exported, f"{field.name} isn't the amount in the store's record.", str(expected))


def has_amounts(order: ExportedOrder) -> bool:
    """True if an order has lines, and if their prices and quantities and its total are numbers."""
    lines = order.all_lines
    return (
        bool(lines)
        and order["OrderTotal"].decimal is not None
        and all(line[name].decimal is not None for line in lines for name in ("UnitPrice", "Quantity"))
    )


def adds_up(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-9: lines, adjustments, shipping and tax add up to OrderTotal, whether or not prices include the tax."""
    total = order["OrderTotal"].decimal
    if total is None or not order.all_lines:
        return
    # shipping and tax may be rounded, and so may the price of one unit
    goods, lines, slack = Decimal(0), Decimal(0), MAX_ROUNDED_CENTS + 2 * HALF_CENT
    for line in order.all_lines:
        price, quantity = line["UnitPrice"].decimal, line["Quantity"].decimal
        if price is None or quantity is None:
            return
        slack += abs(quantity) * HALF_CENT
        lines += 0 if line.is_adjustment else abs(price * quantity)
        # an adjustment counts as a discount even if its sign is wrong: DIS-2 reports the sign
        goods += -abs(price * quantity) if line.is_adjustment else price * quantity
    shipping = order["ShippingAmount"].decimal or Decimal(0)
    tax = order["TaxAmount"].decimal or Decimal(0)
    net = goods + shipping
    tolerance = min(slack, max(max(abs(total), lines) * MAX_ROUNDED_SHARE, MAX_ROUNDED_CENTS))
    if min(abs(total - net), abs(total - net - tax)) > tolerance:
        yield at(
            order["OrderTotal"],
            order,
            "Lines, adjustments, shipping and tax don't add up to OrderTotal.",
            f"{net + tax} ({goods} lines and adjustments, {shipping} shipping, {tax} tax), or {net} with tax included",
        )


def shipping_method_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-10: ShippingMethod is the method chosen at checkout."""
    yield from check_text(pair, ORDER["ShippingMethod"])


def payment_method_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-11: PaymentMethod is the method with which the order was paid."""
    yield from check_text(pair, ORDER["PaymentMethod"])


def currency_matches(pair: Pair) -> Iterator[Finding]:
    """ORD-12: CurrencyCode is the order's own currency."""
    value = pair.exported["CurrencyCode"]
    if pair.truth.currency and value.text.strip().upper() != pair.truth.currency.upper():
        default = (
            " It is the shop's currency." if value.text.strip().upper() == pair.facts.currency.upper() != "" else ""
        )
        yield at(value, pair.exported, f"CurrencyCode isn't the order's currency.{default}", pair.truth.currency)


def check_text(pair: Pair, field: Field) -> Iterator[Finding]:
    """Check that a text is the same as in the store's record. ORD-13 reports damaged special characters."""
    value, expected = pair.exported[field.element], field.read(pair.truth)
    if not is_same_but_damaged(expected, value.text, *field.limits):
        yield at(value, pair.exported, f"{field.name} isn't the text in the store's record.", expected or "(nothing)")


def typed_texts(pair: Pair) -> Iterator[tuple[str, Value, tuple[int, ...]]]:
    """Yield every text that a person typed: the stored text, the exported value, and the field's limits."""
    order, truth = pair.exported, pair.truth
    for field in ORDER_TEXTS:
        yield field.read(truth), order[field.element], field.limits
    if truth.customer.shipping is not None:
        for field in ADDRESS_LINES:
            yield field.read(truth), order[field.element], field.limits
        if truth.customer.shipping.country.upper() not in STATE_CODES:
            yield truth.customer.shipping.state, order[f"{SHIP_TO}State"], ORDER[f"{SHIP_TO}State"].limits
    for line, item in pair.lines.matched:
        for field in ITEM_TEXTS:
            yield field.read(item), line[field.element], field.limits
        for option, chosen in zip(line.options, item.options, strict=False):
            for field in OPTION_TEXTS:
                yield field.read(chosen), option[field.element], field.limits


def has_special_text(pair: Pair) -> bool:
    """True if any text of the order has characters that careless code damages."""
    return has_special_coupon(pair) or any(is_special(normalized(expected)) for expected, _, _ in typed_texts(pair))


def texts_as_typed(pair: Pair) -> Iterator[Finding]:
    """ORD-13: text arrives as it was typed."""
    for expected, value, limits in typed_texts(pair):
        meant, sent = expected, value.text
        if value.xpath.endswith("/OrderStatus"):  # letter case is reported by STA-2
            meant, sent = meant.casefold(), sent.casefold()
        if (
            is_special(normalized(meant))
            and not is_same_text(meant, sent, *limits)
            and is_same_but_damaged(meant, sent, *limits)
        ):
            yield at(value, pair.exported, "The text isn't as it was typed.", expected)
    yield from coupons_as_typed(pair)


def _bounded(fields: Iterable[Field]) -> tuple[tuple[str, int], ...]:
    """Return path and length of the fields that ORD-14 judges: those for which the guide gives a length."""
    return tuple((field.element, field.longest) for field in fields if field.guide is not None and field.longest)


_ORDER_LENGTHS, _ITEM_LENGTHS, _OPTION_LENGTHS = map(_bounded, (ORDER.values(), ITEM.values(), OPTION.values()))


def values_fit(order: ExportedOrder) -> Iterator[Finding]:
    """ORD-14: no value is longer than its field."""
    values = [(order[path], limit) for path, limit in _ORDER_LENGTHS]
    for line in order.all_lines:
        values += [(line[path], limit) for path, limit in _ITEM_LENGTHS]
        values += [(option[path], limit) for option in line.options for path, limit in _OPTION_LENGTHS]
    for value, limit in values:
        length = len(normalized(value.text))
        if length > limit:
            name = value.xpath.rpartition("/")[2]
            yield at(value, order, f"{name} is {length} characters long.", f"at most {limit} characters")


def no_invented_address(pair: Pair) -> Iterator[Finding]:
    """ORD-15: an order without a shipping address is left out, or exported with its billing address in ShipTo."""
    order, billing = pair.exported, pair.truth.customer.billing
    if not is_sent_to(pair, billing):
        texts = (order[f"{SHIP_TO}{name}"].text.strip() for name in ("Name", "Address1", "City", "Country"))
        yield about(
            order,
            "The order has no shipping address, but it is exported with one that isn't its own.",
            "the order left out, or its billing address",
            ", ".join(filter(None, texts)) or "(empty fields)",
            f"{order.xpath}/Customer/ShipTo",
        )


def is_sent_to(pair: Pair, address: Address) -> bool:
    """True if street, city and postal code of ShipTo are those of an address, and not all are empty."""
    essential = [field for field in ADDRESS_LINES if field.name in ("Address1", "City", "PostalCode")]
    values = [pair.exported[field.element] for field in essential]
    return any(value.filled for value in values) and all(
        is_same_but_damaged(address_line(address, field), value.text, *field.limits)
        for field, value in zip(essential, values, strict=True)
    )


def address_line(address: Address, field: Field) -> str:
    """Return the line of an address that a field of ShipTo carries."""
    return str(getattr(address, field.record.rpartition(".")[2]))

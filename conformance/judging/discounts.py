"""DIS: discounts and coupons.

A discount on a line may be in the line's price, or the line may carry the full price and
an adjustment the difference: what counts is that price and adjustments give what was charged.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from conformance.judging.compare import normal, same_money
from conformance.judging.finding import Finding, about, at
from conformance.judging.pairing import Pair
from conformance.reading.order import ExportedOrder
from mockstore.orders.model import Order


def order_discount(order: Order) -> Decimal:
    """What was taken off the whole order."""
    return sum((discount.amount for discount in order.discounts), Decimal(0))


def line_discount(order: Order) -> Decimal:
    """What was taken off its lines."""
    return sum((item.discount * item.quantity for item in order.items), Decimal(0))


def has_order_discount(pair: Pair) -> bool:
    """Whether something was taken off the whole order."""
    return order_discount(pair.truth) > 0


def has_line_discount(pair: Pair) -> bool:
    """Whether something was taken off a line."""
    return line_discount(pair.truth) > 0


def has_coupon(pair: Pair) -> bool:
    """Whether a coupon was used."""
    return any(discount.coupon and discount.amount > 0 for discount in pair.truth.discounts)


def has_several(pair: Pair) -> bool:
    """Whether several discounts were taken off the order."""
    return sum(discount.amount > 0 for discount in pair.truth.discounts) > 1


def has_none(pair: Pair) -> bool:
    """Whether nothing was taken off anything."""
    return not has_order_discount(pair) and not has_line_discount(pair)


def has_adjustment(order: ExportedOrder) -> bool:
    """Whether the export has an adjustment."""
    return bool(order.adjustments)


def sent(order: ExportedOrder) -> Decimal:
    """What the adjustments take off, whatever their sign."""
    none, once = Decimal(0), Decimal(1)
    return sum(
        (abs(line["UnitPrice"].decimal or none) * (line["Quantity"].decimal or once) for line in order.adjustments),
        none,
    )


def arrives(pair: Pair) -> Iterator[Finding]:
    """DIS-1: a discount on the order arrives as an Item with Adjustment true."""
    if not pair.exported.adjustments:
        negative = [line for line in pair.exported.lines if (line["UnitPrice"].decimal or 0) < 0]
        actual = "a negative line without Adjustment" if negative else "no adjustment"
        place = negative[0].xpath if negative else f"{pair.exported.xpath}/Items"
        yield about(
            pair.exported,
            "The order's discount doesn't arrive as an adjustment.",
            f"an Item with Adjustment true, {-order_discount(pair.truth)}",
            actual,
            place,
        )


def negative(order: ExportedOrder) -> Iterator[Finding]:
    """DIS-2: every adjustment has a negative UnitPrice."""
    for line in order.adjustments:
        price = line["UnitPrice"]
        if price.decimal is None or price.decimal >= 0:
            yield at(price, order, "An adjustment's UnitPrice isn't negative.", "less than 0")


def sums_up(pair: Pair) -> Iterator[Finding]:
    """DIS-3: the adjustments sum to the order's discount."""
    expected, lines = order_discount(pair.truth), line_discount(pair.truth)
    if pair.exported.adjustments and not any(
        same_money(wanted, sent(pair.exported)) for wanted in (expected, expected + lines)
    ):
        yield about(
            pair.exported,
            "The adjustments don't sum to the order's discount.",
            str(-expected),
            str(-sent(pair.exported)),
            f"{pair.exported.xpath}/Items",
        )


def coupon_recognisable(pair: Pair) -> Iterator[Finding]:
    """DIS-4: each coupon's code is in an adjustment's name or SKU."""
    said = " ".join(f"{line['Name'].text} {line['SKU'].text}" for line in pair.exported.adjustments)
    for discount in pair.truth.discounts:
        code = normal(discount.coupon)
        if code and discount.amount > 0 and pair.exported.adjustments and code[:50].casefold() not in said.casefold():
            yield about(
                pair.exported,
                f"The coupon {code} can't be recognised.",
                f"{code} in an adjustment's Name or SKU",
                said.strip() or "(empty)",
                f"{pair.exported.xpath}/Items",
            )


def none_invented(pair: Pair) -> Iterator[Finding]:
    """DIS-5: no adjustment where there is no discount."""
    for line in pair.exported.adjustments:
        yield about(
            pair.exported,
            "There is an adjustment, but nothing was taken off this order.",
            "no adjustment",
            f"{line['Name'].text} {line['UnitPrice'].text}".strip(),
            line.xpath,
        )


def all_arrive(pair: Pair) -> Iterator[Finding]:
    """DIS-6: several discounts all arrive, as one line or several, with the right sum."""
    if pair.exported.adjustments:
        yield from sums_up(pair)


def charged_once(pair: Pair) -> Iterator[Finding]:
    """DIS-7: price and adjustments together give what was charged."""
    prices = [(line["UnitPrice"].decimal, line["Quantity"].decimal) for line in pair.exported.lines]
    if any(price is None or quantity is None for price, quantity in prices) or pair.lines.missing or pair.lines.surplus:
        return
    came = sum(((price or 0) * (quantity or 0) for price, quantity in prices), Decimal(0)) - sent(pair.exported)
    goods = sum((item.unit_price * item.quantity for item in pair.truth.items), Decimal(0))
    if not same_money(goods - order_discount(pair.truth), came):
        yield about(
            pair.exported,
            "A discount on a line is taken off twice, or not at all.",
            f"lines and adjustments together {goods - order_discount(pair.truth)}",
            str(came),
            f"{pair.exported.xpath}/Items",
        )

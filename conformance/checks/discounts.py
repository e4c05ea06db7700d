"""DIS: discounts and coupons.

A store may take a line's discount off the line's price, or export the full price and the discount
as an adjustment. Prices and adjustments together must give the amount that was charged.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from conformance.checks.compare import (
    CENT,
    CUT_SLACK_CHARS,
    HALF_CENT,
    is_inside_but_damaged,
    is_same_amount,
    is_special,
    normalized,
)
from conformance.checks.findings import about, at
from conformance.checks.matching import Pair
from conformance.client.parsing.order import ExportedLine, ExportedOrder
from conformance.contract.fields import ITEM
from conformance.core.finding import Finding
from mockstore.orders.model import Discount, Item, Order

CUSTOM_FIELDS = ("CustomField1", "CustomField2", "CustomField3")
MIN_FULL_TEXT = 100 - CUT_SLACK_CHARS
"""A custom field has 100 characters, and stores cut names at 100, too. A text of this length may have been cut."""
MIN_BEGINNING = 3
"""Of a code that was cut off, at least so many characters are there."""
MAX_DISCOUNTS_SEARCHED = 8
"""If an order has more discounts, the suite doesn't search for the missing ones: each discount doubles the work."""


def order_discount(order: Order) -> Decimal:
    """Return the amount that was taken off the whole order."""
    return sum((discount.amount for discount in order.discounts), Decimal(0))


def line_discount(order: Order) -> Decimal:
    """Return the amount that was taken off the order's lines."""
    return sum((item.discount * item.quantity for item in order.items), Decimal(0))


def has_order_discount(pair: Pair) -> bool:
    """True if something was taken off the whole order."""
    return order_discount(pair.truth) > 0


def has_line_discount(pair: Pair) -> bool:
    """True if something was taken off a line."""
    return line_discount(pair.truth) > 0


def has_coupon(pair: Pair) -> bool:
    """True if a coupon was used."""
    return any(discount.coupon and discount.amount > 0 for discount in pair.truth.discounts)


def has_several_discounts(pair: Pair) -> bool:
    """True if several discounts were taken off the order."""
    return sum(discount.amount > 0 for discount in pair.truth.discounts) > 1


def has_no_discount(pair: Pair) -> bool:
    """True if nothing was taken off the order or its lines."""
    return not has_order_discount(pair) and not has_line_discount(pair)


def has_adjustment(order: ExportedOrder) -> bool:
    """True if the export has an adjustment."""
    return bool(order.adjustments)


def missing_discounts(pair: Pair) -> tuple[Discount, ...]:
    """Return the missing ones of several discounts: without them, the adjustments' sum is right. DIS-6 reports them."""
    taken = [discount for discount in pair.truth.discounts if discount.amount > 0]
    for count in range(1, len(taken) if len(taken) <= MAX_DISCOUNTS_SEARCHED else 1):
        for missing in combinations(taken, count):
            rest = order_discount(pair.truth) - sum((discount.amount for discount in missing), Decimal(0))
            if _is_sum_of_adjustments(pair, rest):
                return missing
    return ()


def has_right_sum(pair: Pair) -> bool:
    """True if the adjustments sum to the discount on the order, or to the discounts on the order and its lines."""
    return _is_sum_of_adjustments(pair, order_discount(pair.truth))


def _is_sum_of_adjustments(pair: Pair, whole: Decimal) -> bool:
    """True if the adjustments sum to this discount on the order, with or without the discounts on its lines."""
    sent = adjustments_total(pair.exported)
    slack = rounded_away(pair.truth)
    return any(abs(whole + lines - sent) <= slack for lines in (0, line_discount(pair.truth)))


def rounded_away(order: Order) -> Decimal:
    """Return what rounding to the cent may change in the sum of an order's discounts.

    That is half a cent for each amount that is finer, and half a cent at least.
    """
    fine = sum(bool(discount.amount % CENT) for discount in order.discounts)
    fine += sum(item.quantity for item in order.items if item.discount % CENT)
    return max(fine, 1) * HALF_CENT


def _has_sum(order: ExportedOrder) -> bool:
    """True if there are adjustments, all with an amount. ORD-1 reports an amount that isn't a number."""
    return bool(order.adjustments) and all(line["UnitPrice"].decimal is not None for line in order.adjustments)


def adjustments_total(order: ExportedOrder) -> Decimal:
    """Return the amount that the adjustments take off. Their signs don't matter."""
    none, once = Decimal(0), Decimal(1)
    return sum(
        (abs((line["UnitPrice"].decimal or none) * (line["Quantity"].decimal or once)) for line in order.adjustments),
        none,
    )


def discount_is_adjustment(pair: Pair) -> Iterator[Finding]:
    """DIS-1: a discount on the order is an Item with Adjustment true."""
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


def adjustments_negative(order: ExportedOrder) -> Iterator[Finding]:
    """DIS-2: every adjustment has a negative UnitPrice."""
    for line in order.adjustments:
        price = line["UnitPrice"]
        if price.decimal is not None and price.decimal >= 0:
            yield at(price, order, "An adjustment's UnitPrice isn't negative.", "less than 0")


def adjustments_sum_up(pair: Pair) -> Iterator[Finding]:
    """DIS-3: the adjustments sum to the order's discount. DIS-6 reports a missing one of several discounts."""
    if not missing_discounts(pair):
        yield from all_discounts_arrive(pair)


def coupon_recognisable(pair: Pair) -> Iterator[Finding]:
    """DIS-4: each coupon's code is in the name or SKU of an adjustment, or in a custom field of the order.

    ORD-13 reports a code that can be recognised although its special characters are damaged.
    """
    yield from (
        _coupon_finding(pair, code, f"No adjustment names the coupon {code}.")
        for code in _codes_not_sent(pair)
        if not is_inside_but_damaged(code, _text_of_adjustments(pair))
    )


def coupons_as_typed(pair: Pair) -> Iterator[Finding]:
    """ORD-13: the special characters of a coupon's code are not damaged. DIS-4 reports a missing code."""
    yield from (
        _coupon_finding(pair, code, f"The code of the coupon {code} isn't as it was typed.")
        for code in _codes_not_sent(pair)
        if is_inside_but_damaged(code, _text_of_adjustments(pair))
    )


def has_special_coupon(pair: Pair) -> bool:
    """True if the code of a coupon has characters that careless code damages."""
    return any(is_special(normalized(each.coupon)) for each in pair.truth.discounts if each.amount > 0)


def code_to_expect(coupon: str) -> str:
    """Return what must arrive of a coupon's code: a code that is longer than a SKU may be cut."""
    code, limit = normalized(coupon), ITEM["SKU"].limits[0]
    return code if len(code) <= limit else code[: limit - CUT_SLACK_CHARS].rstrip()


def _text_of_adjustments(pair: Pair) -> str:
    """Return everything in which a coupon's code may be: SKUs and names of adjustments, and the custom fields."""
    said = " ".join(f"{line['Name'].text} {line['SKU'].text}" for line in pair.exported.adjustments)
    return normalized(said + "".join(f" {pair.exported[name].text}" for name in CUSTOM_FIELDS))


def _codes_not_sent(pair: Pair) -> Iterator[str]:
    """Yield the codes that don't arrive as they were typed, apart from letter case. A long code may be cut."""
    if not pair.exported.adjustments:
        return
    said = _text_of_adjustments(pair).casefold()
    for discount in pair.truth.discounts:
        code = code_to_expect(discount.coupon)
        if not code or discount.amount <= 0 or code.casefold() in said or _is_cut_off(pair, code.casefold()):
            continue
        if discount not in missing_discounts(pair):  # this search is long
            yield code


def _is_cut_off(pair: Pair, code: str) -> bool:
    """True if the code begins at the end of a full text: several codes share the text, and it was cut."""
    texts = [pair.exported[name].text for name in CUSTOM_FIELDS] + [
        line["Name"].text for line in pair.exported.adjustments
    ]
    beginnings = tuple(code[:length] for length in range(MIN_BEGINNING, len(code) + 1))
    return any(
        len(text) >= MIN_FULL_TEXT and normalized(text).casefold().rstrip(".… ").endswith(beginnings) for text in texts
    )


def _coupon_finding(pair: Pair, code: str, message: str) -> Finding:
    return about(
        pair.exported,
        message,
        f"{code} in an adjustment's Name or SKU, or in CustomField1 to 3",
        _text_of_adjustments(pair) or "(empty)",
        f"{pair.exported.xpath}/Items",
    )


def no_adjustment_invented(pair: Pair) -> Iterator[Finding]:
    """DIS-5: there is no adjustment without a discount."""
    for line in pair.exported.adjustments:
        yield about(
            pair.exported,
            "There is an adjustment, but the order has no discount.",
            "no adjustment",
            f"{line['Name'].text} {line['UnitPrice'].text}".strip(),
            line.xpath,
        )


def all_discounts_arrive(pair: Pair) -> Iterator[Finding]:
    """DIS-6: if there are several discounts, all arrive, as one adjustment or several, with the right sum."""
    if _has_sum(pair.exported) and not has_right_sum(pair):
        missing = ", ".join(discount.coupon or discount.name for discount in missing_discounts(pair))
        yield about(
            pair.exported,
            "The adjustments don't sum to the order's discount.",
            str(-order_discount(pair.truth)),
            f"{-adjustments_total(pair.exported)}{f': without {missing}' if missing else ''}",
            f"{pair.exported.xpath}/Items",
        )


def charged_once(pair: Pair) -> Iterator[Finding]:
    """DIS-7: prices and adjustments together give the amount that was charged.

    An order is judged if its own discount arrived (DIS-1, DIS-3) and each price is that of one unit
    (ITM-5), with the line's discount taken off once, twice or not at all.
    """
    order, truth = pair.exported, pair.truth
    if pair.lines.missing or pair.lines.surplus or any(not _is_price(line, item) for line, item in pair.lines.matched):
        return
    if has_order_discount(pair) and not (_has_sum(order) and has_right_sum(pair)):
        return
    prices = ((line["UnitPrice"].decimal or Decimal(0), line["Quantity"].decimal) for line in order.lines)
    sent = sum((price * (quantity or 0) for price, quantity in prices), Decimal(0)) - adjustments_total(order)
    charged = sum((item.unit_price * item.quantity for item in truth.items), Decimal(0)) - order_discount(truth)
    # a price with more decimals than the cent may be rounded before it is multiplied
    slack = rounded_away(truth)
    slack += sum((item.quantity * HALF_CENT for item in truth.items if item.unit_price % CENT), Decimal(0))
    if abs(charged - sent) > slack:
        yield about(
            order,
            "A line's discount is taken off twice, or not at all.",
            f"lines and adjustments together {charged}",
            str(sent),
            f"{order.xpath}/Items",
        )


def _is_price(line: ExportedLine, item: Item) -> bool:
    prices = (item.unit_price, item.unit_price + item.discount, item.unit_price - item.discount)
    return line["Quantity"].decimal == item.quantity and any(
        is_same_amount(price, line["UnitPrice"].decimal) for price in prices
    )

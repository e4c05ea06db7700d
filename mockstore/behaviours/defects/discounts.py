"""Ways to get discounts wrong: that they arrive, their sign and sum, their coupons, and how often they count."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_adjustments, edit_lines, edit_order, lines_of, set_line_element, text_of
from mockstore.endpoint import presentation
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import money
from mockstore.orders.model import Discount, Item, Order
from mockstore.shop.shop import Shop


def _each(behaviour: Behaviour, change: Callable[[Fields, Order], Fields]) -> Behaviour:
    return edit_adjustments(
        behaviour, lambda adjustments, order: [change(adjustment, order) for adjustment in adjustments]
    )


def _priced(behaviour: Behaviour, price: Callable[[Decimal, Order], Decimal]) -> Behaviour:
    def change(adjustment: Fields, order: Order) -> Fields:
        return adjustment | {"UnitPrice": money(price(Decimal(text_of(adjustment, "UnitPrice")), order))}

    return _each(behaviour, change)


def _added(behaviour: Behaviour, amount: Callable[[Order], Decimal | None]) -> Behaviour:
    """One more adjustment, where there is an amount for it."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        off = amount(order)
        if off is not None:
            lines_of(fields).append(presentation.adjustment(Discount("Discount", off), 99, shop))

    return edit_order(behaviour, change)


def _off_lines(order: Order) -> Decimal:
    return sum((item.discount * item.quantity for item in order.items), Decimal(0))


def _off_order(order: Order) -> Decimal:
    return sum((discount.amount for discount in order.discounts), Decimal(0))


# ---------------------------------------------------------------- DIS-1, DIS-2: that they arrive, and below zero


@defect("discounts-never-sent", "Discounts aren't exported.", "DIS-1 ORD-9", seen="CS-Cart")
def discounts_never_sent(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(behaviour, lambda adjustments, order: [])


@defect("discount-unmarked", "A discount is a line with a negative price, and no Adjustment.", "DIS-1")
def discount_unmarked(behaviour: Behaviour) -> Behaviour:
    return _each(behaviour, lambda adjustment, order: adjustment | {"Adjustment": "false"})


@defect("discount-without-coupon-not-sent", "Only discounts by coupon are exported.", "DIS-1 DIS-6 ORD-9")
def discount_without_coupon_not_sent(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(
        behaviour,
        lambda adjustments, order: [each for each in adjustments if text_of(each, "SKU") != "DISCOUNT"],
    )


@defect(
    "discount-positive",
    "A discount has a positive price.",
    "DIS-2 ORD-17",
    seen="WooCommerce, Magento",
)
def discount_positive(behaviour: Behaviour) -> Behaviour:
    return _priced(behaviour, lambda price, order: -price)


# ---------------------------------------------------------------- DIS-3, DIS-6: their sum


@defect("discount-in-per-cent", "A discount's percentage stands where its amount belongs.", "DIS-3 DIS-6 ORD-9")
def discount_in_per_cent(behaviour: Behaviour) -> Behaviour:
    return _priced(behaviour, lambda price, order: Decimal(-15))


@defect("discount-for-each-unit", "A discount counts once for each unit of the order.", "DIS-3 DIS-6 ORD-9")
def discount_for_each_unit(behaviour: Behaviour) -> Behaviour:
    def change(adjustment: Fields, order: Order) -> Fields:
        return adjustment | {"Quantity": str(sum(item.quantity for item in order.items) + 1)}

    return _each(behaviour, change)


@defect("discount-with-tax", "A discount has tax on top that was never taken off.", "DIS-3 DIS-6 ORD-9")
def discount_with_tax(behaviour: Behaviour) -> Behaviour:
    return _priced(behaviour, lambda price, order: price * Decimal("1.19") - Decimal("0.02"))


@defect("first-discount-only", "Of several discounts, the first is exported.", "DIS-6 ORD-9")
def first_discount_only(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(behaviour, lambda adjustments, order: adjustments[:1])


@defect("discounts-of-one-name-overwritten", "Of discounts of one name, the last is exported.", "DIS-6 ORD-9")
def discounts_of_one_name_overwritten(behaviour: Behaviour) -> Behaviour:
    def change(adjustments: list[Fields], order: Order) -> list[Fields]:
        taken = [discount for discount in order.discounts if discount.amount > 0]
        return list({each.name: line for each, line in zip(taken, adjustments, strict=True)}.values())

    return edit_adjustments(behaviour, change)


# ---------------------------------------------------------------- DIS-4, DIS-5: coupons, and none


@defect("coupon-code-missing", "A coupon's code stands nowhere.", "DIS-4")
def coupon_code_missing(behaviour: Behaviour) -> Behaviour:
    return _each(behaviour, lambda adjustment, order: adjustment | {"SKU": "DISCOUNT", "Name": "Discount"})


@defect("coupons-in-one-line-unnamed", "Several coupons are one adjustment, which names but the first.", "DIS-4")
def coupons_in_one_line_unnamed(behaviour: Behaviour) -> Behaviour:
    def change(adjustments: list[Fields], order: Order) -> list[Fields]:
        return [adjustments[0] | {"UnitPrice": money(-_off_order(order))}] if adjustments else []

    return edit_adjustments(behaviour, change)


@defect("discount-of-zero", "An order without a discount has one of 0.00.", "DIS-2 DIS-5 ORD-17", seen="Magento")
def discount_of_zero(behaviour: Behaviour) -> Behaviour:
    def nothing(order: Order) -> Decimal | None:
        return None if _off_order(order) or _off_lines(order) else Decimal(0)

    return _added(behaviour, nothing)


@defect("discount-of-order-before", "An order without a discount has that of the order before.", "DIS-5 ORD-9")
def discount_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = Decimal("1.25")

    def left_over(order: Order) -> Decimal | None:
        nonlocal last
        if off := _off_order(order):
            last = off
        return None if off or _off_lines(order) else last

    return _added(behaviour, left_over)


# ---------------------------------------------------------------- DIS-7: discounts on lines


@defect("line-discount-twice", "A line's discount is in its price, and an adjustment beside it.", "DIS-7 ORD-9")
def line_discount_twice(behaviour: Behaviour) -> Behaviour:
    return _added(behaviour, lambda order: _off_lines(order) or None)


@defect("line-discount-off-the-price-twice", "A line's discount is taken off its price twice.", "DIS-7 ITM-5 ORD-9")
def line_discount_off_the_price_twice(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: money(item.unit_price - item.discount))


@defect("line-discount-never", "A discounted line has its full price, and nothing takes it off.", "DIS-7 ORD-9")
def line_discount_never(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: money(item.unit_price + item.discount))


@defect(
    "line-discount-of-one-unit",
    "A discounted line has its full price, and one unit's discount is taken off.",
    "DIS-3 DIS-7 ORD-9",
)
def line_discount_of_one_unit(behaviour: Behaviour) -> Behaviour:
    def full(line: Fields, item: Item, order: Order) -> Fields:
        return line | {"UnitPrice": money(item.unit_price + item.discount)}

    priced = edit_lines(behaviour, full)
    return _added(priced, lambda order: sum((item.discount for item in order.items), Decimal(0)) or None)


@defect("discount-in-whole-units", "A discount is rounded to whole units of the currency.", "DIS-3 DIS-6 ORD-9")
def discount_in_whole_units(behaviour: Behaviour) -> Behaviour:
    return _priced(behaviour, lambda price, order: Decimal(-max(1, round(-price))))


@defect("coupon-code-cut", "A coupon's code is cut at four characters.", "DIS-4")
def coupon_code_cut(behaviour: Behaviour) -> Behaviour:
    return _each(behaviour, lambda line, order: line | {"SKU": text_of(line, "SKU")[:4], "Name": "Discount"})


@defect("coupon-code-cut-at-16", "A coupon's code is cut at 16 characters.", "DIS-4")
def coupon_code_cut_at_16(behaviour: Behaviour) -> Behaviour:
    return _each(behaviour, lambda line, order: line | {"SKU": text_of(line, "SKU")[:16], "Name": "Discount"})


@defect("discount-of-minus-one", "A discount has a positive price, and a quantity of -1.", "DIS-2 ORD-17")
def discount_of_minus_one(behaviour: Behaviour) -> Behaviour:
    return _each(
        behaviour,
        lambda line, order: line | {"UnitPrice": text_of(line, "UnitPrice").lstrip("-"), "Quantity": "-1"},
    )

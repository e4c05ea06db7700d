"""Defects of discounts: whether they are exported, their sign, sum and coupons."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from html import escape

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_adjustments,
    edit_lines,
    edit_order,
    edit_order_after_change,
    lines_of,
    set_line_element,
    text_of,
)
from mockstore.endpoint import presentation
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import money
from mockstore.orders.model import Discount, Item, Order
from mockstore.shop.shop import Shop


def _edit_adjustments(behaviour: Behaviour, change: Callable[[Fields, Order], Fields]) -> Behaviour:
    return edit_adjustments(
        behaviour, lambda adjustments, order: [change(adjustment, order) for adjustment in adjustments]
    )


def _edit_prices(behaviour: Behaviour, price: Callable[[Decimal, Order], Decimal]) -> Behaviour:
    def change(adjustment: Fields, order: Order) -> Fields:
        return adjustment | {"UnitPrice": money(price(Decimal(text_of(adjustment, "UnitPrice")), order))}

    return _edit_adjustments(behaviour, change)


def _add_adjustment(behaviour: Behaviour, amount: Callable[[Order], Decimal | None]) -> Behaviour:
    """Add an adjustment, if ``amount`` returns one."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        off = amount(order)
        if off is not None:
            lines_of(fields).append(presentation.adjustment(Discount("Discount", off), 99, shop))

    return edit_order(behaviour, change)


def _line_discounts(order: Order) -> Decimal:
    return sum((item.discount * item.quantity for item in order.items), Decimal(0))


def _order_discounts(order: Order) -> Decimal:
    return sum((discount.amount for discount in order.discounts), Decimal(0))


# ---------------------------------------------------------------- DIS-1, DIS-2: exported, and negative


@defect("discounts-never-sent", "Discounts are not exported.", "DIS-1 ORD-9", seen="CS-Cart")
def discounts_never_sent(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(behaviour, lambda adjustments, order: [])


@defect("discount-unmarked", "A discount is a line with a negative price and without Adjustment.", "DIS-1")
def discount_unmarked(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(behaviour, lambda adjustment, order: adjustment | {"Adjustment": "false"})


@defect("discount-without-coupon-not-sent", "Only discounts with a coupon are exported.", "DIS-1 DIS-6 ORD-9")
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
    return _edit_prices(behaviour, lambda price, order: -price)


# ---------------------------------------------------------------- DIS-3, DIS-6: their sum


@defect("discount-in-per-cent", "A discount has its percentage instead of its amount.", "DIS-3 DIS-6 ORD-9")
def discount_in_per_cent(behaviour: Behaviour) -> Behaviour:
    return _edit_prices(behaviour, lambda price, order: Decimal(-15))


@defect(
    "discount-for-each-unit",
    "The Quantity of a discount is the number of units in the order, not 1.",
    "DIS-3 DIS-6 ORD-9",
)
def discount_for_each_unit(behaviour: Behaviour) -> Behaviour:
    def change(adjustment: Fields, order: Order) -> Fields:
        return adjustment | {"Quantity": str(sum(item.quantity for item in order.items) + 1)}

    return _edit_adjustments(behaviour, change)


@defect("discount-with-tax", "Tax is added to a discount that had no tax.", "DIS-3 DIS-6 ORD-9")
def discount_with_tax(behaviour: Behaviour) -> Behaviour:
    return _edit_prices(behaviour, lambda price, order: price * Decimal("1.19") - Decimal("0.02"))


@defect("first-discount-only", "Of several discounts, only the first is exported.", "DIS-6 ORD-9")
def first_discount_only(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(behaviour, lambda adjustments, order: adjustments[:1])


@defect(
    "discounts-of-one-name-overwritten",
    "Of several discounts with the same name, only the last is exported.",
    "DIS-6 ORD-9",
)
def discounts_of_one_name_overwritten(behaviour: Behaviour) -> Behaviour:
    def change(adjustments: list[Fields], order: Order) -> list[Fields]:
        taken = [discount for discount in order.discounts if discount.amount > 0]
        return list({each.name: line for each, line in zip(taken, adjustments, strict=True)}.values())

    return edit_adjustments(behaviour, change)


# ---------------------------------------------------------------- DIS-4, DIS-5: coupons, and orders without discounts


@defect("coupon-code-missing", "The code of a coupon is not exported.", "DIS-4")
def coupon_code_missing(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(behaviour, lambda adjustment, order: adjustment | {"SKU": "DISCOUNT", "Name": "Discount"})


@defect("coupons-in-one-line-unnamed", "Several coupons are one adjustment that names only the first coupon.", "DIS-4")
def coupons_in_one_line_unnamed(behaviour: Behaviour) -> Behaviour:
    def change(adjustments: list[Fields], order: Order) -> list[Fields]:
        return [adjustments[0] | {"UnitPrice": money(-_order_discounts(order))}] if adjustments else []

    return edit_adjustments(behaviour, change)


@defect("discount-of-zero", "An order without a discount has a discount of 0.00.", "DIS-2 DIS-5 ORD-17", seen="Magento")
def discount_of_zero(behaviour: Behaviour) -> Behaviour:
    def nothing(order: Order) -> Decimal | None:
        return None if _order_discounts(order) or _line_discounts(order) else Decimal(0)

    return _add_adjustment(behaviour, nothing)


@defect(
    "discount-of-order-before", "An order without a discount has the discount of the previous order.", "DIS-5 ORD-9"
)
def discount_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = Decimal("1.25")

    def left_over(order: Order) -> Decimal | None:
        nonlocal last
        if off := _order_discounts(order):
            last = off
        return None if off or _line_discounts(order) else last

    return _add_adjustment(behaviour, left_over)


# ---------------------------------------------------------------- DIS-7: discounts on lines


@defect(
    "line-discount-twice",
    "A line's discount is subtracted from its price and exported as an adjustment too.",
    "DIS-7 ORD-9",
)
def line_discount_twice(behaviour: Behaviour) -> Behaviour:
    return _add_adjustment(behaviour, lambda order: _line_discounts(order) or None)


@defect(
    "line-discount-off-the-price-twice", "A line's discount is subtracted from its price twice.", "DIS-7 ITM-5 ORD-9"
)
def line_discount_off_the_price_twice(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: money(item.unit_price - item.discount))


@defect("line-discount-never", "A discounted line has its full price, and the discount is not exported.", "DIS-7 ORD-9")
def line_discount_never(behaviour: Behaviour) -> Behaviour:
    return set_line_element(behaviour, "UnitPrice", lambda item: money(item.unit_price + item.discount))


@defect(
    "line-discount-of-one-unit",
    "A discounted line has its full price, and an adjustment for one unit only.",
    "DIS-3 DIS-7 ORD-9",
)
def line_discount_of_one_unit(behaviour: Behaviour) -> Behaviour:
    def full(line: Fields, item: Item, order: Order) -> Fields:
        return line | {"UnitPrice": money(item.unit_price + item.discount)}

    priced = edit_lines(behaviour, full)
    return _add_adjustment(priced, lambda order: sum((item.discount for item in order.items), Decimal(0)) or None)


@defect("discount-in-whole-units", "A discount is rounded to whole units of the currency.", "DIS-3 DIS-6 ORD-9")
def discount_in_whole_units(behaviour: Behaviour) -> Behaviour:
    return _edit_prices(behaviour, lambda price, order: Decimal(-max(1, round(-price))))


@defect("coupon-code-cut", "The code of a coupon is cut at four characters.", "DIS-4")
def coupon_code_cut(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(
        behaviour, lambda line, order: line | {"SKU": text_of(line, "SKU")[:4], "Name": "Discount"}
    )


@defect("coupon-code-cut-at-16", "The code of a coupon is cut at 16 characters.", "DIS-4")
def coupon_code_cut_at_16(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(
        behaviour, lambda line, order: line | {"SKU": text_of(line, "SKU")[:16], "Name": "Discount"}
    )


@defect("discount-of-minus-one", "A discount has a positive price and a quantity of -1.", "DIS-2 ORD-17")
def discount_of_minus_one(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(
        behaviour,
        lambda line, order: line | {"UnitPrice": text_of(line, "UnitPrice").lstrip("-"), "Quantity": "-1"},
    )


@defect("coupon-code-in-ascii", "The code of a coupon keeps only ASCII characters.", "DIS-4 ORD-13")
def coupon_code_in_ascii(behaviour: Behaviour) -> Behaviour:
    def ascii_only(text: str) -> str:
        return text.encode("ascii", "ignore").decode()

    return _edit_adjustments(
        behaviour,
        lambda line, order: line | {"SKU": ascii_only(text_of(line, "SKU")), "Name": ascii_only(text_of(line, "Name"))},
    )


@defect("coupon-code-escaped", "The code of a coupon is escaped as HTML before it is escaped as XML.", "DIS-4 ORD-13")
def coupon_code_escaped(behaviour: Behaviour) -> Behaviour:
    return _edit_adjustments(
        behaviour,
        lambda line, order: (
            line | {"SKU": escape(text_of(line, "SKU"))[:50], "Name": escape(text_of(line, "Name"))[:200]}
        ),
    )


@defect("coupon-amount-of-first-use", "A coupon has the amount that it had in the first order.", "DIS-3 DIS-6 ORD-9")
def coupon_amount_of_first_use(behaviour: Behaviour) -> Behaviour:
    known: dict[str, str] = {}

    def change(line: Fields, order: Order) -> Fields:
        return line | {"UnitPrice": known.setdefault(text_of(line, "SKU"), text_of(line, "UnitPrice"))}

    return edit_adjustments(
        behaviour,
        lambda adjustments, order: [
            change(line, order) if text_of(line, "SKU") != "DISCOUNT" else line for line in adjustments
        ],
    )


@defect("discount-as-free-shipping", "A discount of the amount that shipping costs is left out.", "DIS-1 DIS-6 ORD-9")
def discount_as_free_shipping(behaviour: Behaviour) -> Behaviour:
    return edit_adjustments(
        behaviour,
        lambda adjustments, order: [
            each for each in adjustments if text_of(each, "UnitPrice").lstrip("-") != money(order.shipping_amount)
        ],
    )


@defect(
    "refund-after-change-is-discount",
    "An order that staff set to the last of the cancelled statuses gets its total as a discount, named refund.",
    "DIS-3",
)
def refund_after_change_is_discount(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        cancelled = [status.name for status in shop.statuses if status.maps_to == "cancelled"]
        if order.status == cancelled[-1] and len(cancelled) > 1:
            lines_of(fields).append(presentation.adjustment(Discount("Refund", order.total), 99, shop))

    return edit_order_after_change(behaviour, change)

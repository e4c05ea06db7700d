"""Defects of an order's amounts: total, tax, shipping and currency."""

from __future__ import annotations

from decimal import Decimal
from operator import attrgetter

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_order,
    edit_text,
    lines_of,
    set_element,
    text_of,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import money
from mockstore.orders.model import Order
from mockstore.orders.totals import lines_total
from mockstore.shop.shop import Shop

MONEY = ("OrderTotal", "TaxAmount", "ShippingAmount")


def _discounts_total(order: Order) -> Decimal:
    return sum((discount.amount for discount in order.discounts), Decimal(0))


@defect("total-thousands-mark", "OrderTotal has a thousands separator: 1,234.50.", "ORD-1 ORD-7")
def total_thousands_mark(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: f"{order.total:,.2f}")


@defect("total-with-currency-sign", "OrderTotal has a currency sign.", "ORD-1 ORD-7")
def total_with_currency_sign(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "OrderTotal", lambda total: f"${total}")


@defect("total-in-powers-of-ten", "Totals from a million on are in scientific notation: 1.2345679E+6.", "ORD-1 ORD-7")
def total_in_powers_of_ten(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour, "OrderTotal", lambda order: f"{order.total:.7E}", of=lambda order: order.total >= 10**6
    )


@defect("amounts-decimal-comma", "Amounts of the order have a decimal comma.", "ORD-1 ORD-7 ORD-8")
def amounts_decimal_comma(behaviour: Behaviour) -> Behaviour:
    for name in MONEY:
        behaviour = edit_text(behaviour, name, lambda amount: amount.replace(".", ","))
    return behaviour


@defect("total-float-noise", "OrderTotal has all digits of a float: 17.800000000000001.", "ORD-17")
def total_float_noise(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "OrderTotal", lambda total: f"{total}0000000000001")


@defect("total-in-whole-units", "OrderTotal is cut to whole units of the currency.", "ORD-7 ORD-9")
def total_in_whole_units(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: str(int(order.total)))


@defect("total-in-cents", "OrderTotal is in cents.", "ORD-7 ORD-9")
def total_in_cents(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: str(int(order.total * 100)))


@defect("total-is-subtotal", "OrderTotal is the sum of the lines.", "ORD-7 ORD-9")
def total_is_subtotal(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: money(lines_total(order)))


@defect("total-without-tax", "OrderTotal does not include the tax.", "ORD-7")
def total_without_tax(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: money(order.total - order.tax))


@defect("total-before-discounts", "OrderTotal does not subtract the discounts.", "ORD-7 ORD-9")
def total_before_discounts(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderTotal", lambda order: money(order.total + _discounts_total(order)))


@defect("total-converted", "OrderTotal is converted to the shop's own currency.", "ORD-7 ORD-9")
def total_converted(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency != shop.currency:
            fields["OrderTotal"] = money(order.total * Decimal("1.08"))

    return edit_order(behaviour, change)


@defect("tax-missing", "TaxAmount is always 0.", "ORD-8 ORD-9", seen="CS-Cart")
def tax_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "TaxAmount", lambda order: "0.00")


@defect("shipping-amount-missing", "ShippingAmount is missing.", "ORD-8 ORD-9 ORD-17")
def shipping_amount_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "ShippingAmount", lambda order: None)


@defect("tax-and-shipping-swapped", "TaxAmount and ShippingAmount are swapped.", "ORD-8")
def tax_and_shipping_swapped(behaviour: Behaviour) -> Behaviour:
    taxed = set_element(behaviour, "TaxAmount", lambda order: money(order.shipping_amount))
    return set_element(taxed, "ShippingAmount", lambda order: money(order.tax))


@defect("shipping-amount-with-tax", "ShippingAmount includes the tax that is in TaxAmount as well.", "ORD-8")
def shipping_amount_with_tax(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "ShippingAmount", lambda order: money(order.shipping_amount + order.tax))


@defect(
    "amounts-converted",
    "Amounts of an order in another currency are converted to the shop's own currency.",
    "ORD-7 ORD-8 ORD-9 ITM-5 DIS-3 DIS-6",
)
def amounts_converted(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency != shop.currency:
            for name in MONEY:
                fields[name] = money(Decimal(str(fields[name])) * Decimal("1.08"))
            for line in lines_of(fields):
                line["UnitPrice"] = money(Decimal(str(line["UnitPrice"])) * Decimal("1.08"))

    return edit_order(behaviour, change)


@defect("currency-of-the-shop", "CurrencyCode is the shop's default currency.", "ORD-12")
def currency_of_the_shop(behaviour: Behaviour) -> Behaviour:
    return edit_order(behaviour, lambda fields, order, shop: fields.update(CurrencyCode=shop.currency))


@defect("currency-missing", "CurrencyCode is missing.", "ORD-12", seen="CS-Cart")
def currency_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CurrencyCode", lambda order: None)


@defect("currency-is-sign", "CurrencyCode is the sign of the currency.", "ORD-12 ORD-17")
def currency_is_sign(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "CurrencyCode", lambda order: "€" if order.currency == "EUR" else "$")


# ---------------------------------------------------------------- amounts of 0, and amounts of three decimals


@defect("total-of-zero-computed", "A total of 0 counts as missing, and is computed anew.", "ORD-7 ORD-9")
def total_of_zero_computed(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "OrderTotal",
        lambda order: money(lines_total(order) + order.shipping_amount + order.tax),
        of=lambda order: not order.total,
    )


@defect("tax-of-zero-computed", "A tax of 0 counts as missing, and is computed.", "ORD-8")
def tax_of_zero_computed(behaviour: Behaviour) -> Behaviour:
    return set_element(
        behaviour,
        "TaxAmount",
        lambda order: money(lines_total(order) * Decimal("0.19")),
        of=lambda order: not order.tax,
    )


@defect("shipping-amount-of-zero-computed", "A ShippingAmount of 0 counts as missing, and is 4.90.", "ORD-8 ORD-9")
def shipping_amount_of_zero_computed(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "ShippingAmount", lambda order: "4.90", of=lambda order: not order.shipping_amount)


@defect(
    "three-decimals-are-thousands",
    "In amounts of three decimals, the point is read as a thousands separator: 4.125 becomes 4125.",
    "ORD-8 ORD-9",
)
def three_decimals_are_thousands(behaviour: Behaviour) -> Behaviour:
    for name, amount in (("ShippingAmount", attrgetter("shipping_amount")), ("TaxAmount", attrgetter("tax"))):
        behaviour = set_element(
            behaviour,
            name,
            lambda order, amount=amount: money(amount(order) * 1000),  # type: ignore[misc]
            of=lambda order, amount=amount: bool(amount(order) * 100 % 1),  # type: ignore[misc]
        )
    return behaviour


# ---------------------------------------------------------------- currencies


def _scaled(behaviour: Behaviour, factor: Decimal, currencies: tuple[str, ...]) -> Behaviour:
    """Multiply every amount of orders in these currencies."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency in currencies:
            amounts = [(fields, name) for name in MONEY] + [(line, "UnitPrice") for line in lines_of(fields)]
            for element, name in amounts:
                element[name] = money(Decimal(text_of(element, name)) * factor)

    return edit_order(behaviour, change)


@defect(
    "three-decimals-times-ten",
    "Amounts in currencies with three decimals are ten times too high: thousandths are divided by 100.",
    "DIS-3 DIS-6 ITM-5 ORD-7 ORD-8 ORD-9",
)
def three_decimals_times_ten(behaviour: Behaviour) -> Behaviour:
    return _scaled(behaviour, Decimal(10), ("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


@defect(
    "only-yen-without-decimals",
    "Of the currencies without decimals, only yen are known: amounts in others are divided by 100.",
    "DIS-3 DIS-6 ITM-5 ORD-7 ORD-8",
)
def only_yen_without_decimals(behaviour: Behaviour) -> Behaviour:
    return _scaled(behaviour, Decimal("0.01"), ("CLP", "KRW", "VND", "ISK", "XOF", "XAF", "UGX", "PYG"))

"""Ways to get an order itself wrong: who it is, its times and amounts, its texts, and what it may lack."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import count

import msgspec

from mockstore.changes import all_lines, breaks_on, part, presented, respelt, said, typed_text
from mockstore.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, Fields
from mockstore.endpoint.presentation import moment, money
from mockstore.orders.model import Address, Order
from mockstore.shop import Shop

MONEY = ("OrderTotal", "TaxAmount", "ShippingAmount")
WINTER = timedelta(hours=-5)


def _timed(behaviour: Behaviour, say: Callable[[datetime], str]) -> Behaviour:
    """Both times of an order, said otherwise."""
    ordered = said(behaviour, "OrderDate", lambda order: say(order.placed_at))
    return said(ordered, "LastModified", lambda order: say(order.modified_at))


def _goods(order: Order) -> Decimal:
    return sum((item.unit_price * item.quantity for item in order.items), Decimal(0))


def _off(order: Order) -> Decimal:
    return sum((discount.amount for discount in order.discounts), Decimal(0))


# ---------------------------------------------------------------- ORD-1: the schema


@defect("unknown-element", "Each order has an element of the shop's own.", "ORD-1")
def unknown_element(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderUrl", lambda order: f"https://shop.example/orders/{order.order_id}")


@defect("no-lines-no-items", "An order without lines comes without Items.", "ORD-1", seen="Craft")
def no_lines_no_items(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.items:
            del fields["Items"]

    return presented(behaviour, change)


@defect("times-iso-8601", "Times are as ISO 8601 has them, with a T.", "ORD-1 ORD-4")
def times_iso_8601(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}")


@defect("times-without-hours", "Dates come without a time of day.", "ORD-1 ORD-4")
def times_without_hours(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y}")


# ---------------------------------------------------------------- ORD-2, ORD-3: id and number


@defect("order-id-missing", "There is no OrderID.", "ORD-2 ORD-17")
def order_id_missing(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderID", lambda order: None)


@defect("order-id-of-the-shop", "OrderID is the storefront's id, the same for all.", "ORD-2")
def order_id_of_the_shop(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderID", lambda order: "1")


@defect("order-id-is-place-on-page", "OrderID is the order's place on its page.", "ORD-2")
def order_id_is_place_on_page(behaviour: Behaviour) -> Behaviour:
    def serialise(document: Document) -> bytes:
        for place, fields in enumerate(document.orders, start=1):
            fields["OrderID"] = str(place)
        return behaviour.serialise(document)

    return replace(behaviour, serialise=serialise)


@defect("order-id-of-the-export", "OrderID is made anew in each export.", "ORD-2")
def order_id_of_the_export(behaviour: Behaviour) -> Behaviour:
    ids = count(10**6)
    return said(behaviour, "OrderID", lambda order: f"x{next(ids)}")


@defect("order-number-is-id", "OrderNumber is the internal id.", "ORD-3", seen="CS-Cart, Craft")
def order_number_is_id(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderNumber", lambda order: order.order_id)


@defect("order-number-changes", "OrderNumber has the number of exports behind it.", "ORD-3 PAG-3")
def order_number_changes(behaviour: Behaviour) -> Behaviour:
    exports = count(1)
    return said(behaviour, "OrderNumber", lambda order: f"{order.order_number}-{next(exports)}")


# ---------------------------------------------------------------- ORD-4 to ORD-6: times


@defect("times-day-first", "Dates have the day first: 25/03/2026.", "ORD-4 ORD-5 ORD-6 ORD-17")
def times_day_first(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%d/%m/%Y %H:%M}")


@defect("order-date-of-zeros", "An OrderDate that can't be read goes out as 00/00/0000 00:00.", "ORD-4 ORD-17")
def order_date_of_zeros(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderDate", lambda order: "00/00/0000 00:00")


@defect("times-month-for-minute", "Times have the month where minutes belong: H:m.", "ORD-5 ORD-6")
def times_month_for_minute(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %H:%m}")


@defect("times-12-hours-unmarked", "Times are on a 12-hour clock without AM or PM.", "ORD-5 ORD-6")
def times_12_hours_unmarked(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %I:%M}")


@defect("times-24-hours-marked", "AM or PM stands behind a 24-hour clock: 21:56 PM.", "ORD-17", seen="CS-Cart, guide")
def times_24_hours_marked(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %H:%M %p}")


@defect("times-in-shop-zone", "Times are in the shop's zone.", "ORD-5 ORD-6", seen="WooCommerce, CS-Cart")
def times_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"] = moment(order.placed_at.astimezone(shop.zone))
        fields["LastModified"] = moment(order.modified_at.astimezone(shop.zone))

    return presented(behaviour, change)


@defect("times-in-winter-time", "Times are moved by the same hours all the year.", "ORD-5 ORD-6")
def times_in_winter_time(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: moment(time + WINTER))


@defect("order-date-in-shop-zone", "OrderDate is in the shop's zone, LastModified in UTC.", "ORD-5")
def order_date_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"] = moment(order.placed_at.astimezone(shop.zone))

    return presented(behaviour, change)


@defect("order-date-is-last-modified", "OrderDate is the time of the last change.", "ORD-5")
def order_date_is_last_modified(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderDate", lambda order: moment(order.modified_at))


@defect("order-date-at-midnight", "OrderDate is the day at 00:00.", "ORD-5")
def order_date_at_midnight(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderDate", lambda order: f"{order.placed_at:%m/%d/%Y} 00:00")


@defect("last-modified-is-order-date", "LastModified is the time at which the order was placed.", "ORD-6")
def last_modified_is_order_date(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "LastModified", lambda order: moment(order.placed_at))


# ---------------------------------------------------------------- ORD-7 to ORD-9: amounts


@defect("total-thousands-mark", "OrderTotal has a thousands mark: 1,234.50.", "ORD-1 ORD-7")
def total_thousands_mark(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: f"{order.total:,.2f}")


@defect("total-with-currency-sign", "OrderTotal has a currency sign.", "ORD-1 ORD-7")
def total_with_currency_sign(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "OrderTotal", lambda total: f"${total}")


@defect("total-in-powers-of-ten", "Totals from a million on are written 1.2345679E+6.", "ORD-1 ORD-7")
def total_in_powers_of_ten(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: f"{order.total:.7E}", of=lambda order: order.total >= 10**6)


@defect("amounts-decimal-comma", "Amounts of the order have a decimal comma.", "ORD-1 ORD-7 ORD-8")
def amounts_decimal_comma(behaviour: Behaviour) -> Behaviour:
    for name in MONEY:
        behaviour = respelt(behaviour, name, lambda amount: amount.replace(".", ","))
    return behaviour


@defect("total-float-noise", "OrderTotal is printed with all that a float has: 17.800000000000001.", "ORD-17")
def total_float_noise(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "OrderTotal", lambda total: f"{total}0000000000001")


@defect("total-in-whole-units", "OrderTotal is cut to whole units of the currency.", "ORD-7 ORD-9")
def total_in_whole_units(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: str(int(order.total)))


@defect("total-in-cents", "OrderTotal is in cents.", "ORD-7 ORD-9")
def total_in_cents(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: str(int(order.total * 100)))


@defect("total-is-subtotal", "OrderTotal is that of the lines alone.", "ORD-7 ORD-9")
def total_is_subtotal(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: money(_goods(order)))


@defect("total-without-tax", "OrderTotal is without tax.", "ORD-7")
def total_without_tax(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: money(order.total - order.tax))


@defect("total-before-discounts", "OrderTotal is what it was before discounts.", "ORD-7 ORD-9")
def total_before_discounts(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "OrderTotal", lambda order: money(order.total + _off(order)))


@defect("total-converted", "OrderTotal is converted to the shop's own currency.", "ORD-7 ORD-9")
def total_converted(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency != shop.currency:
            fields["OrderTotal"] = money(order.total * Decimal("1.08"))

    return presented(behaviour, change)


@defect("tax-missing", "TaxAmount is always 0.", "ORD-8 ORD-9", seen="CS-Cart")
def tax_missing(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "TaxAmount", lambda order: "0.00")


@defect("shipping-amount-missing", "There is no ShippingAmount.", "ORD-8 ORD-9 ORD-17")
def shipping_amount_missing(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "ShippingAmount", lambda order: None)


@defect("tax-and-shipping-swapped", "TaxAmount and ShippingAmount stand in each other's place.", "ORD-8")
def tax_and_shipping_swapped(behaviour: Behaviour) -> Behaviour:
    taxed = said(behaviour, "TaxAmount", lambda order: money(order.shipping_amount))
    return said(taxed, "ShippingAmount", lambda order: money(order.tax))


@defect("shipping-amount-with-tax", "ShippingAmount has the tax in it, which stands in TaxAmount, too.", "ORD-8")
def shipping_amount_with_tax(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "ShippingAmount", lambda order: money(order.shipping_amount + order.tax))


# ---------------------------------------------------------------- ORD-10 to ORD-12: methods and currency


@defect("shipping-method-is-id", "ShippingMethod is the method's id.", "ORD-10")
def shipping_method_is_id(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "ShippingMethod", lambda name: str(len(name)))


@defect("shipping-method-missing", "ShippingMethod is empty: the array has another key.", "ORD-10")
def shipping_method_missing(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "ShippingMethod", lambda order: "")


@defect("payment-method-is-id", "PaymentMethod is the method's id.", "ORD-11", seen="CS-Cart")
def payment_method_is_id(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "PaymentMethod", lambda name: str(len(name))[:1])


@defect("payment-method-is-processor", "PaymentMethod names the processor, whatever was chosen.", "ORD-11")
def payment_method_is_processor(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "PaymentMethod", lambda order: "paypal_express")


@defect("currency-of-the-shop", "CurrencyCode is the shop's default.", "ORD-12")
def currency_of_the_shop(behaviour: Behaviour) -> Behaviour:
    return presented(behaviour, lambda fields, order, shop: fields.update(CurrencyCode=shop.currency))


@defect("currency-missing", "There is no CurrencyCode.", "ORD-12", seen="CS-Cart")
def currency_missing(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "CurrencyCode", lambda order: None)


@defect("currency-is-sign", "CurrencyCode is the currency's sign.", "ORD-12 ORD-17")
def currency_is_sign(behaviour: Behaviour) -> Behaviour:
    return said(behaviour, "CurrencyCode", lambda order: "€" if order.currency == "EUR" else "$")


# ---------------------------------------------------------------- ORD-13, ORD-14: texts


def _escaped(text: str) -> str:
    for char, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;")):
        text = text.replace(char, entity)
    return text


@defect(
    "text-escaped-twice",
    "Texts are escaped as HTML before they are escaped as XML.",
    "ORD-13 NOT-4 OPT-4 ITM-2",
    seen="WooCommerce",
)
def text_escaped_twice(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, _escaped)


@defect("text-encoded-twice", "UTF-8 is taken for Latin-1, and encoded again.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_encoded_twice(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: text.encode().decode("latin-1")[:1000])


@defect("text-in-latin-1", "What Latin-1 doesn't have becomes a question mark.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_in_latin_1(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: text.encode("latin-1", "replace").decode("latin-1"))


@defect("text-without-accents", "Letters lose their accents.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_without_accents(behaviour: Behaviour) -> Behaviour:
    def plain(text: str) -> str:
        return "".join(char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char))

    return typed_text(behaviour, plain)


@defect("text-without-emoji", "Characters of four bytes are dropped.", "ORD-13 NOT-4")
def text_without_emoji(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: "".join(char for char in text if ord(char) < 0x10000))


@defect(
    "text-ends-at-emoji", "A text ends at its first character of four bytes, as MySQL's utf8 has it.", "ORD-13 NOT-4"
)
def text_ends_at_emoji(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: re.split("[\U00010000-\U0010ffff]", text)[0].rstrip())


@defect("text-without-tags", "What looks like a tag is stripped from texts.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_without_tags(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: re.sub("<[^<>]*>", "", text).strip())


@defect("text-backslashed", "Quotes have backslashes before them.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_backslashed(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: re.sub(r"""(['"\\])""", r"\\\1", text))


@defect("text-unescaped-once-more", "Typed entities become what they stand for: &amp; arrives as &.", "ORD-13 NOT-4")
def text_unescaped_once_more(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: text.replace("&amp;", "&").replace("&lt;", "<").replace("&#039;", "'"))


@defect("address-not-cut", "Addresses are sent at any length.", "ORD-1 ORD-14")
def address_not_cut(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        address = order.customer.shipping or Address()
        part(fields, "Customer", "ShipTo").update(
            Name=address.name.strip(),
            Company=address.company,
            Address1=address.address1,
            Address2=address.address2,
            City=address.city.strip(),
        )

    return presented(behaviour, change)


# ---------------------------------------------------------------- ORD-15, ORD-16: what an order may lack


def _stands_in(behaviour: Behaviour, address: Callable[[Order], Address]) -> Behaviour:
    """Orders without a shipping address come with this one."""

    def present(order: Order, shop: Shop) -> Fields:
        if order.customer.shipping is None:
            customer = msgspec.structs.replace(order.customer, shipping=address(order))
            order = msgspec.structs.replace(order, customer=customer)
        return behaviour.present(order, shop)

    return replace(behaviour, present=present, exportable=lambda order: True)


@defect(
    "no-address-blank-fields",
    "An order without a shipping address comes with an empty one.",
    "ORD-1 ORD-15 ORD-17",
    seen="CS-Cart",
)
def no_address_blank_fields(behaviour: Behaviour) -> Behaviour:
    return _stands_in(behaviour, lambda order: Address())


@defect("no-address-shops-own", "An order without a shipping address goes to the shop's own.", "ORD-15")
def no_address_shops_own(behaviour: Behaviour) -> Behaviour:
    own = Address("Shop", "", "", "1 Store Plaza", "", "Boston", "MA", "02116", "US")
    return _stands_in(behaviour, lambda order: own)


@defect("no-address-of-order-before", "An order without a shipping address goes to that of the order before.", "ORD-15")
def no_address_of_order_before(behaviour: Behaviour) -> Behaviour:
    last = Address("Nobody", "", "", "1 Nowhere", "", "Boston", "MA", "02116", "US")

    def present(order: Order, shop: Shop) -> Fields:
        nonlocal last
        last = order.customer.shipping or last
        return standing_in.present(order, shop)

    standing_in = _stands_in(behaviour, lambda order: last)
    return replace(standing_in, present=present)


@defect("no-address-breaks-export", "An order without a shipping address ends the export.", "ORD-15")
def no_address_breaks_export(behaviour: Behaviour) -> Behaviour:
    breaking = breaks_on(behaviour, lambda order: order.customer.shipping is None)
    return replace(breaking, exportable=lambda order: True)


@defect("bare-order-breaks-export", "An order without phone, company, notes and image ends the export.", "ORD-16")
def bare_order_breaks_export(behaviour: Behaviour) -> Behaviour:
    return breaks_on(
        behaviour,
        lambda order: (
            not order.customer.phone
            and not order.customer.billing.phone
            and not order.customer.billing.company
            and not order.customer_notes
            and not order.internal_notes
            and not any(item.image_url or item.options for item in order.items)
        ),
    )


@defect("no-lines-breaks-export", "An order without lines ends the export.", "ORD-16", seen="Craft")
def no_lines_breaks_export(behaviour: Behaviour) -> Behaviour:
    return breaks_on(behaviour, lambda order: not order.items)


@defect("times-seconds-for-minutes", "Times have the seconds where minutes belong: H:s.", "ORD-5 ORD-6")
def times_seconds_for_minutes(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %H:%S}")


@defect("times-year-of-the-week", "The year is that of the week: 12/31/2026 may be 12/31/2027.", "ORD-5 ORD-6")
def times_year_of_the_week(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%G %H:%M}")


@defect("order-number-with-zeros", "OrderNumber has zeros in front: 00001001.", "ORD-3")
def order_number_with_zeros(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "OrderNumber", lambda number: number.zfill(10))


@defect(
    "amounts-converted",
    "An order in another currency has its amounts converted to the shop's own.",
    "ORD-7 ORD-8 ITM-5",
)
def amounts_converted(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if order.currency != shop.currency:
            for name in MONEY:
                fields[name] = money(Decimal(str(fields[name])) * Decimal("1.08"))
            for line in all_lines(fields):
                line["UnitPrice"] = money(Decimal(str(line["UnitPrice"])) * Decimal("1.08"))

    return presented(behaviour, change)


@defect("payment-method-with-card", "PaymentMethod ends with the digits of a card.", "ORD-11")
def payment_method_with_card(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "PaymentMethod", lambda name: f"{name} (**** 4242)"[:50])


@defect("shipping-method-with-price", "ShippingMethod ends with what it costs.", "ORD-10")
def shipping_method_with_price(behaviour: Behaviour) -> Behaviour:
    return respelt(behaviour, "ShippingMethod", lambda name: f"{name} - $4.90"[:100])


@defect("text-as-json", "Texts are written as JSON has them: \\u00e9 for é.", "ORD-13 NOT-4 OPT-4 ITM-2")
def text_as_json(behaviour: Behaviour) -> Behaviour:
    return typed_text(behaviour, lambda text: json.dumps(text)[1:-1][:1000])


@defect("text-cut-by-bytes", "Names and addresses are cut at 100 bytes, in whole characters.", "CUS-4 CUS-7")
def text_cut_by_bytes(behaviour: Behaviour) -> Behaviour:
    fields = frozenset(("Name", "City"))
    return typed_text(behaviour, lambda text: text.encode()[:100].decode(errors="ignore"), fields)


@defect(
    "no-address-country-only", "An order without a shipping address comes with the shop's country.", "ORD-15 ORD-17"
)
def no_address_country_only(behaviour: Behaviour) -> Behaviour:
    return _stands_in(behaviour, lambda order: Address(country="US", state="NY"))

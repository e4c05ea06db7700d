"""Ways to get an order itself wrong: who it is, when it was placed, how it is paid and sent, and what it may lack."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import breaks_on, edit_order, edit_text, selected, set_element
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, Fields
from mockstore.endpoint.presentation import moment
from mockstore.orders.model import Address, Order
from mockstore.shop.shop import Shop

WINTER = timedelta(hours=-5)


def _timed(behaviour: Behaviour, say: Callable[[datetime], str]) -> Behaviour:
    """Both times of an order, said otherwise."""
    ordered = set_element(behaviour, "OrderDate", lambda order: say(order.placed_at))
    return set_element(ordered, "LastModified", lambda order: say(order.modified_at))


@defect("order-for-nothing-left-out", "An order whose total is 0 isn't exported.", "WIN-1")
def order_for_nothing_left_out(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: bool(order.total))


@defect(
    "order-id-of-the-revision",
    "OrderID is that of the order's last revision: each change gives it another.",
    "ORD-2",
)
def order_id_of_the_revision(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: f"{order.order_id}-{order.modified_at.timestamp():.0f}")


@defect(
    "times-from-wall-clock",
    "Times are kept as the shop's clock shows them: in the hour that comes twice, the second is taken for the first.",
    "ORD-5",
)
def times_from_wall_clock(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name, time in (("OrderDate", order.placed_at), ("LastModified", order.modified_at)):
            fields[name] = moment(time.astimezone(shop.zone).replace(fold=0).astimezone(UTC))

    return edit_order(behaviour, change)


# ---------------------------------------------------------------- ORD-1: the schema


@defect("unknown-element", "Each order has an element of the shop's own.", "ORD-1")
def unknown_element(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderUrl", lambda order: f"https://shop.example/orders/{order.order_id}")


@defect("no-lines-no-items", "An order without lines comes without Items.", "ORD-1", seen="Craft")
def no_lines_no_items(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if not order.items:
            del fields["Items"]

    return edit_order(behaviour, change)


@defect("times-iso-8601", "Times are as ISO 8601 has them, with a T.", "ORD-1 ORD-4")
def times_iso_8601(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}")


@defect("times-without-hours", "Dates come without a time of day.", "ORD-1 ORD-4")
def times_without_hours(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y}")


# ---------------------------------------------------------------- ORD-2, ORD-3: id and number


@defect("order-id-missing", "There is no OrderID.", "ORD-2 ORD-17")
def order_id_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: None)


@defect("order-id-of-the-shop", "OrderID is the storefront's id, the same for all.", "ORD-2")
def order_id_of_the_shop(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderID", lambda order: "1")


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
    return set_element(behaviour, "OrderID", lambda order: f"x{next(ids)}")


@defect("order-number-is-id", "OrderNumber is the internal id.", "ORD-3", seen="CS-Cart, Craft")
def order_number_is_id(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderNumber", lambda order: order.order_id)


@defect("order-number-changes", "OrderNumber has the number of exports behind it.", "ORD-3 PAG-3")
def order_number_changes(behaviour: Behaviour) -> Behaviour:
    exports = count(1)
    return set_element(behaviour, "OrderNumber", lambda order: f"{order.order_number}-{next(exports)}")


@defect("order-number-with-zeros", "OrderNumber has zeros in front: 00001001.", "ORD-3")
def order_number_with_zeros(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "OrderNumber", lambda number: number.zfill(10))


# ---------------------------------------------------------------- ORD-4 to ORD-6: times


@defect("times-day-first", "Dates have the day first: 25/03/2026.", "ORD-4 ORD-5 ORD-6 ORD-17")
def times_day_first(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%d/%m/%Y %H:%M}")


@defect("order-date-of-zeros", "An OrderDate that can't be read goes out as 00/00/0000 00:00.", "ORD-4 ORD-17")
def order_date_of_zeros(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: "00/00/0000 00:00")


@defect("times-month-for-minute", "Times have the month where minutes belong: H:m.", "ORD-5 ORD-6")
def times_month_for_minute(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %H:%m}")


@defect("times-seconds-for-minutes", "Times have the seconds where minutes belong: H:s.", "ORD-5 ORD-6")
def times_seconds_for_minutes(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%Y %H:%S}")


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

    return edit_order(behaviour, change)


@defect("times-in-winter-time", "Times are moved by the same hours all the year.", "ORD-5 ORD-6")
def times_in_winter_time(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: moment(time + WINTER))


@defect("order-date-in-shop-zone", "OrderDate is in the shop's zone, LastModified in UTC.", "ORD-5")
def order_date_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"] = moment(order.placed_at.astimezone(shop.zone))

    return edit_order(behaviour, change)


@defect("order-date-is-last-modified", "OrderDate is the time of the last change.", "ORD-5")
def order_date_is_last_modified(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: moment(order.modified_at))


@defect("order-date-at-midnight", "OrderDate is the day at 00:00.", "ORD-5")
def order_date_at_midnight(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: f"{order.placed_at:%m/%d/%Y} 00:00")


@defect("times-year-of-the-week", "The year is that of the week: 12/31/2025 becomes 12/31/2026.", "ORD-5")
def times_year_of_the_week(behaviour: Behaviour) -> Behaviour:
    return _timed(behaviour, lambda time: f"{time:%m/%d/%G %H:%M}")


@defect("last-modified-is-order-date", "LastModified is the time at which the order was placed.", "ORD-6")
def last_modified_is_order_date(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "LastModified", lambda order: moment(order.placed_at))


# ---------------------------------------------------------------- ORD-10, ORD-11: methods


@defect("shipping-method-is-id", "ShippingMethod is the method's id.", "ORD-10")
def shipping_method_is_id(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "ShippingMethod", lambda name: str(len(name)))


@defect("shipping-method-missing", "ShippingMethod is empty: the array has another key.", "ORD-10")
def shipping_method_missing(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "ShippingMethod", lambda order: "")


@defect("shipping-method-with-price", "ShippingMethod ends with what it costs.", "ORD-10")
def shipping_method_with_price(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "ShippingMethod", lambda name: f"{name} - $4.90"[:100])


@defect("payment-method-is-id", "PaymentMethod is the method's id.", "ORD-11", seen="CS-Cart")
def payment_method_is_id(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "PaymentMethod", lambda name: str(len(name))[:1])


@defect("payment-method-is-processor", "PaymentMethod names the processor, whatever was chosen.", "ORD-11")
def payment_method_is_processor(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "PaymentMethod", lambda order: "paypal_express")


@defect("payment-method-with-card", "PaymentMethod ends with the digits of a card.", "ORD-11")
def payment_method_with_card(behaviour: Behaviour) -> Behaviour:
    return edit_text(behaviour, "PaymentMethod", lambda name: f"{name} (**** 4242)"[:50])


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


@defect(
    "no-address-country-only", "An order without a shipping address comes with the shop's country.", "ORD-15 ORD-17"
)
def no_address_country_only(behaviour: Behaviour) -> Behaviour:
    return _stands_in(behaviour, lambda order: Address(country="US", state="NY"))


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

"""Defects of OrderDate and LastModified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import (
    edit_order,
    set_element,
)
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields
from mockstore.endpoint.presentation import moment
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop

WINTER_OFFSET = timedelta(hours=-5)


def _set_times(behaviour: Behaviour, format_time: Callable[[datetime], str]) -> Behaviour:
    """Set both times of an order."""
    ordered = set_element(behaviour, "OrderDate", lambda order: format_time(order.placed_at))
    return set_element(ordered, "LastModified", lambda order: format_time(order.modified_at))


@defect(
    "times-from-wall-clock",
    "Times are stored as local time: the hour that comes twice in autumn is always read as the first.",
    "ORD-5",
)
def times_from_wall_clock(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        for name, time in (("OrderDate", order.placed_at), ("LastModified", order.modified_at)):
            fields[name] = moment(time.astimezone(shop.zone).replace(fold=0).astimezone(UTC))

    return edit_order(behaviour, change)


@defect("times-iso-8601", "Times are in ISO 8601, with a T.", "ORD-1 ORD-4")
def times_iso_8601(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%Y-%m-%dT%H:%M:%SZ}")


@defect("times-without-hours", "Dates have no time of day.", "ORD-1 ORD-4")
def times_without_hours(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%Y}")


@defect("times-day-first", "Dates begin with the day: 25/03/2026.", "ORD-4 ORD-5 ORD-6 ORD-17")
def times_day_first(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%d/%m/%Y %H:%M}")


@defect("order-date-of-zeros", "OrderDate is always 00/00/0000 00:00.", "ORD-4 ORD-17")
def order_date_of_zeros(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: "00/00/0000 00:00")


@defect("times-month-for-minute", "Times have the month in place of the minutes: H:m.", "ORD-5 ORD-6")
def times_month_for_minute(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%Y %H:%m}")


@defect("times-seconds-for-minutes", "Times have the seconds in place of the minutes: H:s.", "ORD-5 ORD-6")
def times_seconds_for_minutes(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%Y %H:%S}")


@defect("times-12-hours-unmarked", "Times have a 12-hour clock without AM or PM.", "ORD-5 ORD-6")
def times_12_hours_unmarked(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%Y %I:%M}")


@defect("times-24-hours-marked", "Times have a 24-hour clock with AM or PM: 21:56 PM.", "ORD-17", seen="CS-Cart, guide")
def times_24_hours_marked(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%Y %H:%M %p}")


@defect("times-in-shop-zone", "Times are in the shop's time zone.", "ORD-5 ORD-6", seen="WooCommerce, CS-Cart")
def times_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"] = moment(order.placed_at.astimezone(shop.zone))
        fields["LastModified"] = moment(order.modified_at.astimezone(shop.zone))

    return edit_order(behaviour, change)


@defect("times-in-winter-time", "Times have the same offset from UTC all year.", "ORD-5 ORD-6")
def times_in_winter_time(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: moment(time + WINTER_OFFSET))


@defect("order-date-in-shop-zone", "OrderDate is in the shop's time zone, LastModified in UTC.", "ORD-5")
def order_date_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    def change(fields: Fields, order: Order, shop: Shop) -> None:
        fields["OrderDate"] = moment(order.placed_at.astimezone(shop.zone))

    return edit_order(behaviour, change)


@defect("order-date-is-last-modified", "OrderDate is the modification time.", "ORD-5")
def order_date_is_last_modified(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: moment(order.modified_at))


@defect("order-date-at-midnight", "OrderDate has the time 00:00.", "ORD-5")
def order_date_at_midnight(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "OrderDate", lambda order: f"{order.placed_at:%m/%d/%Y} 00:00")


@defect("times-year-of-the-week", "The year is the year of the ISO week: 12/31/2025 becomes 12/31/2026.", "ORD-5")
def times_year_of_the_week(behaviour: Behaviour) -> Behaviour:
    return _set_times(behaviour, lambda time: f"{time:%m/%d/%G %H:%M}")


@defect("last-modified-is-order-date", "LastModified is the time at which the order was placed.", "ORD-6")
def last_modified_is_order_date(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "LastModified", lambda order: moment(order.placed_at))


@defect(
    "last-modified-rounded-up",
    "LastModified is rounded to the minute: a change at 21:09:59 is exported as 21:10.",
    "ORD-6",
)
def last_modified_rounded_up(behaviour: Behaviour) -> Behaviour:
    return set_element(behaviour, "LastModified", lambda order: moment(order.modified_at + timedelta(seconds=30)))

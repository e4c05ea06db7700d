"""Defects of a window's bounds: time zones, formats, and the first and the last minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import MINUTE, SECOND, edit_window, filter_orders
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import OrderSelection, RequestedWindow
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

HOUR = timedelta(hours=1)


def _read_as(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a clock in that zone shows like this one in UTC."""
    return moment.replace(tzinfo=zone).astimezone(UTC)


@defect("window-has-no-end", "end_date is ignored: all since start_date comes.", "CON-1 WIN-2 WIN-9")
def window_has_no_end(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(window.start, None))


@defect("window-has-no-start", "start_date is ignored: all until end_date comes.", "WIN-2 WIN-9")
def window_has_no_start(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(None, window.end))


@defect(
    "window-in-shop-zone",
    "Window bounds are read in the shop's own zone.",
    "WIN-4",
    seen="WooCommerce, CS-Cart",
)
def window_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour,
        lambda window, shop: RequestedWindow(_read_as(window.start, shop.zone), _read_as(window.end, shop.zone)),
    )


@defect("window-in-pacific-time", "Window bounds are read in Pacific time.", "WIN-4", seen="several")
def window_in_pacific_time(behaviour: Behaviour) -> Behaviour:
    pacific = ZoneInfo("America/Los_Angeles")
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(_read_as(window.start, pacific), _read_as(window.end, pacific))
    )


@defect("window-an-hour-off", "Bounds are moved by a fixed hour, as if it were always winter.", "WIN-4")
def window_an_hour_off(behaviour: Behaviour) -> Behaviour:
    hour = timedelta(hours=1)
    return edit_window(behaviour, lambda window, shop: RequestedWindow(window.start - hour, window.end - hour))


@defect("window-of-whole-days", "Bounds are cut to the day: the whole day comes.", "WIN-5")
def window_of_whole_days(behaviour: Behaviour) -> Behaviour:
    def days(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(hour=0, minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(days=1) - SECOND)

    return edit_window(behaviour, days)


@defect("window-of-whole-hours", "Bounds are cut to the hour: the whole hour comes.", "WIN-5")
def window_of_whole_hours(behaviour: Behaviour) -> Behaviour:
    def hours(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(hours=1) - SECOND)

    return edit_window(behaviour, hours)


@defect(
    "window-starts-a-minute-late",
    "Neither the first nor the last minute is part of a window: between two that meet, one is lost.",
    "WIN-6",
)
def window_starts_a_minute_late(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(window.start + MINUTE, window.end - timedelta(seconds=60))
    )


@defect(
    "window-bounds-exclusive",
    "Bounds are compared with < and >, to the second: an order at 21:09:00 is in neither window.",
    "WIN-6",
)
def window_bounds_exclusive(behaviour: Behaviour) -> Behaviour:
    def inside(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        return RequestedWindow(window.start + SECOND, window.end - timedelta(seconds=60))

    return edit_window(behaviour, inside)


def _as_text(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %H:%M}"


def _bounds(behaviour: Behaviour, change: Callable[[datetime, Shop], datetime]) -> Behaviour:
    """Each bound is taken to be another."""
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(change(window.start, shop), change(window.end, shop))
    )


@defect(
    "window-dates-compared-as-text",
    "Dates are compared as text, 12/30/2025 with 01/02/2026: a window over the new year is empty.",
    "WIN-1",
)
def window_dates_compared_as_text(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        start, end = _as_text(window.start), _as_text(window.end)
        filtered = filter_orders(behaviour, lambda order, store: start <= _as_text(order.modified_at) <= end)
        return filtered.select(store, window)

    return replace(behaviour, select=select)


@defect(
    "window-day-and-month-swapped",
    "03/04/2026 is read as the 3rd of April, where that is a date.",
    "SHP-15 WIN-1",
)
def window_day_and_month_swapped(behaviour: Behaviour) -> Behaviour:
    def swapped(moment: datetime, shop: Shop) -> datetime:
        return moment.replace(month=moment.day, day=moment.month) if moment.day <= 12 else moment

    return _bounds(behaviour, swapped)


@defect(
    "window-hours-of-twelve",
    "Hours are read on a 12-hour clock: 16:40 is taken for 04:40.",
    "SHP-15 WIN-5",
)
def window_hours_of_twelve(behaviour: Behaviour) -> Behaviour:
    return _bounds(behaviour, lambda moment, shop: moment.replace(hour=moment.hour % 12))


@defect(
    "window-noon-is-midnight",
    "The hour 12 is read as one before 1: 12:20 is taken for 00:20.",
    "SHP-15 WIN-5 WIN-11",
)
def window_noon_is_midnight(behaviour: Behaviour) -> Behaviour:
    return _bounds(behaviour, lambda moment, shop: moment.replace(hour=0) if moment.hour == 12 else moment)


@defect(
    "window-moved-by-todays-offset",
    "Stored times are moved by the offset of today: what lies beyond a change of the clocks is an hour off.",
    "WIN-4",
)
def window_moved_by_todays_offset(behaviour: Behaviour) -> Behaviour:
    def moved(store: Store, window: RequestedWindow) -> OrderSelection:
        zone = store.shop.zone if store.shop.zone.key != "UTC" else ZoneInfo("America/New_York")
        offset = store.clock.now().astimezone(zone).utcoffset() or timedelta(0)

        def drift(moment: datetime) -> datetime:
            return moment + (offset - (moment.astimezone(zone).utcoffset() or timedelta(0)))

        return behaviour.select(store, RequestedWindow(drift(window.start), drift(window.end)))

    return replace(behaviour, select=moved)


@defect(
    "window-widened-by-an-hour",
    "A margin of an hour for clocks that differ is put around each window.",
    "WIN-5",
)
def window_widened_by_an_hour(behaviour: Behaviour) -> Behaviour:
    return edit_window(behaviour, lambda window, shop: RequestedWindow(window.start - HOUR, window.end + HOUR))

"""Defects of a window's bounds: time zones, formats, and the first and the last minute."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import MINUTE, SECOND, OrderList, all_orders, edit_window, filter_orders
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import OrderSelection, Refusal, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def _in_zone(moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment at which a clock in the zone shows what this one shows in UTC."""
    return moment.replace(tzinfo=zone).astimezone(UTC)


@defect("window-has-no-end", "end_date is ignored: all orders since start_date are exported.", "CON-1 WIN-2 WIN-9")
def window_has_no_end(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(window.start, None))


@defect("window-has-no-start", "start_date is ignored: all orders until end_date are exported.", "WIN-2 WIN-9")
def window_has_no_start(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(None, window.end))


@defect(
    "window-in-shop-zone",
    "Window bounds are read in the shop's time zone.",
    "WIN-4",
    seen="WooCommerce, CS-Cart",
)
def window_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour,
        lambda window, shop: RequestedWindow(_in_zone(window.start, shop.zone), _in_zone(window.end, shop.zone)),
    )


@defect("window-in-pacific-time", "Window bounds are read in Pacific time.", "WIN-4", seen="several")
def window_in_pacific_time(behaviour: Behaviour) -> Behaviour:
    pacific = ZoneInfo("America/Los_Angeles")
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(_in_zone(window.start, pacific), _in_zone(window.end, pacific))
    )


@defect("window-an-hour-off", "Window bounds are read an hour too early.", "WIN-4")
def window_an_hour_off(behaviour: Behaviour) -> Behaviour:
    hour = timedelta(hours=1)
    return edit_window(behaviour, lambda window, shop: RequestedWindow(window.start - hour, window.end - hour))


@defect("window-of-whole-days", "Window bounds are cut to the day, so that whole days are exported.", "WIN-5")
def window_of_whole_days(behaviour: Behaviour) -> Behaviour:
    def days(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(hour=0, minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(days=1) - SECOND)

    return edit_window(behaviour, days)


@defect("window-of-whole-hours", "Window bounds are cut to the hour, so that whole hours are exported.", "WIN-5")
def window_of_whole_hours(behaviour: Behaviour) -> Behaviour:
    def hours(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(hours=1) - SECOND)

    return edit_window(behaviour, hours)


@defect(
    "window-starts-a-minute-late",
    "A window lacks its first and its last minute, so that adjacent windows lose a minute.",
    "WIN-6",
)
def window_starts_a_minute_late(behaviour: Behaviour) -> Behaviour:
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(window.start + MINUTE, window.end - timedelta(seconds=60))
    )


@defect(
    "window-bounds-exclusive",
    "Bounds are compared with < and >: an order at 21:09:00 is in neither of two adjacent windows.",
    "WIN-6",
)
def window_bounds_exclusive(behaviour: Behaviour) -> Behaviour:
    def inside(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        return RequestedWindow(window.start + SECOND, window.end - timedelta(seconds=60))

    return edit_window(behaviour, inside)


def _as_text(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %H:%M}"


def _edit_bounds(behaviour: Behaviour, change: Callable[[datetime, Shop], datetime]) -> Behaviour:
    """Change each bound of a window."""
    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(change(window.start, shop), change(window.end, shop))
    )


@defect(
    "window-dates-compared-as-text",
    "Dates are compared as text, 12/30/2025 with 01/02/2026: a window across New Year is empty.",
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
    "Bounds are read as day/month/year if that is a date: 03/04/2026 is 3 April.",
    "SHP-15 WIN-1 WIN-2",
)
def window_day_and_month_swapped(behaviour: Behaviour) -> Behaviour:
    def swapped(moment: datetime, shop: Shop) -> datetime:
        return moment.replace(month=moment.day, day=moment.month) if moment.day <= 12 else moment

    return _edit_bounds(behaviour, swapped)


@defect(
    "window-hours-of-twelve",
    "Hours are read with a 12-hour clock: 16:40 is read as 04:40.",
    "SHP-15 WIN-5",
)
def window_hours_of_twelve(behaviour: Behaviour) -> Behaviour:
    return _edit_bounds(behaviour, lambda moment, shop: moment.replace(hour=moment.hour % 12))


@defect(
    "window-noon-is-midnight",
    "The hour 12 is read as 0: 12:20 is read as 00:20.",
    "SHP-15 WIN-5 WIN-11",
)
def window_noon_is_midnight(behaviour: Behaviour) -> Behaviour:
    return _edit_bounds(behaviour, lambda moment, shop: moment.replace(hour=0) if moment.hour == 12 else moment)


@defect(
    "window-moved-by-todays-offset",
    "Times are converted with today's offset from UTC: times before a clock change are an hour wrong.",
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
    "Each window is an hour longer at both ends, to allow for wrong clocks.",
    "WIN-5",
)
def window_widened_by_an_hour(behaviour: Behaviour) -> Behaviour:
    return edit_window(behaviour, lambda window, shop: RequestedWindow(window.start - HOUR, window.end + HOUR))


@defect(
    "equal-bounds-have-no-end",
    "A window whose bounds are equal has no end: everything since its start is exported.",
    "WIN-2",
)
def equal_bounds_have_no_end(behaviour: Behaviour) -> Behaviour:
    return _replace_equal_bounds(behaviour, lambda store, window: store.window(window.start, None))


@defect(
    "equal-bounds-have-no-start",
    "A window whose bounds are equal has no start: everything until its end is exported.",
    "WIN-2",
)
def equal_bounds_have_no_start(behaviour: Behaviour) -> Behaviour:
    return _replace_equal_bounds(behaviour, lambda store, window: store.window(None, window.end))


def _has_equal_bounds(window: RequestedWindow) -> bool:
    return timedelta(0) <= window.end - window.start < MINUTE


def _replace_equal_bounds(
    behaviour: Behaviour, instead: Callable[[Store, RequestedWindow], OrderSelection]
) -> Behaviour:
    """Select other orders for a window whose bounds are equal."""
    return replace(
        behaviour,
        select=lambda store, window: (instead if _has_equal_bounds(window) else behaviour.select)(store, window),
    )


@defect(
    "equal-bounds-mean-a-day",
    "A window whose bounds are equal is read as the day around them.",
    "WIN-5",
)
def equal_bounds_mean_a_day(behaviour: Behaviour) -> Behaviour:
    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        if not _has_equal_bounds(window):
            return window
        day = window.start.replace(hour=0, minute=0)
        return RequestedWindow(day, day + timedelta(days=1) - SECOND)

    return edit_window(behaviour, change)


@defect(
    "end-at-midnight-is-a-day",
    "An end_date at 00:00 is taken as a day without a time, and becomes 23:59 of that day.",
    "WIN-5",
)
def end_at_midnight_is_a_day(behaviour: Behaviour) -> Behaviour:
    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        end = window.end
        is_midnight = (end.hour, end.minute) == (0, 0)
        return RequestedWindow(window.start, end + 24 * HOUR - MINUTE if is_midnight else end)

    return edit_window(behaviour, change)


@defect(
    "start-at-midnight-is-the-day-before",
    "A start_date at 00:00 is read as 24:00 of a clock that has no such time, and begins a day earlier.",
    "WIN-5",
)
def start_at_midnight_is_the_day_before(behaviour: Behaviour) -> Behaviour:
    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start = window.start
        return RequestedWindow(start - 24 * HOUR if (start.hour, start.minute) == (0, 0) else start, window.end)

    return edit_window(behaviour, change)


@defect(
    "bounds-on-the-wall-clock",
    "Bounds and changes are compared as the wall clock of the shop's zone shows them, so that the hour that autumn "
    "repeats holds the orders of both hours, or none.",
    "WIN-5",
)
def bounds_on_the_wall_clock(behaviour: Behaviour) -> Behaviour:
    def shown(moment: datetime, shop: Shop) -> datetime:
        return moment.astimezone(shop.zone).replace(tzinfo=None)

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        start, end = (shown(moment, store.shop) for moment in (window.start, window.end))
        if (end - start) == (window.end - window.start) and not _is_near_doubled_hour(window, store.shop):
            return behaviour.select(store, window)
        orders = [order for order in store.orders() if start <= shown(order.modified_at, store.shop) <= end]
        return OrderList(sorted(orders, key=lambda order: order.modified_at))

    return replace(behaviour, select=select)


def _is_near_doubled_hour(window: RequestedWindow, shop: Shop) -> bool:
    """True if the clocks of the shop's zone are set back within two hours of one of the bounds."""
    return any(
        (moment + sign * timedelta(hours=hours)).astimezone(shop.zone).fold
        for moment in (window.start, window.end)
        for sign in (1, -1)
        for hours in (0, 1, 2)
    )


# ---------------------------------------------------------------- long windows


def _cut_window(behaviour: Behaviour, days: int, *, keep_end: bool = False) -> Behaviour:
    """Cut a window that is longer than some days."""
    most = timedelta(days=days)

    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        if keep_end:
            return RequestedWindow(max(window.start, window.end - most), window.end)
        return RequestedWindow(window.start, min(window.end, window.start + most))

    return edit_window(behaviour, change)


@defect("window-of-90-days-at-most", "A window ends 90 days after its start, whatever its end.", "WIN-1")
def window_of_90_days_at_most(behaviour: Behaviour) -> Behaviour:
    return _cut_window(behaviour, 90)


@defect("window-of-a-year-at-most", "A window ends a year after its start, whatever its end.", "WIN-1")
def window_of_a_year_at_most(behaviour: Behaviour) -> Behaviour:
    return _cut_window(behaviour, 366)


@defect("window-begins-a-year-before-its-end", "A window begins at most a year before its end.", "WIN-1")
def window_begins_a_year_before_its_end(behaviour: Behaviour) -> Behaviour:
    return _cut_window(behaviour, 366, keep_end=True)


# ---------------------------------------------------------------- changes of the clocks


@defect(
    "skipped-hour-refused",
    "Bounds are read in the shop's zone first, and refused if its clocks skip that time in spring.",
    "CON-12",
)
def skipped_hour_refused(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        window = behaviour.read_window(request, shop)
        for bound in (window.start, window.end):
            shown = bound.replace(tzinfo=None)
            if _in_zone(bound, shop.zone).astimezone(shop.zone).replace(tzinfo=None) != shown:
                raise Refusal(400, f"{shown} does not exist.")
        return window

    return replace(behaviour, read_window=read_window)


@defect(
    "skipped-hour-moves-bounds",
    "Bounds are read in the shop's zone first: one that its clocks skip in spring becomes an hour later.",
    "WIN-1 WIN-5",
)
def skipped_hour_moves_bounds(behaviour: Behaviour) -> Behaviour:
    def moved(bound: datetime, shop: Shop) -> datetime:
        return _in_zone(bound, shop.zone).astimezone(shop.zone).replace(tzinfo=UTC)

    return edit_window(
        behaviour, lambda window, shop: RequestedWindow(moved(window.start, shop), moved(window.end, shop))
    )


def _read_by_days(behaviour: Behaviour, end_of: Callable[[datetime, datetime], datetime]) -> Behaviour:
    """Read a window of more than a day in parts: each day of the zone, from its beginning to ``end_of`` it."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if window.end - window.start <= DAY or window.end - window.start > 5 * DAY:
            return behaviour.select(store, window)
        found: list[Order] = []
        begin = window.start.astimezone(store.shop.zone).replace(hour=0, minute=0, second=0)
        while begin <= window.end:
            following = (begin + DAY).replace(hour=0)  # on the clocks of the zone
            part = RequestedWindow(
                max(window.start, begin.astimezone(UTC)),
                min(window.end, end_of(begin.astimezone(UTC), following.astimezone(UTC))),
            )
            found += all_orders(behaviour.select(store, part)) if part.start <= part.end else ()
            begin = following
        return OrderList(found)

    return replace(behaviour, select=select)


@defect(
    "long-day-cut-at-24-hours",
    "Windows of days are read by days of 24 hours: the last hour of the day on which clocks are set back is lost.",
    "WIN-1",
)
def long_day_cut_at_24_hours(behaviour: Behaviour) -> Behaviour:
    return _read_by_days(behaviour, lambda begin, following: min(begin + DAY, following) - SECOND)


@defect(
    "short-day-runs-into-the-next",
    "Windows of days are read by days of 24 hours: the first hour after the day on which clocks are set forward "
    "comes twice.",
    "PAG-2",
)
def short_day_runs_into_the_next(behaviour: Behaviour) -> Behaviour:
    return _read_by_days(behaviour, lambda begin, following: max(begin + DAY, following) - SECOND)


@defect(
    "end-made-from-the-start",
    "The end of a window is its start with another year, month and day, one after the other: days that a month lacks "
    "are counted on in the next.",
    "WIN-2",
)
def end_made_from_the_start(behaviour: Behaviour) -> Behaviour:
    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = window.start, window.end
        first_of_month = end.replace(day=1)
        with_day_of_start = first_of_month + timedelta(days=start.day - 1)
        return RequestedWindow(start, with_day_of_start.replace(day=end.day))

    return edit_window(behaviour, change)

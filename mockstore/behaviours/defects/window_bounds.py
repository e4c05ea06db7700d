"""Ways to misread the bounds of a window: dates as text, clocks of 12 hours, calendars of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import selected, windowed
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.export import read_bound
from mockstore.endpoint.message import OrderSelection, Page, Refusal, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

HOUR = timedelta(hours=1)


def _as_text(moment: datetime) -> str:
    return f"{moment:%m/%d/%Y %H:%M}"


def _bounds(behaviour: Behaviour, change: Callable[[datetime, Shop], datetime]) -> Behaviour:
    """Each bound is taken to be another."""
    return windowed(
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
        kept = selected(behaviour, lambda order, store: start <= _as_text(order.modified_at) <= end)
        return kept.select(store, window)

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
    return windowed(behaviour, lambda window, shop: RequestedWindow(window.start - HOUR, window.end + HOUR))


@defect("window-ignored", "Every poll gets all orders, whatever the window.", "CON-1 WIN-2 WIN-9")
def window_ignored(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(None, None))


@defect(
    "window-not-before-thirty-days",
    "Only the last thirty days are searched: older changes are taken to be done with.",
    "WIN-1",
)
def window_not_before_thirty_days(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        oldest = store.clock.now() - timedelta(days=30)
        return behaviour.select(store, RequestedWindow(max(window.start, oldest), window.end))

    return replace(behaviour, select=select)


@defect(
    "orders-of-today-left-out",
    "Orders changed within the last two hours are held back: they might change again.",
    "WIN-1 WIN-11 SHP-15",
)
def orders_of_today_left_out(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: store.clock.now() - order.modified_at > timedelta(hours=2))


@defect(
    "note-is-no-change",
    "The window is on the last change of status: a note that staff write is no change.",
    "WIN-11",
)
def note_is_no_change(behaviour: Behaviour) -> Behaviour:
    known: dict[str, tuple[str, datetime]] = {}

    def unchanged(order: Order, window: RequestedWindow) -> bool:
        status, since = known.get(order.order_number, (order.status, order.modified_at))
        if status != order.status or order.shipments:
            since = order.modified_at
        known[order.order_number] = order.status, since
        return window.start <= since <= window.end

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        kept = selected(behaviour, lambda order, store: unchanged(order, window))
        return kept.select(store, window)

    return replace(behaviour, select=select)


@defect("on-hold-left-out", "Orders on hold aren't exported.", "WIN-7")
def on_hold_left_out(behaviour: Behaviour) -> Behaviour:
    def held(order: Order, store: Store) -> bool:
        return any(status.name == order.status and status.maps_to == "on_hold" for status in store.shop.statuses)

    return selected(behaviour, lambda order, store: not held(order, store) or order.status.startswith("Wird"))


@defect("export-puts-on-hold", "An exported order gets another status, so that nobody packs it twice.", "WIN-8")
def export_puts_on_hold(behaviour: Behaviour) -> Behaviour:
    def exported(store: Store, page: Page) -> None:
        behaviour.exported(store, page)
        for order in page.orders:
            store.change(order.order_number, status="Awaiting call", modified_at=order.modified_at)

    return replace(behaviour, exported=exported)


@defect("start-after-end-gives-everything", "Bounds in the wrong order are no bounds: everything comes.", "WIN-9")
def start_after_end_gives_everything(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return behaviour.select(store, window) if window.start <= window.end else store.window(None, None)

    return replace(behaviour, select=select)


@defect("date-rolled-over", "A date that no calendar has is rolled over: month 13 is the next January.", "WIN-10")
def date_rolled_over(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        given = request.query.get("end_date", "")
        if not given.startswith("13/"):
            return behaviour.read_window(request, shop)
        start = read_bound(request.query.get("start_date"), "start_date")
        return RequestedWindow(start, datetime(int(given[6:10]) + 1, 2, 14, tzinfo=UTC))

    return replace(behaviour, read_window=read_window)


@defect("missing-dates-mean-today", "Where a date is missing, the orders of the last day come.", "WIN-10")
def missing_dates_mean_today(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if window.start != window.end:
            return behaviour.select(store, window)
        return store.window(store.clock.now() - timedelta(days=1), None)

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if all(request.query.get(name) for name in ("start_date", "end_date")):
            return behaviour.read_window(request, shop)
        never = datetime.max.replace(tzinfo=UTC)
        return RequestedWindow(never, never)

    return replace(behaviour, select=select, read_window=read_window)


@defect(
    "dates-only-where-slashes-are-encoded",
    "A date whose slashes aren't percent-encoded isn't understood.",
    "CON-10",
)
def dates_only_where_slashes_are_encoded(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        if request.target.partition("start_date=")[2].partition("&")[0].count("/"):
            raise Refusal(400, "start_date is no date.")
        return behaviour.read_window(request, shop)

    return replace(behaviour, read_window=read_window)

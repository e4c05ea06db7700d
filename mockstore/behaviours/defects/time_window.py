"""Ways to get the time window wrong: which orders a poll brings, and what polling changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import SECOND, searched, selected, windowed
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.export import read_bound
from mockstore.endpoint.message import Fields, OrderSelection, Page, Refusal, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def _meaning(order: Order, store: Store) -> str | None:
    return next((status.maps_to for status in store.shop.statuses if status.name == order.status), None)


def _read_as(moment: datetime, zone: ZoneInfo) -> datetime:
    """The moment that a clock in that zone shows like this one in UTC."""
    return moment.replace(tzinfo=zone).astimezone(UTC)


# ---------------------------------------------------------------- which orders


@defect(
    "one-storefront-only",
    "Only the default storefront's orders come out of a shop with several.",
    "WIN-1",
    seen="Magento",
)
def one_storefront_only(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: order.customer.billing.country != "US")


@defect(
    "window-empty-gives-latest",
    "Where nothing was modified in the window, the latest orders come.",
    "CON-1 WIN-2 WIN-9",
)
def window_empty_gives_latest(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = behaviour.select(store, window)
        return found if len(found) else store.window(store.clock.now() - timedelta(days=60), None)

    return replace(behaviour, select=select)


@defect("window-has-no-end", "end_date is ignored: all since start_date comes.", "CON-1 WIN-2 WIN-9")
def window_has_no_end(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(window.start, None))


@defect("window-has-no-start", "start_date is ignored: all until end_date comes.", "WIN-2 WIN-9")
def window_has_no_start(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(None, window.end))


@defect(
    "window-on-order-date",
    "The window is on the order date: a later change never arrives.",
    "WIN-3 WIN-12",
    seen="several",
)
def window_on_order_date(behaviour: Behaviour) -> Behaviour:
    return searched(behaviour, lambda order, window: window.start <= order.placed_at <= window.end)


@defect(
    "window-on-both-dates",
    "Only orders both placed and modified in the window come: an old one, changed, never does.",
    "WIN-3",
)
def window_on_both_dates(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        placed = selected(behaviour, lambda order, store: window.start <= order.placed_at <= window.end)
        return placed.select(store, window)

    return replace(behaviour, select=select)


@defect(
    "window-on-either-date",
    "An order placed in the window comes, too, whenever it was modified.",
    "WIN-12",
    seen="CS-Cart",
)
def window_on_either_date(behaviour: Behaviour) -> Behaviour:
    return searched(
        behaviour,
        lambda order, window: any(
            window.start <= moment <= window.end for moment in (order.placed_at, order.modified_at)
        ),
    )


# ---------------------------------------------------------------- where a window begins and ends


@defect(
    "window-in-shop-zone",
    "Window bounds are read in the shop's own zone.",
    "WIN-4",
    seen="WooCommerce, CS-Cart",
)
def window_in_shop_zone(behaviour: Behaviour) -> Behaviour:
    return windowed(
        behaviour,
        lambda window, shop: RequestedWindow(_read_as(window.start, shop.zone), _read_as(window.end, shop.zone)),
    )


@defect("window-in-pacific-time", "Window bounds are read in Pacific time.", "WIN-4", seen="several")
def window_in_pacific_time(behaviour: Behaviour) -> Behaviour:
    pacific = ZoneInfo("America/Los_Angeles")
    return windowed(
        behaviour, lambda window, shop: RequestedWindow(_read_as(window.start, pacific), _read_as(window.end, pacific))
    )


@defect("window-an-hour-off", "Bounds are moved by a fixed hour, as if it were always winter.", "WIN-4")
def window_an_hour_off(behaviour: Behaviour) -> Behaviour:
    hour = timedelta(hours=1)
    return windowed(behaviour, lambda window, shop: RequestedWindow(window.start - hour, window.end - hour))


@defect("window-of-whole-days", "Bounds are cut to the day: the whole day comes.", "WIN-5")
def window_of_whole_days(behaviour: Behaviour) -> Behaviour:
    def days(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(hour=0, minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(days=1) - SECOND)

    return windowed(behaviour, days)


@defect("window-of-whole-hours", "Bounds are cut to the hour: the whole hour comes.", "WIN-5")
def window_of_whole_hours(behaviour: Behaviour) -> Behaviour:
    def hours(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        start, end = (bound.replace(minute=0, second=0) for bound in (window.start, window.end))
        return RequestedWindow(start, end + timedelta(hours=1) - SECOND)

    return windowed(behaviour, hours)


@defect(
    "window-starts-a-minute-late",
    "Neither the first nor the last minute is part of a window: between two that meet, one is lost.",
    "WIN-6",
)
def window_starts_a_minute_late(behaviour: Behaviour) -> Behaviour:
    return windowed(
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

    return windowed(behaviour, inside)


# ---------------------------------------------------------------- statuses


@defect("cancelled-left-out", "Cancelled orders aren't exported.", "WIN-7")
def cancelled_left_out(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: _meaning(order, store) != "cancelled")


@defect("unpaid-left-out", "Unpaid orders aren't exported.", "WIN-7")
def unpaid_left_out(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: _meaning(order, store) != "unpaid")


@defect("shipped-left-out", "Shipped orders aren't exported: they are done with.", "WIN-7 SHP-15", seen="several")
def shipped_left_out(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: _meaning(order, store) != "shipped")


@defect("paid-only", "Only paid orders are exported.", "WIN-7 STA-3 SHP-15")
def paid_only(behaviour: Behaviour) -> Behaviour:
    return selected(behaviour, lambda order, store: _meaning(order, store) == "paid")


# ---------------------------------------------------------------- what exporting changes


@defect(
    "export-bumps-last-modified",
    "Marking an order as exported is a change: the next poll gets it again, for ever.",
    "WIN-8",
    seen="WooCommerce",
)
def export_bumps_last_modified(behaviour: Behaviour) -> Behaviour:
    def exported(store: Store, page: Page) -> None:
        behaviour.exported(store, page)
        for order in page.orders:
            store.change(order.order_number)

    return replace(behaviour, exported=exported)


@defect("exported-once-only", "What was exported isn't exported again until it is changed.", "WIN-8")
def exported_once_only(behaviour: Behaviour) -> Behaviour:
    seen: set[tuple[str, datetime]] = set()

    def exportable(order: Order) -> bool:
        return behaviour.exportable(order) and (order.order_id, order.modified_at) not in seen

    def exported(store: Store, page: Page) -> None:
        behaviour.exported(store, page)
        seen.update((order.order_id, order.modified_at) for order in page.orders)

    return replace(behaviour, exportable=exportable, exported=exported)


@defect(
    "exported-never-again",
    "An order that was exported once is left out of every later window, changed or not.",
    "WIN-11 SHP-15",
)
def exported_never_again(behaviour: Behaviour) -> Behaviour:
    first: dict[str, datetime] = {}

    def exportable(order: Order) -> bool:
        return behaviour.exportable(order) and first.get(order.order_id, order.modified_at) == order.modified_at

    def exported(store: Store, page: Page) -> None:
        behaviour.exported(store, page)
        for order in page.orders:
            first.setdefault(order.order_id, order.modified_at)

    return replace(behaviour, exportable=exportable, exported=exported)


@defect("last-modified-is-now", "LastModified is the time of the export.", "ORD-6 WIN-8")
def last_modified_is_now(behaviour: Behaviour) -> Behaviour:
    asked = datetime.now(UTC)

    def present(order: Order, shop: Shop) -> Fields:
        nonlocal asked
        asked += MINUTE  # a clock that is quicker than ours, so that two exports differ
        fields = behaviour.present(order, shop)
        return fields | {"LastModified": f"{asked:%m/%d/%Y %H:%M}"}

    return replace(behaviour, present=present)


# ---------------------------------------------------------------- windows that are none


@defect("start-after-end-swapped", "Bounds in the wrong order are swapped, and give all between.", "WIN-9")
def start_after_end_swapped(behaviour: Behaviour) -> Behaviour:
    return windowed(
        behaviour,
        lambda window, shop: RequestedWindow(min(window.start, window.end), max(window.start, window.end)),
    )


@defect("start-after-end-500", "Bounds in the wrong order are a failure inside.", "WIN-9")
def start_after_end_500(behaviour: Behaviour) -> Behaviour:
    def checked(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        if window.start > window.end:
            raise Refusal(500, "Something failed in the store.")
        return window

    return windowed(behaviour, checked)


@defect("missing-start-means-always", "A missing start_date means from the beginning on.", "WIN-10")
def missing_start_means_always(behaviour: Behaviour) -> Behaviour:
    return _missing(behaviour, "start_date", "01/01/1970 00:00")


@defect("missing-end-means-now", "A missing end_date means until now.", "WIN-10")
def missing_end_means_now(behaviour: Behaviour) -> Behaviour:
    return _missing(behaviour, "end_date", "12/31/9998 23:59")


def _missing(behaviour: Behaviour, name: str, stands_for: str) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        given = {key: value for key, value in request.query.items() if key != name or value}
        return behaviour.read_window(replace(request, query={name: stands_for} | given), shop)

    return replace(behaviour, read_window=read_window)


@defect(
    "unreadable-date-is-1970",
    "A date that can't be read is the beginning of 1970, and the window answered.",
    "CON-9 WIN-10",
)
def unreadable_date_is_1970(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            return RequestedWindow(EPOCH, EPOCH)

    return replace(behaviour, read_window=read_window)


@defect(
    "unreadable-date-gives-everything",
    "A date that can't be read is no bound: everything comes.",
    "CON-9 WIN-10 SEC-4",
)
def unreadable_date_gives_everything(behaviour: Behaviour) -> Behaviour:
    def bound(request: Request, name: str, otherwise: datetime) -> datetime:
        try:
            return read_bound(request.query.get(name), name)
        except Refusal:
            return otherwise

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            last = datetime.max.replace(tzinfo=UTC, microsecond=0)
            return RequestedWindow(bound(request, "start_date", EPOCH), bound(request, "end_date", last))

    return replace(behaviour, read_window=read_window)


@defect("unreadable-date-500", "A date that can't be read is a failure inside.", "WIN-10 SEC-4")
def unreadable_date_500(behaviour: Behaviour) -> Behaviour:
    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        try:
            return behaviour.read_window(request, shop)
        except Refusal:
            raise Refusal(500, "Something failed in the store.") from None

    return replace(behaviour, read_window=read_window)

"""Defects of the selection: which orders of a window are exported, by date and by status."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import filter_orders, select_orders
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import OrderSelection, RequestedWindow
from mockstore.orders.model import Order
from mockstore.store.store import Store


def _meaning(order: Order, store: Store) -> str | None:
    return next((status.maps_to for status in store.shop.statuses if status.name == order.status), None)


@defect(
    "one-storefront-only",
    "A shop with several storefronts exports only the orders of the default storefront.",
    "WIN-1",
    seen="Magento",
)
def one_storefront_only(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: order.customer.billing.country != "US")


@defect(
    "window-empty-gives-latest",
    "A window without orders gives the latest orders.",
    "CON-1 WIN-2 WIN-9",
)
def window_empty_gives_latest(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = behaviour.select(store, window)
        return found if len(found) else store.window(store.clock.now() - timedelta(days=60), None)

    return replace(behaviour, select=select)


@defect(
    "window-on-order-date",
    "The window selects by order date, so that later changes are not exported.",
    "WIN-3 WIN-12",
    seen="several",
)
def window_on_order_date(behaviour: Behaviour) -> Behaviour:
    return select_orders(behaviour, lambda order, window: window.start <= order.placed_at <= window.end)


@defect(
    "window-on-both-dates",
    "An order is exported only if it was both placed and modified in the window.",
    "WIN-3",
)
def window_on_both_dates(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        placed = filter_orders(behaviour, lambda order, store: window.start <= order.placed_at <= window.end)
        return placed.select(store, window)

    return replace(behaviour, select=select)


@defect(
    "window-on-either-date",
    "An order is exported if it was placed or modified in the window.",
    "WIN-12",
    seen="CS-Cart",
)
def window_on_either_date(behaviour: Behaviour) -> Behaviour:
    return select_orders(
        behaviour,
        lambda order, window: any(
            window.start <= moment <= window.end for moment in (order.placed_at, order.modified_at)
        ),
    )


@defect("cancelled-left-out", "Cancelled orders are not exported.", "WIN-7")
def cancelled_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: _meaning(order, store) != "cancelled")


@defect("unpaid-left-out", "Unpaid orders are not exported.", "WIN-7")
def unpaid_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: _meaning(order, store) != "unpaid")


@defect("shipped-left-out", "Shipped orders are not exported.", "WIN-7 SHP-15", seen="several")
def shipped_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: _meaning(order, store) != "shipped")


@defect("paid-only", "Only paid orders are exported.", "WIN-7 STA-3 SHP-15")
def paid_only(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: _meaning(order, store) == "paid")


@defect("window-ignored", "The window is ignored: every poll gets all orders.", "CON-1 WIN-2 WIN-9")
def window_ignored(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, select=lambda store, window: store.window(None, None))


@defect(
    "window-not-before-thirty-days",
    "Orders changed more than thirty days ago are not exported.",
    "WIN-1",
)
def window_not_before_thirty_days(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        oldest = store.clock.now() - timedelta(days=30)
        return behaviour.select(store, RequestedWindow(max(window.start, oldest), window.end))

    return replace(behaviour, select=select)


@defect(
    "orders-of-today-left-out",
    "Orders changed within the last two hours are not exported yet.",
    "WIN-1 WIN-11 SHP-15",
)
def orders_of_today_left_out(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: store.clock.now() - order.modified_at > timedelta(hours=2))


@defect(
    "note-is-no-change",
    "The window selects by the last change of the status: a staff note does not count as a change.",
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
        filtered = filter_orders(behaviour, lambda order, store: unchanged(order, window))
        return filtered.select(store, window)

    return replace(behaviour, select=select)


@defect("on-hold-left-out", "Orders on hold are not exported, unless the merchant added the status.", "WIN-7")
def on_hold_left_out(behaviour: Behaviour) -> Behaviour:
    def held(order: Order, store: Store) -> bool:
        return any(status.name == order.status and status.maps_to == "on_hold" for status in store.shop.statuses)

    return filter_orders(behaviour, lambda order, store: not held(order, store) or order.status.startswith("Wird"))


# ---------------------------------------------------------------- ages of orders


@defect("orders-of-ten-years-only", "Orders that were placed more than ten years ago are not exported.", "WIN-1")
def orders_of_ten_years_only(behaviour: Behaviour) -> Behaviour:
    return filter_orders(behaviour, lambda order, store: store.clock.now() - order.placed_at < timedelta(days=3653))


@defect("fresh-unpaid-held-back", "Unpaid orders are not exported in the first minute after a change.", "WIN-1 WIN-11")
def fresh_unpaid_held_back(behaviour: Behaviour) -> Behaviour:
    def is_ready(order: Order, store: Store) -> bool:
        return _meaning(order, store) != "unpaid" or not timedelta(
            0
        ) <= store.clock.now() - order.modified_at < timedelta(minutes=1)

    return filter_orders(behaviour, is_ready)


@defect("new-orders-held-back", "Orders are not exported in the first five minutes after they were placed.", "WIN-1")
def new_orders_held_back(behaviour: Behaviour) -> Behaviour:
    return filter_orders(
        behaviour, lambda order, store: not timedelta(0) <= store.clock.now() - order.placed_at < timedelta(minutes=5)
    )

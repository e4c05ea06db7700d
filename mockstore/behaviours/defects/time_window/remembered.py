"""Defects of what a store keeps from one request to the next: windows, replies, and what was exported."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import OrderList, all_orders, edit_order, filter_orders, one_export_at_a_time
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Fields, OrderSelection, Page, Reply, Request, RequestedWindow
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

HOUR = timedelta(hours=1)
SLOW_READING_S = 0.02
"""Seconds between the reading of a window and the selection of its orders, in a store that answers in threads."""


def _minute(moment: datetime) -> datetime:
    return moment.replace(second=0, microsecond=0)


# ---------------------------------------------------------------- exports at the same moment


@defect(
    "window-in-a-variable-of-all-requests",
    "The window is kept in a variable of the whole program: of two exports at the same moment, both have the "
    "later window.",
    "WIN-2",
)
def window_in_a_variable_of_all_requests(behaviour: Behaviour) -> Behaviour:
    latest: list[RequestedWindow] = []

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        latest[:] = [behaviour.read_window(request, shop)]
        time.sleep(SLOW_READING_S)
        return latest[0]

    return replace(behaviour, read_window=read_window, concurrent=True)


@defect(
    "second-export-at-once-is-empty",
    "While an export is made, another export finds the orders locked, and is empty.",
    "WIN-1",
)
def second_export_at_once_is_empty(behaviour: Behaviour) -> Behaviour:
    return one_export_at_a_time(behaviour, SLOW_READING_S, lambda: OrderList([]))


# ---------------------------------------------------------------- pages of two windows


@defect(
    "pages-of-the-last-list",
    "Page 1 keeps the list of orders, and later pages are cut from the list that was kept last, of whatever window.",
    "PAG-2 PAG-3",
)
def pages_of_the_last_list(behaviour: Behaviour) -> Behaviour:
    kept: list[OrderSelection] = []

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        if number == 1:
            kept[:] = [selection]
        return behaviour.paginate(kept[0] if kept else selection, number, shop)

    return replace(behaviour, paginate=paginate)


@defect(
    "next-page-whatever-is-asked",
    "A page after the first one is the page that follows the last answer for this window, whatever its number.",
    "PAG-3 PAG-4",
)
def next_page_whatever_is_asked(behaviour: Behaviour) -> Behaviour:
    given: dict[RequestedWindow, int] = {}
    asked: list[RequestedWindow] = []

    def read_window(request: Request, shop: Shop) -> RequestedWindow:
        asked[:] = [behaviour.read_window(request, shop)]
        return asked[0]

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        place = 1 if number == 1 else given.get(asked[0], 0) + 1
        given[asked[0]] = place
        return behaviour.paginate(selection, place, shop)

    return replace(behaviour, read_window=read_window, paginate=paginate)


# ---------------------------------------------------------------- replies that are kept


def _keep_replies(behaviour: Behaviour, state: Callable[[Order], object]) -> Behaviour:
    """Answer a request again with the reply that was kept, as long as ``state`` of every order is the same."""
    kept: dict[str, tuple[object, Reply]] = {}
    states: list[object] = []

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = all_orders(behaviour.select(store, window))
        states[:] = [{order.order_number: state(order) for order in found}]
        return OrderList(found)

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        known, earlier = kept.get(request.target, (None, reply))
        if known == states[0]:
            return earlier
        kept[request.target] = states[0], reply
        return reply

    return replace(behaviour, select=select, send=send)


@defect(
    "cache-keeps-edited-notes",
    "Replies are kept for each URL. A change of status and a shipment drop a reply; an edited note does not.",
    "CON-8 WIN-11",
)
def cache_keeps_edited_notes(behaviour: Behaviour) -> Behaviour:
    return _keep_replies(behaviour, lambda order: (order.status, order.shipments))


@defect(
    "cache-keeps-changes-of-status",
    "Replies are kept for each URL. An edited note and a shipment drop a reply; a change of status does not.",
    "STA-4",
)
def cache_keeps_changes_of_status(behaviour: Behaviour) -> Behaviour:
    return _keep_replies(behaviour, lambda order: (order.customer_notes, order.internal_notes, order.shipments))


@defect(
    "cache-keeps-changes-within-a-minute",
    "Replies are kept for each URL, until an order has another LastModified, to the minute.",
    "CON-8 STA-4 WIN-11",
)
def cache_keeps_changes_within_a_minute(behaviour: Behaviour) -> Behaviour:
    return _keep_replies(behaviour, lambda order: _minute(order.modified_at))


@defect(
    "cache-keeps-empty-windows",
    "A reply without orders is kept for its URL, and answers this request for ever.",
    "WIN-11",
)
def cache_keeps_empty_windows(behaviour: Behaviour) -> Behaviour:
    kept: dict[str, Reply] = {}
    is_empty: list[bool] = []

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = all_orders(behaviour.select(store, window))
        is_empty[:] = [not found]
        return OrderList(found)

    def send(body: bytes, request: Request) -> Reply:
        reply = behaviour.send(body, request)
        if is_empty == [True]:
            kept.setdefault(request.target, reply)
        return kept.get(request.target, reply)

    return replace(behaviour, select=select, send=send)


@defect(
    "empty-hours-are-kept",
    "That a window of an hour or more was empty is kept for its bounds, for ever.",
    "WIN-11",
)
def empty_hours_are_kept(behaviour: Behaviour) -> Behaviour:
    empty: set[RequestedWindow] = set()

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = all_orders(behaviour.select(store, window))
        if not found and window.end - window.start >= HOUR:
            empty.add(window)
        return OrderList([]) if window in empty else OrderList(found)

    return replace(behaviour, select=select)


@defect(
    "cache-with-rounded-bounds",
    "The last window of a past month is kept under bounds rounded down to five minutes: a window right after it, with "
    "bounds in the same five minutes, gets its orders.",
    "WIN-5",
)
def cache_with_rounded_bounds(behaviour: Behaviour) -> Behaviour:
    kept: list[tuple[list[datetime], RequestedWindow]] = []

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if datetime.now(UTC) - window.end < timedelta(days=30):
            return behaviour.select(store, window)
        rounded = [each.replace(minute=each.minute // 5 * 5, second=0) for each in (window.start, window.end)]
        if not kept or kept[0][0] != rounded:
            kept[:] = [(rounded, window)]
        return behaviour.select(store, kept[0][1])

    return replace(behaviour, select=select)


# ---------------------------------------------------------------- nothing twice


@defect(
    "unchanged-content-left-out",
    "An order that was exported comes again only if its content is another one: an order that is put on hold and back "
    "is missing in the window of the change.",
    "WIN-11",
)
def unchanged_content_left_out(behaviour: Behaviour) -> Behaviour:
    exported: dict[str, Order] = {}

    def is_news(order: Order, store: Store) -> bool:
        earlier = exported.get(order.order_number, order)
        return earlier == order or msgspec.structs.replace(earlier, modified_at=order.modified_at) != order

    def present(order: Order, shop: Shop) -> Fields:
        exported[order.order_number] = order
        return behaviour.present(order, shop)

    return replace(filter_orders(behaviour, is_news), present=present)


def _without_repetitions(
    behaviour: Behaviour, is_next: Callable[[RequestedWindow, RequestedWindow], bool]
) -> Behaviour:
    """Leave out what the last window exported with the same LastModified, if ``is_next`` of last and present window."""
    last: list[RequestedWindow] = []
    exported: set[tuple[str, datetime]] = set()

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = all_orders(behaviour.select(store, window))
        keys = {order.order_number: (order.order_number, _minute(order.modified_at)) for order in found}
        if last and is_next(last[0], window):
            found = [order for order in found if keys[order.order_number] not in exported]
        elif not last or last[0] != window:
            exported.clear()
        last[:] = [window]
        exported.update(keys[order.order_number] for order in found)
        return OrderList(found)

    return replace(behaviour, select=select)


@defect(
    "minute-of-last-window-left-out",
    "A window that begins where the last one ended leaves out the orders that were exported with the same minute.",
    "WIN-11",
)
def minute_of_last_window_left_out(behaviour: Behaviour) -> Behaviour:
    return _without_repetitions(behaviour, lambda last, now: _minute(last.end) == now.start)


@defect(
    "later-window-leaves-out-the-same-minute",
    "A window that begins later than the last one leaves out the orders that were exported with the same minute.",
    "WIN-11",
)
def later_window_leaves_out_the_same_minute(behaviour: Behaviour) -> Behaviour:
    return _without_repetitions(behaviour, lambda last, now: last.start < now.start <= last.end < now.end)


# ---------------------------------------------------------------- values that move


def _note_first(of: Callable[[Order, Shop], object | None]) -> Callable[[Order, Shop], tuple[bool, datetime]]:
    """Return a function that tells if ``of`` an order has changed since it was exported first, and when."""
    known: dict[str, object] = {}
    moved: dict[str, datetime] = {}

    def look(order: Order, shop: Shop) -> tuple[bool, datetime]:
        now = of(order, shop)
        if known.setdefault(order.order_number, now) != now:
            known[order.order_number] = now
            moved[order.order_number] = order.modified_at
        return order.order_number in moved, moved.get(order.order_number, order.placed_at)

    return look


def _meaning(order: Order, shop: Shop) -> str | None:
    return next((status.maps_to for status in shop.statuses if status.name == order.status), None)


@defect(
    "order-date-is-time-of-payment",
    "When an unpaid order is paid, OrderDate becomes the time of the payment.",
    "ORD-5",
)
def order_date_is_time_of_payment(behaviour: Behaviour) -> Behaviour:
    unpaid: set[str] = set()
    paid: dict[str, datetime] = {}

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if _meaning(order, shop) == "unpaid":
            unpaid.add(order.order_number)
        elif order.order_number in unpaid:
            paid.setdefault(order.order_number, order.modified_at)
        if order.order_number in paid:
            fields["OrderDate"] = f"{paid[order.order_number]:%m/%d/%Y %H:%M}"

    return edit_order(behaviour, change)


@defect(
    "customer-code-follows-the-note",
    "The CustomerCode is computed from the whole customer record, and differs after the customer's notes are edited.",
    "CUS-3",
)
def customer_code_follows_the_note(behaviour: Behaviour) -> Behaviour:
    look = _note_first(lambda order, shop: order.customer_notes)

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if look(order, shop)[0]:
            customer = fields["Customer"]
            assert isinstance(customer, dict)
            customer["CustomerCode"] = f"{customer['CustomerCode']}-2"[:50]

    return edit_order(behaviour, change)


@defect(
    "payment-forgets-the-method",
    "When an unpaid order is paid, PaymentMethod becomes the name of the status.",
    "ORD-11",
)
def payment_forgets_the_method(behaviour: Behaviour) -> Behaviour:
    look = _note_first(lambda order, shop: _meaning(order, shop) == "unpaid")

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if look(order, shop)[0] and not order.shipments:
            fields["PaymentMethod"] = order.status[:50]

    return edit_order(behaviour, change)


@defect(
    "payment-recalculates-the-coupon",
    "When an unpaid order is paid, its coupon is used up, and the discount is no longer exported.",
    "DIS-1",
)
def payment_recalculates_the_coupon(behaviour: Behaviour) -> Behaviour:
    look = _note_first(lambda order, shop: _meaning(order, shop) == "unpaid")

    def present(order: Order, shop: Shop) -> Fields:
        is_paid = look(order, shop)[0] and not order.shipments
        return behaviour.present(msgspec.structs.replace(order, discounts=()) if is_paid else order, shop)

    return replace(behaviour, present=present)


@defect(
    "edited-note-saves-billing-address",
    "The form in which notes are edited also saves the billing address as the shipping address.",
    "CUS-4 CUS-9",
)
def edited_note_saves_billing_address(behaviour: Behaviour) -> Behaviour:
    look = _note_first(lambda order, shop: order.customer_notes)

    def present(order: Order, shop: Shop) -> Fields:
        customer = order.customer
        if look(order, shop)[0]:
            customer = msgspec.structs.replace(customer, shipping=customer.billing)
        return behaviour.present(msgspec.structs.replace(order, customer=customer), shop)

    return replace(behaviour, present=present)


@defect(
    "change-of-status-drops-gift",
    "A change of status saves the order again, without the gift.",
    "GIF-1",
)
def change_of_status_drops_gift(behaviour: Behaviour) -> Behaviour:
    look = _note_first(lambda order, shop: order.status)

    def present(order: Order, shop: Shop) -> Fields:
        moved = look(order, shop)[0] and not order.shipments
        return behaviour.present(msgspec.structs.replace(order, gift=False, gift_message="") if moved else order, shop)

    return replace(behaviour, present=present)


@defect(
    "customers-note-is-no-change",
    "An edited note of the customer changes neither LastModified nor the window in which the order comes.",
    "WIN-11",
)
def customers_note_is_no_change(behaviour: Behaviour) -> Behaviour:
    known: dict[str, tuple[object, datetime]] = {}

    def since(order: Order) -> datetime:
        now = (order.status, order.internal_notes, order.shipments)
        state, moment = known.get(order.order_number, (now, order.modified_at))
        known[order.order_number] = now, order.modified_at if state != now else moment
        return known[order.order_number][1]

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        kept = filter_orders(behaviour, lambda order, store: window.start <= since(order) <= window.end)
        found = all_orders(kept.select(store, window))
        return OrderList([msgspec.structs.replace(order, modified_at=since(order)) for order in found])

    return replace(behaviour, select=select)

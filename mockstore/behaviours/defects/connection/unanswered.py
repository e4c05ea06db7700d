"""Defects of valid requests for orders that are not answered: 5xx, refusals, and replies that break off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_reply, edit_window, fail_on
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Document, OrderSelection, Page, Refusal, Reply, RequestedWindow, SimulatedCrash
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

MANY_ORDERS = 12
MANY_BYTES = 40_000


def _fail_on_page(behaviour: Behaviour, crashes_on: Callable[[Page], bool]) -> Behaviour:
    """Let the export crash on pages for which ``crashes_on`` is true."""

    def paginate(selection: OrderSelection, number: int, shop: Shop) -> Page:
        page = behaviour.paginate(selection, number, shop)
        if crashes_on(page):
            raise SimulatedCrash
        return page

    return replace(behaviour, paginate=paginate)


@defect(
    "too-many-orders-fail",
    f"A page of more than {MANY_ORDERS} orders exhausts the script's memory and is answered 500.",
    "CON-12",
    seen="WooCommerce, CS-Cart",
)
def too_many_orders_fail(behaviour: Behaviour) -> Behaviour:
    return _fail_on_page(behaviour, lambda page: len(page.orders) > MANY_ORDERS)


@defect("window-of-many-orders-refused", f"A window of more than {MANY_ORDERS} orders is refused with 413.", "CON-12")
def window_of_many_orders_refused(behaviour: Behaviour) -> Behaviour:
    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = behaviour.select(store, window)
        if len(found) > MANY_ORDERS:
            raise Refusal(413, "There are too many orders in this window.")
        return found

    return replace(behaviour, select=select)


@defect(
    "long-window-fails", "A window of more than a day exceeds the script's time limit and is answered 500.", "CON-12"
)
def long_window_fails(behaviour: Behaviour) -> Behaviour:
    def change(window: RequestedWindow, shop: Shop) -> RequestedWindow:
        if window.end - window.start > timedelta(days=1):
            raise SimulatedCrash
        return window

    return edit_window(behaviour, change)


@defect("second-page-fails", "The offset of the second page is a syntax error in SQL: it is answered 500.", "CON-12")
def second_page_fails(behaviour: Behaviour) -> Behaviour:
    return _fail_on_page(behaviour, lambda page: 1 < page.number <= page.pages)


@defect("large-reply-breaks-off", f"A proxy ends each reply after {MANY_BYTES} bytes.", "CON-12 ITM-10")
def large_reply_breaks_off(behaviour: Behaviour) -> Behaviour:
    def broken(reply: Reply) -> Reply:
        if len(reply.body) <= MANY_BYTES:
            return reply
        length = {"Content-Length": str(len(reply.body)), "Connection": "close"}
        return Reply(reply.status, reply.body[:MANY_BYTES], {**reply.headers, **length})

    return edit_reply(behaviour, broken)


@defect("shipped-order-breaks-export", "An order with a shipment crashes the export.", "CON-12")
def shipped_order_breaks_export(behaviour: Behaviour) -> Behaviour:
    return fail_on(behaviour, lambda order: bool(order.shipments))


@defect("long-notes-exhaust-buffer", "An order with more than 1000 characters of notes is answered 500.", "CON-12")
def long_notes_exhaust_buffer(behaviour: Behaviour) -> Behaviour:
    def has_long_notes(order: Order) -> bool:
        return len(order.customer_notes) > 1000

    return fail_on(behaviour, has_long_notes)


@defect("emoji-breaks-database-driver", "A page with an emoji is answered 502.", "CON-12 ORD-13")
def emoji_breaks_database_driver(behaviour: Behaviour) -> Behaviour:
    def serialised(document: Document) -> bytes:
        body = behaviour.serialise(document)
        if any(ord(character) > 0xFFFF for character in body.decode()):
            raise Refusal(502, "")
        return body

    return replace(behaviour, serialise=serialised)

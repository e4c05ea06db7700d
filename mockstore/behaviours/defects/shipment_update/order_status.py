"""Defects of the order after a notification: its status and its modification time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import SECOND, edit_parcel
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Reply
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

SHIPPED = "Complete"
"""The name of the status that shipped orders have in the shops of the mock store."""


def _set_acknowledgement(behaviour: Behaviour, status: int, sentence: str) -> Behaviour:
    return replace(behaviour, acknowledge=lambda notice, order: Reply(status, sentence.encode()))


@defect("booked-but-500", "The shipment is recorded; then a mail to the buyer fails, and the answer is 500.", "SHP-1")
def booked_but_500(behaviour: Behaviour) -> Behaviour:
    return _set_acknowledgement(behaviour, 500, "Something failed in the store.")


@defect(
    "booked-but-redirected", "After the shipment is recorded, the answer redirects to the shop's order page.", "SHP-1"
)
def booked_but_redirected(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, acknowledge=lambda notice, order: Reply(302, b"", {"Location": "/admin.php"}))


@defect("status-never-changes", "A shipment is stored, but the order's status does not change.", "SHP-1")
def status_never_changes(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, status_after=lambda order, parcel, shop: None)


@defect("status-paid-when-shipped", "A shipped order gets the status of a paid order.", "SHP-1")
def status_paid_when_shipped(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        status = behaviour.status_after(order, parcel, shop)
        return status and next(each.name for each in shop.statuses if each.maps_to == "paid")

    return replace(behaviour, status_after=status_after)


@defect("shipped-by-second-notice", "Only the second notification for an order makes it shipped.", "SHP-1")
def shipped_by_second_notice(behaviour: Behaviour) -> Behaviour:
    def status_after(order: Order, parcel: Parcel, shop: Shop) -> str | None:
        return behaviour.status_after(order, parcel, shop) if order.shipments else None

    return replace(behaviour, status_after=status_after)


@defect("shipment-is-no-change", "A shipment does not modify the order, so that it is not exported again.", "SHP-15")
def shipment_is_no_change(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        store.book(order.order_number, shipment, status=status, key=key, modifies=False)

    return replace(behaviour, book=book)


@defect(
    "shipment-changes-other-day",
    "A shipment sets the modification time to one second before the order was placed.",
    "SHP-15",
)
def shipment_changes_other_day(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        store.change(order.order_number, modified_at=order.placed_at - SECOND)

    return replace(behaviour, book=book)


def _keep_incomplete_while(behaviour: Behaviour, waits: Callable[[Order, Notice, dict[str, int]], bool]) -> Behaviour:
    """Do not complete the order while ``waits`` is true; it gets each line's unshipped quantity after the parcel."""

    def incomplete(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        left = unshipped(order)
        for item in parcel.items:
            left[item.line_id] -= item.quantity
        return replace(parcel, completes=parcel.completes and not waits(order, notice, left))

    return edit_parcel(behaviour, incomplete)


@defect(
    "downloads-waited-for",
    "Lines that cannot be shipped count as unshipped, so that the order never becomes shipped.",
    "SHP-16",
    seen="WooCommerce",
)
def downloads_waited_for(behaviour: Behaviour) -> Behaviour:
    return _keep_incomplete_while(behaviour, lambda order, notice, left: any(count > 0 for count in left.values()))


@defect("discounts-waited-for", "A discount counts as a line to be shipped.", "SHP-16")
def discounts_waited_for(behaviour: Behaviour) -> Behaviour:
    return _keep_incomplete_while(behaviour, lambda order, notice, left: bool(order.discounts))


@defect(
    "parcel-of-shipped-order-no-change",
    "A parcel of an order to which staff gave the shipped status is recorded, but is no modification of the order.",
    "SHP-15",
)
def parcel_of_shipped_order_no_change(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        was_shipped = order.status == SHIPPED
        store.book(order.order_number, shipment, status=status, key=key, modifies=not was_shipped)

    return replace(behaviour, book=book)

"""Defects of repeated and simultaneous notifications."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_booked
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, Shipment
from mockstore.store.store import Store


@defect(
    "retry-books-twice",
    "A repeated notification records its items a second time.",
    "SHP-9",
    seen="WooCommerce, CS-Cart",
)
def retry_books_twice(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: None)


@defect(
    "retry-compared-with-last",
    "A repeated notification is recognised only if no other parcel was recorded in between.",
    "SHP-9",
)
def retry_compared_with_last(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.shipments and order.shipments[-1].tracking_number == shipment.tracking_number:
            return
        behaviour.book(store, order, shipment, status, None)

    return replace(behaviour, book=book)


def _refuse_repetition(
    behaviour: Behaviour, refusal: Refusal, when: Callable[[Order], bool] = lambda order: True
) -> Behaviour:
    """Refuse a repeated notification."""

    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        if notice.tracking_number in known and when(order):
            raise Refusal(refusal.status, str(refusal))
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("retry-409", "A repeated notification is answered 409.", "SHP-9")
def retry_409(behaviour: Behaviour) -> Behaviour:
    return _refuse_repetition(behaviour, Refusal(409, "This parcel was recorded before."))


@defect("retry-500", "A repeated notification violates a unique index and is answered 500.", "SHP-9")
def retry_500(behaviour: Behaviour) -> Behaviour:
    return _refuse_repetition(behaviour, Refusal(500, "Something failed in the store."))


@defect("retry-of-shipped-404", "A repeated notification for a shipped order is answered 404.", "SHP-9", seen="CS-Cart")
def retry_of_shipped_404(behaviour: Behaviour) -> Behaviour:
    return _refuse_repetition(
        behaviour, Refusal(404, "All shipped"), lambda order: not any(left > 0 for left in unshipped(order).values())
    )


@defect("retry-undoes-status", "A repeated notification sets a shipped order back to another status.", "SHP-9")
def retry_undoes_status(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        if order.status == store.shop.shipped_status and key in {each.tracking_number for each in order.shipments}:
            store.change(order.order_number, status=next(each.name for each in store.shop.statuses))

    return replace(behaviour, book=book)


@defect(
    "parcel-known-everywhere",
    "A tracking number is recorded once in the whole store: a second order loses its parcel.",
    "SHP-1",
)
def parcel_known_everywhere(behaviour: Behaviour) -> Behaviour:
    owner: dict[str, str] = {}

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if owner.setdefault(shipment.tracking_number or order.order_id, order.order_id) == order.order_id:
            behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


@defect(
    "parcel-of-another-order-refused",
    "A tracking number that is recorded on another order is refused.",
    "SHP-1",
)
def parcel_of_another_order_refused(behaviour: Behaviour) -> Behaviour:
    owner: dict[str, str] = {}

    def pack(order: Order, notice: Notice) -> Parcel:
        if notice.tracking_number and owner.setdefault(notice.tracking_number, order.order_id) != order.order_id:
            raise Refusal(409, "This parcel belongs to another order.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "parcel-of-another-order-without-status",
    "If a parcel is recorded on another order, too, it does not change the status of this one.",
    "SHP-1",
)
def parcel_of_another_order_without_status(behaviour: Behaviour) -> Behaviour:
    owner: dict[str, str] = {}

    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        is_new = not notice.tracking_number or (
            owner.setdefault(notice.tracking_number, order.order_id) == order.order_id
        )
        return replace(parcel, completes=parcel.completes and is_new)

    return replace(behaviour, pack=pack)


@defect("one-parcel-an-order", "An order has one shipment: a second parcel counts as a repetition.", "SHP-10")
def one_parcel_an_order(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: "1")


@defect(
    "one-number-an-order",
    "An order has one tracking number: each parcel gets the number of the first parcel.",
    "SHP-10",
)
def one_number_an_order(behaviour: Behaviour) -> Behaviour:
    def change(shipment: Shipment, order: Order, status: str | None) -> dict[str, object]:
        return {"tracking_number": order.shipments[0].tracking_number} if order.shipments else {}

    return edit_booked(behaviour, change)


@defect("second-parcel-refused", "An order that has a shipment does not accept a second one.", "SHP-10")
def second_parcel_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments}
        if known and notice.tracking_number not in known:
            raise Refusal(422, "The order has a shipment already.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "race-books-twice",
    "Two simultaneous notifications are both recorded: there is no lock between check and write.",
    "SHP-21",
)
def race_books_twice(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if key and any(known.tracking_number == key for known in order.shipments):
            return
        time.sleep(0.05)  # the time between check and write, long enough for a second request
        store.book(order.order_number, shipment, status=status, key=None)

    return replace(behaviour, concurrent=True, book=book)


@defect(
    "race-loses-parcels",
    "While one notification is being recorded, others are answered 200 and lost.",
    "SHP-2 SHP-21",
)
def race_loses_parcels(behaviour: Behaviour) -> Behaviour:
    busy: set[str] = set()

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.order_id not in busy:
            busy.add(order.order_id)
            time.sleep(0.05)
            behaviour.book(store, order, shipment, status, key)
            busy.discard(order.order_id)

    return replace(behaviour, concurrent=True, book=book)

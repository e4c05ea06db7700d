"""Defects of repeated and simultaneous notifications."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, Shipment
from mockstore.store.store import Store


@defect(
    "retry-books-twice",
    "A notification sent again books its items a second time.",
    "SHP-9",
    seen="WooCommerce, CS-Cart",
)
def retry_books_twice(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: None)


@defect(
    "retry-compared-with-last",
    "A repeated notification is known only while no other parcel came between.",
    "SHP-9",
)
def retry_compared_with_last(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.shipments and order.shipments[-1].tracking_number == shipment.tracking_number:
            return
        behaviour.book(store, order, shipment, status, None)

    return replace(behaviour, book=book)


def _retried(behaviour: Behaviour, refusal: Refusal, when: Callable[[Order], bool] = lambda order: True) -> Behaviour:
    """A repeated notification is refused."""

    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        if notice.tracking_number in known and when(order):
            raise Refusal(refusal.status, str(refusal))
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("retry-409", "A repeated notification is answered 409.", "SHP-9")
def retry_409(behaviour: Behaviour) -> Behaviour:
    return _retried(behaviour, Refusal(409, "That parcel is known already."))


@defect("retry-500", "A repeated notification meets a unique index, and fails inside.", "SHP-9")
def retry_500(behaviour: Behaviour) -> Behaviour:
    return _retried(behaviour, Refusal(500, "Something failed in the store."))


@defect(
    "retry-of-shipped-404", "Repeated for a shipped order, a notification is answered 404.", "SHP-9", seen="CS-Cart"
)
def retry_of_shipped_404(behaviour: Behaviour) -> Behaviour:
    return _retried(
        behaviour, Refusal(404, "All shipped"), lambda order: not any(left > 0 for left in unshipped(order).values())
    )


@defect("retry-undoes-status", "A repeated notification gives a shipped order another status back.", "SHP-9")
def retry_undoes_status(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        if order.status == store.shop.shipped_status and key in {each.tracking_number for each in order.shipments}:
            store.change(order.order_number, status=next(each.name for each in store.shop.statuses))

    return replace(behaviour, book=book)


@defect(
    "parcel-known-everywhere", "A tracking number is booked once in the whole store: the second order is lost.", "SHP-9"
)
def parcel_known_everywhere(behaviour: Behaviour) -> Behaviour:
    owner: dict[str, str] = {}

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if owner.setdefault(shipment.tracking_number or order.order_id, order.order_id) == order.order_id:
            behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


@defect("one-parcel-an-order", "An order has one shipment: the second is taken for the first.", "SHP-10")
def one_parcel_an_order(behaviour: Behaviour) -> Behaviour:
    return replace(behaviour, repetition_key=lambda notice: "1")


@defect("one-number-an-order", "An order has one tracking number: each parcel gets the first's.", "SHP-10")
def one_number_an_order(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.shipments:
            shipment = msgspec.structs.replace(shipment, tracking_number=order.shipments[0].tracking_number)
        behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


@defect("second-parcel-refused", "An order that has a shipment takes no other.", "SHP-10")
def second_parcel_refused(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments}
        if known and notice.tracking_number not in known:
            raise Refusal(422, "The order has a shipment already.")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect("race-books-twice", "Looked up, then booked, with no lock between: at one moment, both book.", "SHP-21")
def race_books_twice(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if key and any(known.tracking_number == key for known in order.shipments):
            return
        time.sleep(0.05)  # the gap that is always there, wide enough to be met
        store.book(order.order_number, shipment, status=status, key=None)

    return replace(behaviour, concurrent=True, book=book)


@defect("race-loses-parcels", "While one notification is booked, others are answered 200 and dropped.", "SHP-21")
def race_loses_parcels(behaviour: Behaviour) -> Behaviour:
    busy: set[str] = set()

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if order.order_id not in busy:
            busy.add(order.order_id)
            time.sleep(0.05)
            behaviour.book(store, order, shipment, status, key)
            busy.discard(order.order_id)

    return replace(behaviour, concurrent=True, book=book)

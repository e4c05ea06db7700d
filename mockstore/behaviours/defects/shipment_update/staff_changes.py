"""Defects that show after staff have changed an order's status: opened it again, cancelled it, marked it as shipped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import book_if, has_goods_left, has_meaning, is_recorded, on_repetition
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal
from mockstore.orders.model import Order, Shipment
from mockstore.store.store import Store


def _repetition_ships_if(behaviour: Behaviour, when: Callable[[Store, Order], bool]) -> Behaviour:
    """Make an order of which everything is in parcels shipped if one of them comes again."""

    def act(store: Store, order: Order, shipment: Shipment) -> None:
        if not has_goods_left(order) and when(store, order):
            store.change(order.order_number, status=store.shop.shipped_status)

    return on_repetition(behaviour, act)


# ---------------------------------------------------------------- orders that staff open again


@defect(
    "repetition-ships-reopened-order",
    "If staff give a shipped order another status, a repeated notification makes it shipped again.",
    "SHP-9",
)
def repetition_ships_reopened_order(behaviour: Behaviour) -> Behaviour:
    return _repetition_ships_if(behaviour, lambda store, order: has_meaning(order, store.shop, "paid"))


@defect(
    "reopened-order-fails",
    "If staff give a shipped order another status, a parcel of which nothing is left is answered 500.",
    "SHP-10",
)
def reopened_order_fails(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if key and not is_recorded(order, shipment) and not has_goods_left(order) and _is_open(store, order):
            raise ValueError("An open order has nothing left.")
        return True

    return book_if(behaviour, act)


@defect(
    "reopened-order-ships-all-again",
    "If staff give a shipped order another status, everything counts as left, and more than was ordered is recorded.",
    "SHP-19",
)
def reopened_order_ships_all_again(behaviour: Behaviour) -> Behaviour:
    opened: set[str] = set()

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        if _is_open(store, order) and order.shipments and not has_goods_left(order):
            opened.add(order.order_number)
        return order

    def pack(order: Order, notice: Notice) -> Parcel:
        seen = msgspec.structs.replace(order, shipments=()) if order.order_number in opened else order
        return behaviour.pack(seen, notice)

    return replace(behaviour, find_order=find_order, pack=pack)


def _is_open(store: Store, order: Order) -> bool:
    return order.status != store.shop.shipped_status


# ---------------------------------------------------------------- orders that staff cancel


@defect(
    "repetition-ships-cancelled-order",
    "If staff cancel a shipped order, a repeated notification makes it shipped again.",
    "SHP-9",
)
def repetition_ships_cancelled_order(behaviour: Behaviour) -> Behaviour:
    return _repetition_ships_if(behaviour, lambda store, order: has_meaning(order, store.shop, "cancelled"))


@defect(
    "refused-when-cancelled-counts-as-recorded",
    "A parcel of a cancelled order is refused. If it is sent again when staff have undone that, it is lost.",
    "SHP-2",
)
def refused_when_cancelled_counts_as_recorded(behaviour: Behaviour) -> Behaviour:
    refused: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if has_meaning(order, store.shop, "cancelled") and not is_recorded(order, shipment):
            refused.add(shipment.tracking_number)
            raise Refusal(409, "The order is cancelled.")
        return shipment.tracking_number not in refused

    return book_if(behaviour, act)


@defect(
    "parcel-of-cancelled-order-repeated",
    "A parcel that was recorded while its order was cancelled is recorded again each time it comes again.",
    "SHP-9",
)
def parcel_of_cancelled_order_repeated(behaviour: Behaviour) -> Behaviour:
    begun: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if has_meaning(order, store.shop, "cancelled") and not is_recorded(order, shipment):
            begun.add(shipment.tracking_number)
        if not key or shipment.tracking_number not in begun:
            return True
        behaviour.book(store, order, shipment, status, f"{key} {len(order.shipments)}")
        return False

    return book_if(behaviour, act)


# ---------------------------------------------------------------- partly shipped orders that staff mark as shipped


def _is_marked(store: Store, order: Order) -> bool:
    """True if staff have marked a partly shipped order as shipped."""
    return bool(order.shipments) and not _is_open(store, order) and has_goods_left(order)


@defect(
    "repetition-opens-order-shipped-by-staff",
    "If staff mark a partly shipped order as shipped, a repeated notification makes it open again.",
    "SHP-9",
)
def repetition_opens_order_shipped_by_staff(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment) -> None:
        if _is_marked(store, order):
            paid = next(status.name for status in store.shop.statuses if status.maps_to == "paid")
            store.change(order.order_number, status=paid)

    return on_repetition(behaviour, act)


@defect(
    "rest-of-order-shipped-by-staff-lost",
    "If staff mark a partly shipped order as shipped, the parcel with the rest is answered 200 and lost.",
    "SHP-10",
)
def rest_of_order_shipped_by_staff_lost(behaviour: Behaviour) -> Behaviour:
    return book_if(
        behaviour,
        lambda store, order, shipment, status, key: is_recorded(order, shipment) or not _is_marked(store, order),
    )


@defect(
    "rest-of-order-shipped-by-staff-opens-it",
    "If staff mark a partly shipped order as shipped, the parcel with the rest makes it open again.",
    "SHP-8",
)
def rest_of_order_shipped_by_staff_opens_it(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if is_recorded(order, shipment) or not _is_marked(store, order):
            return True
        paid = next(status.name for status in store.shop.statuses if status.maps_to == "paid")
        behaviour.book(store, order, shipment, paid, key)
        return False

    return book_if(behaviour, act)

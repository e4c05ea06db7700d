"""Variants of notifications: what a store records of special parcels, and which it refuses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import msgspec

from mockstore.behaviours.patch import (
    book_if,
    edit_notice,
    edit_parcel,
    edit_shipment,
    has_goods_left,
    has_meaning,
    is_recorded,
    skip_login,
)
from mockstore.behaviours.variants import variant
from mockstore.endpoint.authentication import basic_credentials
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, Parcel, Refusal, Request
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


def _refuse_new_parcels(behaviour: Behaviour, when: Callable[[Order, Notice], bool], sentence: str) -> Behaviour:
    """Refuse parcels that are not recorded yet."""

    def pack(order: Order, notice: Notice) -> Parcel:
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        if notice.tracking_number not in known and when(order, notice):
            raise Refusal(409, sentence)
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


def _stop_orders(behaviour: Behaviour, meaning: str, *, repetitions: bool) -> Behaviour:
    """Refuse notifications for orders whose status has a meaning."""

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        known = {shipment.tracking_number for shipment in order.shipments} - {""}
        stopped = {status.name for status in store.shop.statuses if status.maps_to == meaning}
        if order.status in stopped and (repetitions or notice.tracking_number not in known):
            raise Refusal(409, "This order can't be shipped now.")
        return order

    return replace(behaviour, find_order=find_order)


@variant("held-orders-not-shipped", "A new parcel of an order on hold is refused.")
def held_orders_not_shipped(behaviour: Behaviour) -> Behaviour:
    return _stop_orders(behaviour, "on_hold", repetitions=False)


@variant("cancelled-orders-not-shipped", "Every notification for a cancelled order is refused.")
def cancelled_orders_not_shipped(behaviour: Behaviour) -> Behaviour:
    return _stop_orders(behaviour, "cancelled", repetitions=True)


@variant("shipped-by-hand-refused", "A parcel of an order that staff gave the shipped status is refused.")
def shipped_by_hand_refused(behaviour: Behaviour) -> Behaviour:
    return _stop_orders(behaviour, "shipped", repetitions=False)


@variant(
    "shipped-by-hand-without-items",
    "A parcel of an order to which staff gave the shipped status has no items.",
)
def shipped_by_hand_without_items(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        parcel = behaviour.pack(order, notice)
        return Parcel((), False) if order.status in shipped and not order.shipments else parcel

    shipped: set[str] = set()

    def find_order(store: Store, notice: Notice) -> Order:
        shipped.add(store.shop.shipped_status)
        return behaviour.find_order(store, notice)

    return replace(behaviour, find_order=find_order, pack=pack)


@variant(
    "rest-shipped-by-hand-without-items",
    "If staff marked a partly shipped order as shipped, a further parcel is recorded without items.",
)
def rest_shipped_by_hand_without_items(behaviour: Behaviour) -> Behaviour:
    shipped: set[str] = set()

    def find_order(store: Store, notice: Notice) -> Order:
        shipped.add(store.shop.shipped_status)
        return behaviour.find_order(store, notice)

    def pack(order: Order, notice: Notice) -> Parcel:
        is_marked = order.status in shipped and order.shipments and has_goods_left(order)
        return Parcel((), False) if is_marked else behaviour.pack(order, notice)

    return replace(behaviour, find_order=find_order, pack=pack)


@variant(
    "reopened-order-completed-by-parcel",
    "If staff gave a shipped order another status, a further parcel makes it shipped again.",
)
def reopened_order_completed_by_parcel(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        is_open = order.shipments and has_meaning(order, store.shop, "paid") and not has_goods_left(order)
        if not key or is_recorded(order, shipment) or not is_open:
            return True
        behaviour.book(store, order, shipment, store.shop.shipped_status, key)
        return False

    return book_if(behaviour, act)


@variant(
    "cancelled-orders-ignore-parcels",
    "A parcel of a cancelled order is answered 200 and not recorded, and its number counts as known from then on.",
)
def cancelled_orders_ignore_parcels(behaviour: Behaviour) -> Behaviour:
    ignored: set[str] = set()

    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if has_meaning(order, store.shop, "cancelled") and not is_recorded(order, shipment):
            ignored.add(shipment.tracking_number)
        return shipment.tracking_number not in ignored

    return book_if(behaviour, act)


@variant(
    "cancelled-orders-record-later",
    "A parcel of a cancelled order is answered 200 and not recorded, but is if it comes again when the order is open.",
)
def cancelled_orders_record_later(behaviour: Behaviour) -> Behaviour:
    return book_if(
        behaviour,
        lambda store, order, shipment, status, key: (
            is_recorded(order, shipment) or not has_meaning(order, store.shop, "cancelled")
        ),
    )


@variant("parcel-undoes-cancellation", "A parcel of a cancelled order gives it the shipped status, and has no items.")
def parcel_undoes_cancellation(behaviour: Behaviour) -> Behaviour:
    def act(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> bool:
        if not key or is_recorded(order, shipment) or not has_meaning(order, store.shop, "cancelled"):
            return True
        empty = msgspec.structs.replace(shipment, items=())
        behaviour.book(store, order, empty, store.shop.shipped_status, key)
        return False

    return book_if(behaviour, act)


@variant("fee-of-zero-is-none", "A carrier's fee of 0 is recorded as no fee.")
def fee_of_zero_is_none(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, cost=notice.cost or None))


def _refuse_header(behaviour: Behaviour, name: str, status: int) -> Behaviour:
    """Refuse requests with a header, before anything else, as a proxy does."""

    def authenticate(request: Request, shop: Shop) -> None:
        if name in request.headers:
            raise Refusal(status, "The server does not take this form of a request.")
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("expectation-refused", "A proxy answers a request with an Expect header 417.")
def expectation_refused(behaviour: Behaviour) -> Behaviour:
    return _refuse_header(behaviour, "expect", 417)


@variant("chunks-refused", "A proxy answers a request with a chunked body 411.")
def chunks_refused(behaviour: Behaviour) -> Behaviour:
    return _refuse_header(behaviour, "transfer-encoding", 411)


@variant("password-ends-at-nul", "The password of Basic authentication ends at a NUL character, as PHP passes it on.")
def password_ends_at_nul(behaviour: Behaviour) -> Behaviour:
    def passes(request: Request, shop: Shop) -> bool:
        name, password = basic_credentials(request) or ("", "")
        return name == shop.username and password.partition("\0")[0] == shop.password

    return skip_login(behaviour, passes)


@variant("control-characters-refused", "A framework answers credentials with control characters 400.")
def control_characters_refused(behaviour: Behaviour) -> Behaviour:
    def authenticate(request: Request, shop: Shop) -> None:
        if any(not each.isprintable() for each in "".join(basic_credentials(request) or ())):
            raise Refusal(400, "The request is malformed.")
        behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@variant("nothing-left-refused", "A new parcel of an order that is shipped completely is refused.")
def nothing_left_refused(behaviour: Behaviour) -> Behaviour:
    return _refuse_new_parcels(
        behaviour,
        lambda order, notice: not any(units > 0 for units in unshipped(order).values()),
        "Everything is shipped.",
    )


@variant("items-need-line-ids", "A parcel with an item without LineItemID is refused.")
def items_need_line_ids(behaviour: Behaviour) -> Behaviour:
    return _refuse_new_parcels(
        behaviour,
        lambda order, notice: not all(item.line_item_id for item in notice.items),
        "Each item needs its LineItemID.",
    )


@variant("mark-records-no-items", "A notification without items ships the order, and its shipment has no items.")
def mark_records_no_items(behaviour: Behaviour) -> Behaviour:
    return edit_parcel(
        behaviour, lambda parcel, order, notice: parcel if notice.items else Parcel((), parcel.completes)
    )


@variant("downloads-not-recorded", "Units of lines that cannot be shipped are never recorded.")
def downloads_not_recorded(behaviour: Behaviour) -> Behaviour:
    def without_downloads(parcel: Parcel, order: Order, notice: Notice) -> Parcel:
        downloads = {line.line_id for line in order.items if not line.shippable}
        return Parcel(tuple(item for item in parcel.items if item.line_id not in downloads), parcel.completes)

    return edit_parcel(behaviour, without_downloads)


@variant("items-by-line-id-only", "An item without LineItemID counts as one that the order does not have.")
def items_by_line_id_only(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        named = tuple(item for item in notice.items if item.line_item_id)
        if notice.items and not named:
            return Parcel((), False)
        return behaviour.pack(order, replace(notice, items=named))

    return replace(behaviour, pack=pack)


@variant("untracked-sets-status", "A parcel without a tracking number only sets the status.")
def untracked_sets_status(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if shipment.tracking_number:
            behaviour.book(store, order, shipment, status, key)
        elif status is not None:
            store.change(order.order_number, status=status)

    return replace(behaviour, book=book)


@variant("buyer-notes-added", "Notes to the buyer are added to what the customer wrote.")
def buyer_notes_added(behaviour: Behaviour) -> Behaviour:
    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        behaviour.book(store, order, shipment, status, key)
        is_new = shipment.tracking_number not in {each.tracking_number for each in order.shipments}
        if is_new and shipment.notes:
            notes = f"{order.customer_notes}\n{shipment.notes}".strip()
            store.change(order.order_number, customer_notes=notes)

    return replace(behaviour, book=book)


@variant("own-note-to-buyer", "A parcel without notes to the buyer gets a sentence of the shop.")
def own_note_to_buyer(behaviour: Behaviour) -> Behaviour:
    return edit_shipment(
        behaviour,
        lambda shipment: msgspec.structs.replace(shipment, notes=shipment.notes or "Your parcel is on its way."),
    )

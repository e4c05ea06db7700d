"""Defects of notifications that can't be recorded, and of the search for the order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from urllib.parse import unquote_plus

from mockstore.behaviours.defects import defect
from mockstore.behaviours.patch import edit_notice, skip_login
from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import Notice, NoticeItem, Parcel, Refusal, Reply, Request, SimulatedCrash
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Order
from mockstore.shop.shop import Shop
from mockstore.store.store import Store


@defect("no-tracking-404", "A notification without a tracking number is answered 404.", "SHP-23", seen="CS-Cart")
def no_tracking_404(behaviour: Behaviour) -> Behaviour:
    return _refuse_without_tracking(behaviour, Refusal(404, "The tracking number is missing."))


@defect("no-tracking-ignored", "A notification without a tracking number is answered 200 and ignored.", "SHP-23")
def no_tracking_ignored(behaviour: Behaviour) -> Behaviour:
    return _refuse_without_tracking(behaviour, Refusal(200, ""))


def _refuse_without_tracking(behaviour: Behaviour, refusal: Refusal) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not notice.tracking_number:
            raise Refusal(refusal.status, str(refusal))
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


def _find_order_first_by(behaviour: Behaviour, find: Callable[[Store, Notice], Order | None]) -> Behaviour:
    """Look up the order with ``find`` first, and then as before."""
    return replace(
        behaviour, find_order=lambda store, notice: find(store, notice) or behaviour.find_order(store, notice)
    )


@defect(
    "unknown-order-200",
    "An unknown order is answered 200, as if the shipment was stored.",
    "SHP-11",
    seen="WooCommerce, CS-Cart",
)
def unknown_order_200(behaviour: Behaviour) -> Behaviour:
    return _set_refusal_status(behaviour, lambda refusal: refusal.status == 404, 200)


def _set_refusal_status(behaviour: Behaviour, which: Callable[[Refusal], bool], status: int) -> Behaviour:
    """Change the status of some refusals of notifications."""

    def shipnotify(step: Callable[..., object]) -> Callable[..., object]:
        def tried(*arguments: object) -> object:
            try:
                return step(*arguments)
            except Refusal as refusal:
                if which(refusal):
                    raise Refusal(status, str(refusal)) from None
                raise

        return tried

    return replace(
        behaviour,
        read_notice=shipnotify(behaviour.read_notice),  # type: ignore[arg-type]
        find_order=shipnotify(behaviour.find_order),  # type: ignore[arg-type]
    )


@defect("number-read-as-integer", "The order number is cast to int: 1001-B ships order 1001.", "SHP-11 SEC-4")
def number_read_as_integer(behaviour: Behaviour) -> Behaviour:
    def find(store: Store, notice: Notice) -> Order | None:
        digits = re.match(r"\d+", notice.order_number)
        return store.find(digits[0]) if digits and not store.find(notice.order_number) else None

    return _find_order_first_by(behaviour, find)


@defect("number-without-leading-zeros", "Zeros before the order number do not count: 01001 ships order 1001.", "SHP-11")
def number_without_leading_zeros(behaviour: Behaviour) -> Behaviour:
    return _find_order_first_by(behaviour, lambda store, notice: store.find(notice.order_number.lstrip("0")))


@defect(
    "number-compared-as-decimal",
    "Order numbers are compared as decimal numbers where both are some: 1001.0 and +1001e0 ship order 1001.",
    "SHP-11",
)
def number_compared_as_decimal(behaviour: Behaviour) -> Behaviour:
    def find(store: Store, notice: Notice) -> Order | None:
        if not re.fullmatch(r"\+?\d{1,12}(\.0|e0)", notice.order_number):
            return None
        return store.find(str(int(float(notice.order_number))))

    return _find_order_first_by(behaviour, find)


@defect(
    "number-looked-up-by-like",
    "The order number is looked up by LIKE 'number%': the beginning of a number ships an order.",
    "SHP-11",
)
def number_looked_up_by_like(behaviour: Behaviour) -> Behaviour:
    def find(store: Store, notice: Notice) -> Order | None:
        exact = store.find(notice.order_number)
        return exact or next(
            (order for order in store.orders() if order.order_number.startswith(notice.order_number)), None
        )

    return _find_order_first_by(behaviour, find)


@defect("empty-body-200", "An empty body leads to a fatal error that is answered 200.", "SHP-12", seen="WooCommerce")
def empty_body_200(behaviour: Behaviour) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if not request.body.strip():
            raise Refusal(200, "")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect("malformed-body-500", "A body that is not XML is answered 500.", "SHP-12")
def malformed_body_500(behaviour: Behaviour) -> Behaviour:
    return _set_refusal_status(behaviour, lambda refusal: "XML" in str(refusal), 500)


@defect("malformed-body-200", "A body that is not XML is answered 200.", "SEC-3 SHP-12", seen="CS-Cart")
def malformed_body_200(behaviour: Behaviour) -> Behaviour:
    return _set_refusal_status(behaviour, lambda refusal: "XML" in str(refusal) or "ShipNotice" in str(refusal), 200)


def _read_from_query(behaviour: Behaviour, when: Callable[[Request], bool]) -> Behaviour:
    def read_notice(request: Request) -> Notice:
        if not when(request):
            return behaviour.read_notice(request)
        query = request.query
        return Notice(
            query.get("order_number", ""), "", query.get("tracking_number", ""), query.get("carrier", ""), items=()
        )

    return replace(behaviour, read_notice=read_notice)


@defect(
    "malformed-body-of-open-order-200",
    "A body that is not a notification is answered 200, and 404 if the order of the query is shipped.",
    "SHP-12",
    seen="CS-Cart 1.0.10",
)
def malformed_body_of_open_order_200(behaviour: Behaviour) -> Behaviour:
    lenient = _read_from_query(behaviour, lambda request: b"</ShipNotice>" not in request.body)
    malformed: list[bool] = []

    def read_notice(request: Request) -> Notice:
        malformed[:] = [b"</ShipNotice>" not in request.body]
        return lenient.read_notice(request)

    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        if malformed == [True]:
            is_shipped = not any(left > 0 for left in unshipped(order).values())
            raise Refusal(404, "All shipped") if is_shipped else Refusal(200, "")
        return order

    return replace(lenient, read_notice=read_notice, find_order=find_order)


@defect("empty-body-ships", "With an empty body, the query alone ships the order.", "SHP-12")
def empty_body_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(behaviour, lambda request: not request.body and request.method == "POST")


@defect("any-root-ships", "A body with any root element ships the order that the query names.", "SHP-12")
def any_root_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(behaviour, lambda request: b"<Orders" in request.body)


@defect("cut-off-body-ships", "A body that is cut off ships the order that the query names.", "SHP-12")
def cut_off_body_ships(behaviour: Behaviour) -> Behaviour:
    return _read_from_query(
        behaviour, lambda request: b"<ShipNotice" in request.body and b"</ShipNotice>" not in request.body
    )


@defect("refused-after-status", "The order's status is changed before the body is checked and refused.", "SHP-12")
def refused_after_status(behaviour: Behaviour) -> Behaviour:
    hasty = _read_from_query(behaviour, lambda request: b"</ShipNotice>" not in request.body)
    empty: set[str] = set()

    def read_notice(request: Request) -> Notice:
        notice = hasty.read_notice(request)
        if b"</ShipNotice>" not in request.body:
            empty.add(notice.tracking_number)
        return notice

    def acknowledge(notice: Notice, order: Order) -> Reply:
        if notice.tracking_number in empty:
            raise Refusal(400, "The body is not a ShipNotice.")
        return behaviour.acknowledge(notice, order)

    return replace(hasty, read_notice=read_notice, acknowledge=acknowledge)


def _is_known(item: NoticeItem, order: Order) -> bool:
    return any(line.sku.strip()[:50] == item.sku[:50] for line in order.items)


@defect("unknown-item-500", "An item that is not in the order is answered 500.", "SHP-13")
def unknown_item_500(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not all(_is_known(item, order) for item in notice.items):
            raise SimulatedCrash
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "unknown-item-loses-parcel", "A parcel with an item that is not in the order is answered 200 and lost.", "SHP-13"
)
def unknown_item_loses_parcel(behaviour: Behaviour) -> Behaviour:
    def pack(order: Order, notice: Notice) -> Parcel:
        if not all(_is_known(item, order) for item in notice.items):
            raise Refusal(200, "")
        return behaviour.pack(order, notice)

    return replace(behaviour, pack=pack)


@defect(
    "looked-up-by-id",
    "The order number of a notification is looked up as the internal id.",
    "SHP-14",
    seen="WooCommerce, Craft",
)
def looked_up_by_id(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        order = store.find_by_id(notice.order_number)
        if order is None:
            raise Refusal(404, "There is no order with that number.")
        return order

    return replace(behaviour, find_order=find_order)


@defect("looked-up-by-id-first", "An order number that is the id of another order ships that other order.", "SHP-14")
def looked_up_by_id_first(behaviour: Behaviour) -> Behaviour:
    return _find_order_first_by(behaviour, lambda store, notice: store.find_by_id(notice.order_number))


@defect("shipnotify-by-get", "shipnotify by GET records a shipment from the query.", "SHP-20")
def shipnotify_by_get(behaviour: Behaviour) -> Behaviour:
    lenient = _read_from_query(behaviour, lambda request: request.method == "GET")

    def read_action(request: Request) -> str:
        notifies = request.query.get("action", "").lower() == "shipnotify"
        return "shipnotify" if notifies else behaviour.read_action(request)

    return replace(lenient, read_action=read_action)


@defect(
    "shipnotify-by-get-open",
    "shipnotify by GET records a shipment from the query, without credentials.",
    "CON-4 SHP-20",
)
def shipnotify_by_get_open(behaviour: Behaviour) -> Behaviour:
    def by_get(request: Request) -> bool:
        return request.method == "GET" and request.query.get("action", "").lower() == "shipnotify"

    return skip_login(shipnotify_by_get(behaviour), lambda request, shop: by_get(request))


@defect("number-decoded-twice", "The order number is decoded twice: A+B is looked up as A B.", "SHP-14")
def number_decoded_twice(behaviour: Behaviour) -> Behaviour:
    return edit_notice(behaviour, lambda notice: replace(notice, order_number=unquote_plus(notice.order_number)))


@defect("shipnotify-by-get-200", "shipnotify by GET does nothing and is answered 200.", "SHP-20", seen="CS-Cart")
def shipnotify_by_get_200(behaviour: Behaviour) -> Behaviour:
    def read_action(request: Request) -> str:
        if request.method == "GET" and request.query.get("action", "").lower() == "shipnotify":
            raise Refusal(200, "")
        return behaviour.read_action(request)

    return replace(behaviour, read_action=read_action)


# ---------------------------------------------------------------- refused notifications that are remembered


def _parcel_of(request: Request) -> tuple[str, str]:
    """Return order number and tracking number of the query."""
    return request.query.get("order_number", ""), request.query.get("tracking_number", "")


def _lose_remembered(behaviour: Behaviour, known: set[tuple[str, str]]) -> Behaviour:
    """Answer notifications of these parcels with 200, and record nothing."""

    def read_notice(request: Request) -> Notice:
        if _parcel_of(request) in known:
            raise Refusal(200, "")
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect(
    "malformed-notification-remembered",
    "Order and tracking number of the query are remembered before the body is read: after a malformed body, the "
    "correct notification counts as repeated.",
    "SHP-12",
)
def malformed_notification_remembered(behaviour: Behaviour) -> Behaviour:
    known: set[tuple[str, str]] = set()

    def read_notice(request: Request) -> Notice:
        if all(_parcel_of(request)):
            if _parcel_of(request) in known:
                raise Refusal(200, "")
            known.add(_parcel_of(request))
        return behaviour.read_notice(request)

    return replace(behaviour, read_notice=read_notice)


@defect(
    "refused-login-remembered",
    "Order and tracking number are remembered before the credentials are checked: after a refusal, the correct "
    "notification counts as repeated.",
    "CON-4",
)
def refused_login_remembered(behaviour: Behaviour) -> Behaviour:
    known: set[tuple[str, str]] = set()

    def authenticate(request: Request, shop: Shop) -> None:
        try:
            behaviour.authenticate(request, shop)
        except Refusal:
            if request.query.get("action") == "shipnotify":
                known.add(_parcel_of(request))
            raise

    return _lose_remembered(replace(behaviour, authenticate=authenticate), known)


@defect(
    "notification-by-get-remembered",
    "A notification by GET is refused, but remembered: after it, the correct notification counts as repeated.",
    "SHP-20",
)
def notification_by_get_remembered(behaviour: Behaviour) -> Behaviour:
    known: set[tuple[str, str]] = set()

    def read_action(request: Request) -> str:
        if request.method == "GET" and request.query.get("action") == "shipnotify":
            known.add(_parcel_of(request))
        return behaviour.read_action(request)

    return _lose_remembered(replace(behaviour, read_action=read_action), known)


@defect(
    "parcel-of-unknown-order-remembered",
    "The tracking number of an unknown order is remembered: the correct notification with it counts as repeated.",
    "SHP-11",
)
def parcel_of_unknown_order_remembered(behaviour: Behaviour) -> Behaviour:
    known: set[str] = set()

    def find_order(store: Store, notice: Notice) -> Order:
        if notice.tracking_number and notice.tracking_number in known:
            raise Refusal(200, "")
        try:
            return behaviour.find_order(store, notice)
        except Refusal:
            known.add(notice.tracking_number)
            raise

    return replace(behaviour, find_order=find_order)


@defect(
    "orders-of-one-account-merged",
    "Open orders of one account and address, placed within an hour, are packed together: the oldest gets the parcel.",
    "SHP-2 SHP-7 SHP-12 SHP-13 SHP-17 SHP-21",
)
def orders_of_one_account_merged(behaviour: Behaviour) -> Behaviour:
    def find_order(store: Store, notice: Notice) -> Order:
        order = behaviour.find_order(store, notice)
        open_statuses = {status.name for status in store.shop.statuses if status.maps_to in ("paid", "unpaid")}

        def is_packed_with_it(other: Order) -> bool:
            return (
                (other.customer.code, other.customer.shipping) == (order.customer.code, order.customer.shipping)
                and other.status in open_statuses
                and abs(other.placed_at - order.placed_at) < timedelta(hours=1)
            )

        if not order.customer.code or order.status not in open_statuses:
            return order
        return min(filter(is_packed_with_it, store.orders()), key=lambda other: other.placed_at)

    return replace(behaviour, find_order=find_order)

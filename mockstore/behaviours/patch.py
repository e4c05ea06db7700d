"""Building blocks of defects and variants: functions that replace one step of a behaviour.

Each function takes a behaviour and returns a new one. The new step calls the step of the
old behaviour and changes its result, so that several defects and variants can be combined.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import (
    Fields,
    Notice,
    NoticeItem,
    OrderSelection,
    Parcel,
    Refusal,
    Reply,
    Request,
    RequestedWindow,
    SimulatedCrash,
)
from mockstore.endpoint.shipment import unshipped
from mockstore.orders.model import Item, Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)

TYPED_ELEMENTS = frozenset(
    "ShippingMethod PaymentMethod CustomerNotes InternalNotes GiftMessage Name Company Address1 Address2 City "
    "SKU Location Value".split()
)
"""The elements that hold text typed by a person."""


# ---------------------------------------------------------------- elements of an Order


def element_at(fields: Fields, *path: str) -> Fields:
    """Return the element at a path; if it is missing, a new empty element that is attached to nothing."""
    for name in path:
        child = fields.get(name)
        fields = child if isinstance(child, dict) else {}
    return fields


def text_of(fields: Fields, name: str) -> str:
    """Return the text of a child element; "" if it is missing."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def lines_of(fields: Fields) -> list[Fields]:
    """Return the list of all Items, adjustments included. Changes to the list change the order."""
    lines = element_at(fields, "Items").get("Item")
    return lines if isinstance(lines, list) else []


def options_of(line: Fields) -> list[Fields]:
    """Return the list of an Item's options. Changes to the list change the Item."""
    options = element_at(line, "Options").get("Option")
    return options if isinstance(options, list) else []


def is_adjustment(line: Fields) -> bool:
    """True if the Item is marked as an adjustment."""
    return text_of(line, "Adjustment") in ("true", "1")


def edit_order(behaviour: Behaviour, change: Callable[[Fields, Order, Shop], object]) -> Behaviour:
    """Change each Order in place before it is written."""

    def present(order: Order, shop: Shop) -> Fields:
        fields = behaviour.present(order, shop)
        change(fields, order, shop)
        return fields

    return replace(behaviour, present=present)


def edit_order_after_change(behaviour: Behaviour, change: Callable[[Fields, Order, Shop], object]) -> Behaviour:
    """Change each Order in place whose status or notes are no longer as they were in its first export."""
    first: dict[str, tuple[str, ...]] = {}

    def change_later(fields: Fields, order: Order, shop: Shop) -> None:
        now = (order.status, order.customer_notes, order.internal_notes)
        if first.setdefault(order.order_number, now) != now:
            change(fields, order, shop)

    return edit_order(behaviour, change_later)


def edit_order_after_shipment(behaviour: Behaviour, change: Callable[[Fields, Order, Shop], object]) -> Behaviour:
    """Change each Order in place that has a shipment."""

    def change_shipped(fields: Fields, order: Order, shop: Shop) -> None:
        if order.shipments:
            change(fields, order, shop)

    return edit_order(behaviour, change_shipped)


def set_element(
    behaviour: Behaviour,
    path: str,
    value: Callable[[Order], str | None],
    *,
    of: Callable[[Order], bool] = lambda order: True,
) -> Behaviour:
    """Set an element of each Order: ``set_element(…, "Customer/BillTo/Name", lambda order: "Guest")``."""
    *parents, name = path.split("/")

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if of(order):
            element_at(fields, *parents)[name] = value(order)

    return edit_order(behaviour, change)


def edit_text(behaviour: Behaviour, path: str, spell: Callable[[str], str | None]) -> Behaviour:
    """Change the text of an element of each Order, if it has text."""
    *parents, name = path.split("/")

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        element = element_at(fields, *parents)
        if text_of(element, name):
            element[name] = spell(text_of(element, name))

    return edit_order(behaviour, change)


def edit_lines(behaviour: Behaviour, change: Callable[[Fields, Item, Order], Fields | None]) -> Behaviour:
    """Change or replace each line that is not an adjustment; ``change`` returns None to remove it."""

    def change_lines(fields: Fields, order: Order, shop: Shop) -> None:
        lines = lines_of(fields)
        lines[:] = [
            changed
            for line, item in _with_items(lines, order)
            if (changed := line if item is None else change(line, item, order)) is not None
        ]

    return edit_order(behaviour, change_lines)


def product_lines(fields: Fields, order: Order) -> list[tuple[Fields, Item]]:
    """Return each Item that is not an adjustment, with the line of the order that it exports."""
    return [(line, item) for line, item in _with_items(lines_of(fields), order) if item is not None]


def _with_items(lines: Sequence[Fields], order: Order) -> Iterator[tuple[Fields, Item | None]]:
    """Yield each Item with the line of the order that it exports; None for an adjustment."""
    by_id = {item.line_id: item for item in order.items}
    rest = iter(order.items)
    for line in lines:
        yield line, None if is_adjustment(line) else by_id.get(text_of(line, "LineItemID")) or next(rest, None)


def set_line_element(
    behaviour: Behaviour,
    name: str,
    value: Callable[[Item], str | None],
    *,
    of: Callable[[Item], bool] = lambda item: True,
) -> Behaviour:
    """Set an element of each line."""

    def change(line: Fields, item: Item, order: Order) -> Fields:
        if of(item):
            line[name] = value(item)
        return line

    return edit_lines(behaviour, change)


def edit_line_text(behaviour: Behaviour, name: str, spell: Callable[[str], str | None]) -> Behaviour:
    """Change the text of an element of each line, if it has text."""

    def change(line: Fields, item: Item, order: Order) -> Fields:
        if text_of(line, name):
            line[name] = spell(text_of(line, name))
        return line

    return edit_lines(behaviour, change)


def edit_options(behaviour: Behaviour, change: Callable[[list[Fields], Item], list[Fields] | None]) -> Behaviour:
    """Replace the options of each line."""

    def change_line(line: Fields, item: Item, order: Order) -> Fields:
        changed = change(options_of(line), item)
        line["Options"] = {"Option": changed} if changed else None
        return line

    return edit_lines(behaviour, change_line)


def edit_adjustments(behaviour: Behaviour, change: Callable[[list[Fields], Order], list[Fields]]) -> Behaviour:
    """Replace the adjustments of each Order."""

    def change_lines(fields: Fields, order: Order, shop: Shop) -> None:
        lines = lines_of(fields)
        adjustments = [line for line in lines if is_adjustment(line)]
        lines[:] = [line for line in lines if not is_adjustment(line)] + change(adjustments, order)

    return edit_order(behaviour, change_lines)


def edit_typed_text(
    behaviour: Behaviour, spell: Callable[[str], str], elements: frozenset[str] = TYPED_ELEMENTS
) -> Behaviour:
    """Change every text that a person typed."""

    def change(fields: Fields) -> None:
        for name, value in fields.items():
            if isinstance(value, str) and name in elements:
                fields[name] = spell(value)
            elif isinstance(value, dict):
                change(value)
            elif isinstance(value, list):
                for each in value:
                    change(each)

    return edit_order(behaviour, lambda fields, order, shop: change(fields))


def fail_on(behaviour: Behaviour, crashes_on: Callable[[Order], bool]) -> Behaviour:
    """Let the export crash on orders for which ``crashes_on`` is true."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if crashes_on(order):
            raise SimulatedCrash

    return edit_order(behaviour, change)


# ---------------------------------------------------------------- which orders


@dataclass(frozen=True, slots=True)
class OrderList:
    """A selection of orders that is a plain list."""

    orders: Sequence[Order]

    def __len__(self) -> int:
        return len(self.orders)

    def slice(self, offset: int, limit: int) -> Sequence[Order]:
        """Return at most ``limit`` orders, from ``offset`` on."""
        return self.orders[offset : offset + limit]


def all_orders(selection: OrderSelection) -> Sequence[Order]:
    """Return all orders of a selection."""
    return selection.slice(0, len(selection))


def filter_orders(behaviour: Behaviour, choose: Callable[[Order, Store], bool]) -> Behaviour:
    """Keep only the orders of a window for which ``choose`` is true."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = all_orders(behaviour.select(store, window))
        return OrderList([order for order in found if choose(order, store)])

    return replace(behaviour, select=select)


def select_orders(behaviour: Behaviour, choose: Callable[[Order, RequestedWindow], bool]) -> Behaviour:
    """Select every order of the store for which ``choose`` is true, in place of the orders of the window."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return OrderList([order for order in store.orders() if choose(order, window)])

    return replace(behaviour, select=select)


def edit_window(behaviour: Behaviour, change: Callable[[RequestedWindow, Shop], RequestedWindow]) -> Behaviour:
    """Change the requested window."""
    return replace(behaviour, read_window=lambda request, shop: change(behaviour.read_window(request, shop), shop))


# ---------------------------------------------------------------- replies


def one_export_at_a_time(behaviour: Behaviour, takes_s: float, meanwhile: Callable[[], OrderSelection]) -> Behaviour:
    """Return the behaviour with exports that take this many seconds; another export at that time gets ``meanwhile``."""
    lock = threading.Lock()

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        if not lock.acquire(blocking=False):
            return meanwhile()
        try:
            time.sleep(takes_s)
            return behaviour.select(store, window)
        finally:
            lock.release()

    return replace(behaviour, select=select, concurrent=True)


def edit_body(behaviour: Behaviour, change: Callable[[bytes], bytes]) -> Behaviour:
    """Change the bytes of each export."""
    return replace(behaviour, serialise=lambda document: change(behaviour.serialise(document)))


def edit_reply(behaviour: Behaviour, change: Callable[[Reply], Reply]) -> Behaviour:
    """Change the reply to each export."""
    return replace(behaviour, send=lambda body, request: change(behaviour.send(body, request)))


def set_headers(behaviour: Behaviour, **headers: str | None) -> Behaviour:
    """Set headers of each export. Write ``_`` for ``-`` in a name; the value None removes the header."""

    def change(reply: Reply) -> Reply:
        edited = dict(reply.headers)
        for name, value in headers.items():
            edited.pop(name.replace("_", "-"), None)
            if value is not None:
                edited[name.replace("_", "-")] = value
        return replace(reply, headers=edited)

    return edit_reply(behaviour, change)


def edit_refusal(behaviour: Behaviour, change: Callable[[Refusal], Refusal]) -> Behaviour:
    """Change each refusal before it is sent."""
    return replace(behaviour, refuse=lambda refusal: behaviour.refuse(change(refusal)))


def is_login_refusal(refusal: Refusal) -> bool:
    """True if the request was refused because of its credentials."""
    return refusal.status == 401


def with_status(refusal: Refusal, status: int) -> Refusal:
    """Return the refusal with another status."""
    return Refusal(status, refusal.sentence, refusal.headers)


def skip_login(behaviour: Behaviour, passes: Callable[[Request, Shop], bool]) -> Behaviour:
    """Do not check the credentials of requests for which ``passes`` is true."""

    def authenticate(request: Request, shop: Shop) -> None:
        if not passes(request, shop):
            behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@dataclass
class PostponedRefusal:
    """A refusal of credentials that is kept, to be raised later."""

    refusal: Refusal | None = None

    def raise_refusal(self) -> None:
        """Raise the refusal that was kept, if there is one.

        Raises:
            Refusal: the credentials of the request were wrong.
        """
        if self.refusal is not None:
            raise self.refusal


def postpone_login(behaviour: Behaviour, action: str = "") -> tuple[Behaviour, PostponedRefusal]:
    """Keep the refusal of wrong credentials for later, for one action or, if that is empty, for all."""
    pending = PostponedRefusal()

    def authenticate(request: Request, shop: Shop) -> None:
        pending.refusal = None
        try:
            behaviour.authenticate(request, shop)
        except Refusal as refusal:
            if action not in ("", request.query.get("action", "").lower()):
                raise
            pending.refusal = refusal

    return replace(behaviour, authenticate=authenticate), pending


# ---------------------------------------------------------------- notifications


def edit_notice(behaviour: Behaviour, change: Callable[[Notice], Notice]) -> Behaviour:
    """Change the notification after it is read."""
    return replace(behaviour, read_notice=lambda request: change(behaviour.read_notice(request)))


def edit_notice_items(behaviour: Behaviour, change: Callable[[NoticeItem], NoticeItem]) -> Behaviour:
    """Change each item of the notification after it is read."""
    return edit_notice(behaviour, lambda notice: replace(notice, items=tuple(map(change, notice.items))))


def edit_shipment(behaviour: Behaviour, change: Callable[[Shipment], Shipment]) -> Behaviour:
    """Change each shipment before it is recorded."""
    return replace(behaviour, record=lambda notice, parcel: change(behaviour.record(notice, parcel)))


def edit_booked(
    behaviour: Behaviour, change: Callable[[Shipment, Order, str | None], Mapping[str, object]]
) -> Behaviour:
    """Change fields of each shipment as its order suggests.

    ``change`` gets the shipment, the order before it, and the status that the order gets with it; None if it keeps its
    own. It returns the fields that change.
    """

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        changed = msgspec.structs.replace(shipment, **change(shipment, order, status))
        behaviour.book(store, order, changed, status, key)

    return replace(behaviour, book=book)


def set_shipment_fields(behaviour: Behaviour, **fields: object) -> Behaviour:
    """Set fields of each shipment before it is recorded."""
    return edit_shipment(behaviour, lambda shipment: msgspec.structs.replace(shipment, **fields))


def edit_parcel(behaviour: Behaviour, change: Callable[[Parcel, Order, Notice], Parcel]) -> Behaviour:
    """Change the parcel of each notification: its items, and whether it completes the order."""
    return replace(behaviour, pack=lambda order, notice: change(behaviour.pack(order, notice), order, notice))


Act = Callable[[Store, Order, Shipment, str | None, str | None], bool]


def book_if(behaviour: Behaviour, act: Act) -> Behaviour:
    """Book a shipment only if ``act`` returns True. ``act`` may do something else in its place."""

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if act(store, order, shipment, status, key):
            behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


def on_repetition(behaviour: Behaviour, act: Callable[[Store, Order, Shipment], object]) -> Behaviour:
    """Do something else when a parcel that is recorded comes again."""

    def book(store: Store, order: Order, shipment: Shipment, status: str | None, key: str | None) -> None:
        if key and any(each.tracking_number == key for each in order.shipments):
            act(store, order, shipment)
        else:
            behaviour.book(store, order, shipment, status, key)

    return replace(behaviour, book=book)


def has_meaning(order: Order, shop: Shop, meaning: str) -> bool:
    """True if the order's status has this meaning for ShipStation."""
    return any(status.name == order.status and status.maps_to == meaning for status in shop.statuses)


def has_goods_left(order: Order) -> bool:
    """True if a line that can be shipped has units that are in no parcel."""
    left = unshipped(order)
    return any(left[line.line_id] > 0 for line in order.items if line.shippable)


def is_recorded(order: Order, shipment: Shipment) -> bool:
    """True if the order has a shipment with this tracking number."""
    return shipment.tracking_number in {each.tracking_number for each in order.shipments}

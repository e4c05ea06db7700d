"""What defects and variants are made of: small ways to put one's own step around the one that was there.

Each takes a behaviour and gives another whose step calls the first one's, so that defects
and variants can stand on each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import msgspec

from mockstore.endpoint.behaviour import Behaviour
from mockstore.endpoint.message import (
    Broken,
    Fields,
    Notice,
    OrderSelection,
    Parcel,
    Refusal,
    Reply,
    Request,
    RequestedWindow,
)
from mockstore.orders.model import Item, Order, Shipment
from mockstore.shop.shop import Shop
from mockstore.store.store import Store

SECOND = timedelta(seconds=1)

TYPED = frozenset(
    "ShippingMethod PaymentMethod CustomerNotes InternalNotes GiftMessage Name Company Address1 Address2 City "
    "SKU Location Value".split()
)
"""The elements whose text people wrote."""


# ---------------------------------------------------------------- what stands in an Order


def part(fields: Fields, *path: str) -> Fields:
    """The element at the end of a path; an empty one, in nothing, where there is none."""
    for name in path:
        child = fields.get(name)
        fields = child if isinstance(child, dict) else {}
    return fields


def text(fields: Fields, name: str) -> str:
    """The text of a child, empty where there is none."""
    value = fields.get(name)
    return value if isinstance(value, str) else ""


def all_lines(fields: Fields) -> list[Fields]:
    """Every Item, adjustments included: the list itself."""
    lines = part(fields, "Items").get("Item")
    return lines if isinstance(lines, list) else []


def options_of(line: Fields) -> list[Fields]:
    """The options of an Item: the list itself."""
    options = part(line, "Options").get("Option")
    return options if isinstance(options, list) else []


def is_adjustment(line: Fields) -> bool:
    """Whether the store means this Item as an adjustment."""
    return text(line, "Adjustment") in ("true", "1")


def edit_order(behaviour: Behaviour, change: Callable[[Fields, Order, Shop], object]) -> Behaviour:
    """Each Order changed in place before it is written."""

    def present(order: Order, shop: Shop) -> Fields:
        fields = behaviour.present(order, shop)
        change(fields, order, shop)
        return fields

    return replace(behaviour, present=present)


def set_element(
    behaviour: Behaviour,
    path: str,
    value: Callable[[Order], str | None],
    *,
    of: Callable[[Order], bool] = lambda order: True,
) -> Behaviour:
    """An element of Order says something else: ``set_element(…, "Customer/BillTo/Name", lambda order: "Guest")``."""
    *parents, name = path.split("/")

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if of(order):
            part(fields, *parents)[name] = value(order)

    return edit_order(behaviour, change)


def edit_text(behaviour: Behaviour, path: str, spell: Callable[[str], str | None]) -> Behaviour:
    """An element of Order has its text spelt otherwise, where it has some."""
    *parents, name = path.split("/")

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        element = part(fields, *parents)
        if text(element, name):
            element[name] = spell(text(element, name))

    return edit_order(behaviour, change)


def edit_lines(behaviour: Behaviour, change: Callable[[Fields, Item, Order], Fields | None]) -> Behaviour:
    """Each line, adjustments apart, changed or replaced; None leaves it out."""

    def change_lines(fields: Fields, order: Order, shop: Shop) -> None:
        lines = all_lines(fields)
        lines[:] = [
            changed
            for line, item in _with_items(lines, order)
            if (changed := line if item is None else change(line, item, order)) is not None
        ]

    return edit_order(behaviour, change_lines)


def goods(fields: Fields, order: Order) -> list[tuple[Fields, Item]]:
    """Each Item that is no adjustment, with the line of the order that it shows."""
    return [(line, item) for line, item in _with_items(all_lines(fields), order) if item is not None]


def _with_items(lines: Sequence[Fields], order: Order) -> Iterator[tuple[Fields, Item | None]]:
    """Each Item with the line of the order that it shows; None for an adjustment."""
    by_id = {item.line_id: item for item in order.items}
    rest = iter(order.items)
    for line in lines:
        yield line, None if is_adjustment(line) else by_id.get(text(line, "LineItemID")) or next(rest, None)


def line_said(
    behaviour: Behaviour,
    name: str,
    value: Callable[[Item], str | None],
    *,
    of: Callable[[Item], bool] = lambda item: True,
) -> Behaviour:
    """An element of each line says something else."""

    def change(line: Fields, item: Item, order: Order) -> Fields:
        if of(item):
            line[name] = value(item)
        return line

    return edit_lines(behaviour, change)


def line_respelt(behaviour: Behaviour, name: str, spell: Callable[[str], str | None]) -> Behaviour:
    """An element of each line has its text spelt otherwise, where it has some."""

    def change(line: Fields, item: Item, order: Order) -> Fields:
        if text(line, name):
            line[name] = spell(text(line, name))
        return line

    return edit_lines(behaviour, change)


def options_presented(behaviour: Behaviour, change: Callable[[list[Fields], Item], list[Fields] | None]) -> Behaviour:
    """The options of each line, replaced."""

    def change_line(line: Fields, item: Item, order: Order) -> Fields:
        changed = change(options_of(line), item)
        line["Options"] = {"Option": changed} if changed else None
        return line

    return edit_lines(behaviour, change_line)


def adjustments_presented(behaviour: Behaviour, change: Callable[[list[Fields], Order], list[Fields]]) -> Behaviour:
    """The adjustments of each order, replaced."""

    def change_lines(fields: Fields, order: Order, shop: Shop) -> None:
        lines = all_lines(fields)
        adjustments = [line for line in lines if is_adjustment(line)]
        lines[:] = [line for line in lines if not is_adjustment(line)] + change(adjustments, order)

    return edit_order(behaviour, change_lines)


def typed_text(behaviour: Behaviour, spell: Callable[[str], str], elements: frozenset[str] = TYPED) -> Behaviour:
    """Every text that people wrote, spelt otherwise."""

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


def breaks_on(behaviour: Behaviour, spoils: Callable[[Order], bool]) -> Behaviour:
    """An order like this is more than the export can bear: it fails inside."""

    def change(fields: Fields, order: Order, shop: Shop) -> None:
        if spoils(order):
            raise Broken

    return edit_order(behaviour, change)


# ---------------------------------------------------------------- which orders


@dataclass(frozen=True, slots=True)
class Listed:
    """Orders as a plain list."""

    orders: Sequence[Order]

    def __len__(self) -> int:
        return len(self.orders)

    def slice(self, offset: int, limit: int) -> Sequence[Order]:
        """The orders from ``offset`` on, at most ``limit``."""
        return self.orders[offset : offset + limit]


def listed(selection: OrderSelection) -> Sequence[Order]:
    """All orders of a selection."""
    return selection.slice(0, len(selection))


def selected(behaviour: Behaviour, choose: Callable[[Order, Store], bool]) -> Behaviour:
    """Only orders like this are in any window."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        found = listed(behaviour.select(store, window))
        return Listed([order for order in found if choose(order, store)])

    return replace(behaviour, select=select)


def searched(behaviour: Behaviour, choose: Callable[[Order, RequestedWindow], bool]) -> Behaviour:
    """The window holds the orders that this says, of all that the store has."""

    def select(store: Store, window: RequestedWindow) -> OrderSelection:
        return Listed([order for order in store.orders() if choose(order, window)])

    return replace(behaviour, select=select)


def windowed(behaviour: Behaviour, change: Callable[[RequestedWindow, Shop], RequestedWindow]) -> Behaviour:
    """The window is taken to be another."""
    return replace(behaviour, read_window=lambda request, shop: change(behaviour.read_window(request, shop), shop))


# ---------------------------------------------------------------- replies


def written(behaviour: Behaviour, change: Callable[[bytes], bytes]) -> Behaviour:
    """The bytes of each export, changed."""
    return replace(behaviour, serialise=lambda document: change(behaviour.serialise(document)))


def sent(behaviour: Behaviour, change: Callable[[Reply], Reply]) -> Behaviour:
    """The reply to each export, changed."""
    return replace(behaviour, send=lambda body, request: change(behaviour.send(body, request)))


def headed(behaviour: Behaviour, **headers: str | None) -> Behaviour:
    """Each export has these headers (``_`` for ``-``); None takes one away."""

    def change(reply: Reply) -> Reply:
        kept = dict(reply.headers)
        for name, value in headers.items():
            kept.pop(name.replace("_", "-"), None)
            if value is not None:
                kept[name.replace("_", "-")] = value
        return replace(reply, headers=kept)

    return sent(behaviour, change)


def refusing(behaviour: Behaviour, change: Callable[[Refusal], Refusal]) -> Behaviour:
    """Refusals, changed before they are sent."""
    return replace(behaviour, refuse=lambda refusal: behaviour.refuse(change(refusal)))


def is_login(refusal: Refusal) -> bool:
    """Whether a refusal is one of credentials."""
    return refusal.status == 401


def restated(refusal: Refusal, status: int) -> Refusal:
    """The same refusal under another status."""
    return Refusal(status, refusal.sentence, refusal.headers)


def login_asked(behaviour: Behaviour, passes: Callable[[Request, Shop], bool]) -> Behaviour:
    """Whoever this lets pass need not know the credentials."""

    def authenticate(request: Request, shop: Shop) -> None:
        if not passes(request, shop):
            behaviour.authenticate(request, shop)

    return replace(behaviour, authenticate=authenticate)


@dataclass
class Pending:
    """A refusal of credentials that is put off until later."""

    refusal: Refusal | None = None

    def settle(self) -> None:
        """Say it now.

        Raises:
            Refusal: what was put off, if anything was.
        """
        if self.refusal is not None:
            raise self.refusal


def login_put_off(behaviour: Behaviour, action: str = "") -> tuple[Behaviour, Pending]:
    """Wrong credentials are noticed, but for that action (any, if empty) nothing comes of it yet."""
    pending = Pending()

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


def noticed(behaviour: Behaviour, change: Callable[[Notice], Notice]) -> Behaviour:
    """The notification is taken to say something else."""
    return replace(behaviour, read_notice=lambda request: change(behaviour.read_notice(request)))


def recorded(behaviour: Behaviour, change: Callable[[Shipment], Shipment]) -> Behaviour:
    """What is kept of a shipment is something else."""
    return replace(behaviour, record=lambda notice, parcel: change(behaviour.record(notice, parcel)))


def kept(behaviour: Behaviour, **fields: object) -> Behaviour:
    """Fields of each shipment are kept as this."""
    return recorded(behaviour, lambda shipment: msgspec.structs.replace(shipment, **fields))


def packed(behaviour: Behaviour, change: Callable[[Parcel, Order, Notice], Parcel]) -> Behaviour:
    """What a parcel means for its order is something else."""
    return replace(behaviour, pack=lambda order, notice: change(behaviour.pack(order, notice), order, notice))

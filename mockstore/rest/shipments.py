"""``/api/shipments``: list, read, create, update, delete.

A shipment is the n-th that its order ever had; its id says which.
"""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec

from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.rest.access import ApiAccount
from mockstore.rest.message import FieldReader, RestError, RestReply, Row, listed
from mockstore.rest.numbers import SHIPPING_IDS, item_id
from mockstore.rest.presentation import PLACES, shipment_row, unshipped
from mockstore.store.store import Store, StoreTransaction

MEMO = "shipments"


class ShipmentBook(msgspec.Struct, frozen=True):
    """What orders' shipments don't say: the places of deleted ones, by order, and statuses, by shipment."""

    gone: dict[str, list[int]] = {}
    statuses: dict[str, str] = {}


def _book(text: str | None) -> ShipmentBook:
    return ShipmentBook() if text is None else msgspec.json.decode(text, type=ShipmentBook)


def _write(work: StoreTransaction, book: ShipmentBook) -> None:
    work.remember(MEMO, msgspec.json.encode(book).decode())


def _places(order: Order, book: ShipmentBook) -> list[int]:
    """Which of all its shipments those are that an order has."""
    gone = set(book.gone.get(order.order_id, ()))
    return [place for place in range(1, len(order.shipments) + len(gone) + 1) if place not in gone]


def _numbers(order: Order, book: ShipmentBook) -> tuple[str, ...]:
    if not order.order_id.isdigit():
        return ()
    return tuple(str(int(order.order_id) * PLACES + place) for place in _places(order, book))


class Shipments:
    """The shipments of a store's orders. ``several`` is the setting that an order may have more than one."""

    def __init__(self, store: Store, several: bool, most: int) -> None:
        self._store, self._most = store, most
        self._several = several or store.version.multiple_shipments == "always"

    def _book(self) -> ShipmentBook:
        return _book(self._store.memo(MEMO))

    def numbers(self, order: Order) -> tuple[str, ...]:
        """The ids of an order's shipments."""
        return _numbers(order, self._book())

    def page(self, params: Row, size: int, account: ApiAccount) -> tuple[list[Row], Row]:
        """A page of shipments, newest order first; ``order_id`` asks for one order's.

        Raises:
            Failure: 403 for who isn't root, in versions that know only root; 400 where there are too many orders.
        """
        self._check(account)
        book = self._book()
        if wanted := params.get("order_id"):
            order = self._store.find_by_id(str(wanted))
            orders = [order] if order else []
        elif len(self._store.window(None, None)) > self._most:
            raise RestError(400, f"in stores of more than {self._most:,} orders, ask for those of one: order_id")
        else:
            orders = sorted(self._store.orders(), key=lambda each: (each.placed_at, each.order_id), reverse=True)
        rows = [
            (number, shipment, order)
            for order in orders
            for number, shipment in zip(_numbers(order, book), order.shipments, strict=False)
        ]
        if code := str(params.get("carrier", "")):
            rows = [row for row in rows if row[1].carrier.casefold() == code.casefold()]
        return listed(rows, lambda row: shipment_row(*row, self._store, book.statuses), params, size)

    def _check(self, account: ApiAccount) -> None:
        if not (account.root or self._store.version.rest_any_admin):
            raise RestError(403)

    def _find(self, number: str) -> tuple[Order, int]:
        """The order of a shipment, and where in it that stands."""
        book = self._book()
        order = self._store.find_by_id(str(int(number) // PLACES)) if number.isascii() and number.isdigit() else None
        if order is None or number not in (numbers := _numbers(order, book)):
            raise RestError(404)
        return order, numbers.index(number)

    def read(self, number: str, account: ApiAccount) -> Row:
        """One shipment.

        Raises:
            Failure: 404 where there is none.
        """
        self._check(account)
        order, place = self._find(number)
        return shipment_row(number, order.shipments[place], order, self._store, self._book().statuses)

    # ------------------------------------------------------------------ changing

    def create(self, fields: FieldReader) -> RestReply:
        """Add a shipment: without ``products``, of all that is left.

        Raises:
            Failure: 400 where a field is missing or wrong.
        """
        known, now = self._store.version, self._store.clock.now()
        fields.need("order_id", "shipping_id")
        order = self._store.find_by_id(fields.text("order_id"))
        if order is None:
            raise fields.wrong("order_id", "is no order of this shop")
        if fields.text("shipping_id") not in map(str, SHIPPING_IDS.values()):
            raise fields.wrong("shipping_id", "is no shipping method of this shop")
        if not self._several and known.shipment_needs_tracking and not fields.text("tracking_number"):
            raise RestError(400, "tracking_number: a shop of single shipments makes none without it")
        if not self._several and order.shipments:
            raise RestError(400, "order_id: in a shop of single shipments, this order has had its own")
        sent = now
        if known.rest_timestamps and fields.has("timestamp"):
            sent = datetime.fromtimestamp(fields.number("timestamp"), UTC)
        shipment = Shipment(
            tracking_number=fields.text("tracking_number")[:255],
            carrier=fields.text("carrier")[:255],
            notes=fields.text("comments"),
            shipped_on=sent.astimezone(self._store.shop.zone).date(),
            items=self._items(fields, order),
        )
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            book = _book(work.memo(MEMO))
            changed = msgspec.structs.replace(held, shipments=(*held.shipments, shipment))
            place = _places(changed, book)[-1]
            if place >= PLACES:
                raise RestError(400, f"an order has at most {PLACES - 1} shipments here")
            work.write(changed)
            number = _numbers(changed, book)[-1]
            if known.shipment_statuses and fields.has("status"):
                _write(work, msgspec.structs.replace(book, statuses={**book.statuses, number: self._status(fields)}))
        return RestReply(201, {"shipment_id": int(number)})

    def _status(self, fields: FieldReader) -> str:
        letter = fields.text("status")
        if letter not in self._store.version.shipment_statuses:
            raise fields.wrong("status", f"is one of {', '.join(self._store.version.shipment_statuses)}")
        return letter

    def _items(self, fields: FieldReader, order: Order) -> tuple[ShippedItem, ...]:
        left = unshipped(order)
        lines = {item_id(item): item for item in order.items}
        products = fields.inner("products")
        wanted = {number: products.number(number) for number in products.sent} or left
        if not any(wanted.values()):
            raise RestError(400, "products: nothing of this order is left to be shipped")
        found = []
        for number, amount in wanted.items():
            if number not in lines:
                raise products.wrong(number, "is no line of this order")
            if amount > left.get(number, 0):
                raise products.wrong(number, f"is at most {left.get(number, 0)}: more isn't left to be shipped")
            if amount:
                found.append(ShippedItem(lines[number].sku, amount, lines[number].line_id))
        return tuple(found)

    def update(self, number: str, fields: FieldReader) -> RestReply:
        """Change a shipment, where the version lets that be done over the API.

        Raises:
            Failure: 404 for an unknown one, 400 where it can't be changed.
        """
        known = self._store.version
        order, place = self._find(number)
        if known.rest_shipment_update == "single-mode" and self._several:
            raise RestError(400, "shipments can't be changed where an order may have several")
        if known.rest_shipment_update == "whole-order" and (len(order.shipments) > 1 or unshipped(order)):
            raise RestError(400, "only a shipment of the whole order can be changed")
        changes: dict[str, object] = {}
        for name, attribute in (("tracking_number", "tracking_number"), ("carrier", "carrier"), ("comments", "notes")):
            if name in known.rest_shipment_update_fields and fields.has(name):
                changes[attribute] = fields.text(name)
        if "timestamp" in known.rest_shipment_update_fields and fields.has("timestamp"):
            moment = datetime.fromtimestamp(fields.number("timestamp"), UTC)
            changes["shipped_on"] = moment.astimezone(self._store.shop.zone).date()
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            shipments = list(held.shipments)
            shipments[place] = msgspec.structs.replace(shipments[place], **changes)
            work.write(msgspec.structs.replace(held, shipments=tuple(shipments)))
        return RestReply(200, {"shipment_id": number})

    def delete(self, number: str) -> None:
        """Delete a shipment.

        Raises:
            Failure: 404 for an unknown one.
        """
        order, place = self._find(number)
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            book = _book(work.memo(MEMO))
            gone = [*book.gone.get(order.order_id, ()), _places(held, book)[place]]
            _write(work, msgspec.structs.replace(book, gone={**book.gone, order.order_id: gone}))
            left = held.shipments[:place] + held.shipments[place + 1 :]
            work.write(msgspec.structs.replace(held, shipments=left))

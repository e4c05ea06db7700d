"""``/api/shipments``: list, read, create, update, delete.

The id of a shipment is made of the order's id and a position: the shipment is the n-th that the order ever had.
"""

from __future__ import annotations

import msgspec

from mockstore.inputs.numbers import read_whole
from mockstore.orders.model import Order, Shipment, ShippedItem
from mockstore.rest.access import ApiAccount
from mockstore.rest.message import FieldReader, NoSuchRow, RestError, RestReply, Row, page_of
from mockstore.rest.numbers import SHIPPING_IDS, item_id
from mockstore.rest.presentation import SHIPMENT_IDS_PER_ORDER, shipment_row, unshipped
from mockstore.store.memos import read_memo
from mockstore.store.store import Store, StoreTransaction

MEMO_NAME = "shipments"


class ShipmentMemo(msgspec.Struct, frozen=True):
    """The facts that orders do not hold: positions of deleted shipments by order, and statuses by shipment."""

    deleted: dict[str, list[int]] = {}
    statuses: dict[str, str] = {}


def _read_memo(text: str | None) -> ShipmentMemo:
    return read_memo(text, ShipmentMemo)


def _save_memo(work: StoreTransaction, memo: ShipmentMemo) -> None:
    work.remember(MEMO_NAME, msgspec.json.encode(memo).decode())


def _places(order: Order, memo: ShipmentMemo) -> list[int]:
    """Return the positions of an order's shipments among all that it ever had."""
    gone = set(memo.deleted.get(order.order_id, ()))
    return [place for place in range(1, len(order.shipments) + len(gone) + 1) if place not in gone]


def _numbers(order: Order, memo: ShipmentMemo) -> tuple[str, ...]:
    if not order.order_id.isdigit():
        return ()
    return tuple(str(int(order.order_id) * SHIPMENT_IDS_PER_ORDER + place) for place in _places(order, memo))


def _index(number: str, order: Order, memo: ShipmentMemo) -> int:
    """Return the index of a shipment among those that an order has.

    Raises:
        RestError: 404, there is no such shipment.
    """
    numbers = _numbers(order, memo)
    if number not in numbers:
        raise NoSuchRow
    return numbers.index(number)


class Shipments:
    """The shipments of a store's orders. ``several`` is the setting that an order may have more than one shipment."""

    def __init__(self, store: Store, several: bool, most: int) -> None:
        self._store, self._most = store, most
        self._several = several or store.version.multiple_shipments == "always"

    def _memo(self) -> ShipmentMemo:
        return _read_memo(self._store.memo(MEMO_NAME))

    def numbers(self, order: Order) -> tuple[str, ...]:
        """Return the ids of an order's shipments."""
        return _numbers(order, self._memo())

    def page(self, params: Row, size: int, account: ApiAccount) -> tuple[list[Row], Row]:
        """Return a page of shipments, the newest order first; with ``order_id`` those of one order.

        Raises:
            RestError: 403, the account may not list them; 400, there are too many orders.
        """
        self._check(account)
        memo = self._memo()
        if wanted := params.get("order_id"):
            order = self._store.find_by_id(str(wanted))
            orders = [order] if order else []
        elif len(self._store.window(None, None)) > self._most:
            raise RestError(400, f"this store has more than {self._most:,} orders: name one with order_id")
        else:
            orders = sorted(self._store.orders(), key=lambda each: (each.placed_at, each.order_id), reverse=True)
        rows = [
            (number, shipment, order)
            for order in orders
            for number, shipment in zip(_numbers(order, memo), order.shipments, strict=False)
        ]
        if code := str(params.get("carrier", "")):
            rows = [row for row in rows if row[1].carrier.casefold() == code.casefold()]
        return page_of(rows, lambda row: shipment_row(*row, self._store, memo.statuses), params, size)

    def _check(self, account: ApiAccount) -> None:
        if not (account.root or self._store.version.rest_any_admin):
            raise RestError(403)

    def _order_of(self, number: str) -> Order:
        """Return the order that a shipment with this id would belong to."""
        whole = read_whole(number)
        order = None if whole is None else self._store.find_by_id(str(whole // SHIPMENT_IDS_PER_ORDER))
        if order is None:
            raise NoSuchRow
        return order

    def read(self, number: str, account: ApiAccount) -> Row:
        """Return a shipment.

        Raises:
            RestError: 404, there is no such shipment.
        """
        self._check(account)
        order, memo = self._order_of(number), self._memo()
        return shipment_row(number, order.shipments[_index(number, order, memo)], order, self._store, memo.statuses)

    # ------------------------------------------------------------------ changing

    def create(self, fields: FieldReader) -> RestReply:
        """Add a shipment; without ``products`` it holds everything that is not shipped yet.

        Raises:
            RestError: 400, a field is missing or wrong.
        """
        known, now = self._store.version, self._store.clock.now()
        fields.need("order_id", "shipping_id")
        order = self._store.find_by_id(fields.text("order_id"))
        if order is None:
            raise fields.wrong("order_id", "is not an order of this shop")
        if fields.text("shipping_id") not in map(str, SHIPPING_IDS.values()):
            raise fields.wrong("shipping_id", "is not a shipping method of this shop")
        if not self._several and known.shipment_needs_tracking and not fields.text("tracking_number"):
            raise RestError(400, "tracking_number: it is required if an order may have only one shipment")
        if not self._several and order.shipments:
            raise RestError(400, "order_id: the order has a shipment, and the shop allows only one")
        sent = now
        if known.rest_timestamps and fields.has("timestamp"):
            sent = fields.moment("timestamp")
        shipment = Shipment(
            tracking_number=fields.text("tracking_number")[:255],
            carrier=fields.text("carrier")[:255],
            notes=fields.text("comments"),
            shipped_on=sent.astimezone(self._store.shop.zone).date(),
            items=self._items(fields, order),
        )
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            memo = _read_memo(work.memo(MEMO_NAME))
            changed = msgspec.structs.replace(held, shipments=(*held.shipments, shipment))
            place = _places(changed, memo)[-1]
            if place >= SHIPMENT_IDS_PER_ORDER:
                raise RestError(400, f"an order has at most {SHIPMENT_IDS_PER_ORDER - 1} shipments here")
            work.write(changed)
            number = _numbers(changed, memo)[-1]
            if known.shipment_statuses and fields.has("status"):
                _save_memo(
                    work, msgspec.structs.replace(memo, statuses={**memo.statuses, number: self._status(fields)})
                )
        return RestReply(201, {"shipment_id": int(number)})

    def _status(self, fields: FieldReader) -> str:
        letter = fields.text("status")
        if letter not in self._store.version.shipment_statuses:
            raise fields.wrong("status", f"must be one of {', '.join(self._store.version.shipment_statuses)}")
        return letter

    def _items(self, fields: FieldReader, order: Order) -> tuple[ShippedItem, ...]:
        left = unshipped(order)
        lines = {item_id(item): item for item in order.items}
        products = fields.inner("products")
        wanted = {number: products.number(number) for number in products.sent} or left
        if not any(wanted.values()):
            raise RestError(400, "products: everything in this order is shipped")
        found = []
        for number, amount in wanted.items():
            if number not in lines:
                raise products.wrong(number, "is not a line of this order")
            if amount > left.get(number, 0):
                raise products.wrong(number, f"must be at most {left.get(number, 0)}: the rest is shipped")
            if amount:
                found.append(ShippedItem(lines[number].sku, amount, lines[number].line_id))
        return tuple(found)

    def update(self, number: str, fields: FieldReader) -> RestReply:
        """Change a shipment, if the version allows it in the API.

        Raises:
            RestError: 404, there is no such shipment; 400, it cannot be changed.
        """
        known = self._store.version
        if known.rest_shipment_update == "single-mode" and self._several:
            raise RestError(400, "shipments can't be changed if an order may have several")
        order = self._order_of(number)
        _index(number, order, self._memo())
        if known.rest_shipment_update == "whole-order" and (len(order.shipments) > 1 or unshipped(order)):
            raise RestError(400, "only a shipment of the whole order can be changed")
        changes: dict[str, object] = {}
        for name, attribute in (("tracking_number", "tracking_number"), ("carrier", "carrier"), ("comments", "notes")):
            if name in known.rest_shipment_update_fields and fields.has(name):
                changes[attribute] = fields.text(name)
        if "timestamp" in known.rest_shipment_update_fields and fields.has("timestamp"):
            changes["shipped_on"] = fields.moment("timestamp").astimezone(self._store.shop.zone).date()
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            place = _index(number, held, _read_memo(work.memo(MEMO_NAME)))
            shipments = list(held.shipments)
            shipments[place] = msgspec.structs.replace(shipments[place], **changes)
            work.write(msgspec.structs.replace(held, shipments=tuple(shipments)))
        return RestReply(200, {"shipment_id": number})

    def delete(self, number: str) -> None:
        """Delete a shipment.

        Raises:
            RestError: 404, there is no such shipment.
        """
        order = self._order_of(number)
        with self._store.transaction() as work:
            held = work.order(order.order_number)
            memo = _read_memo(work.memo(MEMO_NAME))
            place = _index(number, held, memo)
            gone = [*memo.deleted.get(order.order_id, ()), _places(held, memo)[place]]
            _save_memo(work, msgspec.structs.replace(memo, deleted={**memo.deleted, order.order_id: gone}))
            left = held.shipments[:place] + held.shipments[place + 1 :]
            work.write(msgspec.structs.replace(held, shipments=left))

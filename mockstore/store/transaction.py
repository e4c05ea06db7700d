"""A transaction of the ledger: reads and writes orders, shipments and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache

import msgspec

from mockstore.orders.draft import InvalidField, check_values
from mockstore.orders.model import Order, Shipment
from mockstore.store import statements
from mockstore.store.database import Connection, DatabaseFailed
from mockstore.store.statements import MEMO_PREFIX

BATCH_SIZE = 500
"""Most rows or numbers in one statement."""

_encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_decode_shipment = msgspec.json.Decoder(Shipment).decode


MAX_KEPT_RECORD_BYTES = 8192
"""Of orders with longer records, fewer are kept, so that the kept orders take little memory."""
MAX_KEPT_LONG_RECORD_BYTES = 65_536
"""An order with a longer record is decoded each time."""


# equal records give the same order, because orders are frozen
_short_order = lru_cache(maxsize=1024)(_decode_order)
_long_order = lru_cache(maxsize=64)(_decode_order)


def _order_of(body: bytes) -> Order:
    """Return the order in a record, without its parcels.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: the record is damaged.
    """
    if len(body) <= MAX_KEPT_RECORD_BYTES:
        return _short_order(body)
    return _long_order(body) if len(body) <= MAX_KEPT_LONG_RECORD_BYTES else _decode_order(body)


def _shipped(body: bytes, *parcels: bytes) -> Order:
    """Return the order in a record, with the shipments in the records of its parcels. It raises what the above does."""
    return msgspec.structs.replace(_order_of(body), shipments=tuple(map(_decode_shipment, parcels)))


_short_shipped = lru_cache(maxsize=256)(_shipped)


def _with_parcels(body: bytes, parcels: list[bytes]) -> Order:
    is_short = len(body) + sum(map(len, parcels)) <= MAX_KEPT_RECORD_BYTES
    return _short_shipped(body, *parcels) if is_short else _shipped(body, *parcels)


def _read_order(number: str, body: bytes, parcels: list[bytes]) -> Order:
    """Return the order of a record.

    Raises:
        DatabaseFailed: the record is damaged.
    """
    try:
        return _with_parcels(body, parcels) if parcels else _order_of(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DatabaseFailed(f"the record of order {number!r} is damaged: {error}") from None


def _check_order(number: str, order: Order) -> None:
    """Check the values of an order that another program may have written.

    Raises:
        DatabaseFailed: the record is damaged.
    """
    try:
        check_values(order)
    except InvalidField as error:
        raise DatabaseFailed(f"the record of order {number!r} is damaged: {error}") from None
    if order.order_number != number:
        raise DatabaseFailed(f"the record of order {number!r} is damaged: it has another number")


def seconds(moment: datetime) -> int:
    """Return whole seconds since 1970."""
    return int(moment.timestamp())


def _order_row(order: Order, index: int | None) -> dict[str, object]:
    return {
        "order_number": order.order_number,
        "order_id": order.order_id,
        "modified_at": seconds(order.modified_at),
        "virtual_index": index,
        "deleted": False,
        "body": _encode(msgspec.structs.replace(order, shipments=())),
    }


class Transaction:
    """An open transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, order_numbers: Sequence[str], *, lock: bool = False) -> dict[str, Order]:
        """Return the orders of those numbers, with their shipments; with ``lock``, no one else can change them."""
        found: dict[str, Order] = {}
        for start in range(0, len(order_numbers), BATCH_SIZE):
            batch = {"numbers": order_numbers[start : start + BATCH_SIZE]}
            statement = statements.LOCKED_BODIES if lock else statements.BODIES
            bodies = self._connection.rows(statement, (str, bytes), batch)
            if not bodies:
                continue
            parcels: dict[str, list[bytes]] = {}
            for number, body in self._connection.rows(statements.SHIPMENTS, (str, bytes), batch):
                parcels.setdefault(number, []).append(body)
            for number, body in bodies:
                order = _read_order(number, body, parcels.get(number, []))
                if not self._connection.is_private:
                    _check_order(number, order)
                found[number] = order
        return found

    def shipments(self) -> list[tuple[str, Shipment]]:
        """Return the shipments of all orders, with the order's number, as they were recorded."""
        rows = self._connection.rows(statements.ALL_SHIPMENTS, (str, bytes))
        return [(number, _decode_shipment(body)) for number, body in rows]

    def _insert_once(self, statement: str, row: Mapping[str, object]) -> bool:
        """Insert a row unless it is there already. True if it was inserted."""
        return bool(self._connection.execute(statement, row))

    def number_of_id(self, order_id: str) -> str | None:
        """Return the number of the order that has this id, if there is one."""
        return self._connection.first(statements.NUMBER_OF_ID, str, {"id": order_id})

    def has(self, order_number: str, order_id: str) -> bool:
        """True if an order has that number, or an order has that id."""
        return bool(self._connection.execute(statements.NAME_IN_USE, {"number": order_number, "id": order_id}))

    def is_touched(self, index: int) -> bool:
        """True if the virtual order of that index was changed or deleted."""
        return bool(self._connection.execute(statements.TOUCHED, {"index": index}))

    def keep(self, order: Order, index: int | None = None) -> bool:
        """Add an order. A virtual order, which has an index, is added unless it is there already. True if it was added.

        Raises:
            AlreadyTaken: another order has its number or id.
        """
        row = _order_row(order, index)
        if index is None:
            self._connection.execute(statements.INSERT_ORDER, row)
        elif not self._insert_once(statements.INSERT_ORDER_ONCE, row):
            return False
        self._add_shipments([order])
        return True

    def keep_all(self, added: Iterable[Order]) -> None:
        """Add many orders."""
        added = list(added)
        for start in range(0, len(added), BATCH_SIZE):
            batch = added[start : start + BATCH_SIZE]
            self._connection.execute_for_each(statements.INSERT_ORDER, [_order_row(order, None) for order in batch])
            self._add_shipments(batch)

    def _add_shipments(self, of: Iterable[Order]) -> None:
        rows = []
        for order in of:
            keys: set[str | None] = set()
            for shipment in order.shipments:
                key = shipment.tracking_number or None
                if key in keys:
                    key = None
                keys.add(key)
                rows.append({"order_number": order.order_number, "key": key, "body": _encode(shipment)})
        if rows:
            self._connection.execute_for_each(statements.INSERT_SHIPMENT, rows)

    def add_shipment(self, order_number: str, shipment: Shipment, key: str | None) -> bool:
        """Add a shipment unless the order has one with that key. True if it was added."""
        row = {"order_number": order_number, "key": key, "body": _encode(shipment)}
        return self._insert_once(statements.INSERT_SHIPMENT_ONCE, row)

    def write(self, order: Order) -> None:
        """Replace the order of that number, except for its shipments."""
        row = _order_row(order, None)
        del row["virtual_index"]
        self._connection.execute(statements.UPDATE_ORDER, row)

    def replace_shipments(self, order: Order) -> None:
        """Replace the shipments of the order."""
        self._connection.execute(statements.DELETE_SHIPMENTS, {"number": order.order_number})
        self._add_shipments([order])

    def delete(self, order_number: str, index: int | None) -> None:
        """Delete an order. A virtual order leaves a row that marks it as deleted."""
        for statement in (statements.DELETE_ORDER, statements.DELETE_SHIPMENTS):
            self._connection.execute(statement, {"number": order_number})
        if index is not None:
            self._connection.execute(statements.INSERT_DELETED, {"virtual_index": index})

    def clear(self) -> None:
        """Delete every order, shipment and memo, and the fact that the initial orders were added."""
        for statement in (statements.CLEAR_ORDERS, statements.CLEAR_SHIPMENTS, statements.CLEAR_FACTS):
            self._connection.execute(statement)

    def fact(self, name: str) -> str | None:
        """Return a fact about this state. No other process can change it until this transaction ends."""
        return self._connection.first(statements.LOCKED_FACT, str, {"name": name})

    def claim(self, name: str) -> bool:
        """Set a fact unless it is set already. True if it was set here."""
        return self._insert_once(statements.INSERT_FACT_ONCE, {"name": name, "value": "yes"})

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self._connection.execute(statements.SET_FACT, {"name": name, "value": value})

    def memo(self, name: str) -> str | None:
        """Return the text under that name. No other process can change it until this transaction ends."""
        return self.fact(MEMO_PREFIX + name)

    def remember(self, name: str, text: str) -> None:
        """Keep a text under a name until the store is reset."""
        self.note(MEMO_PREFIX + name, text)

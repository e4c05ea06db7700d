"""A transaction of the ledger: reads and writes orders, shipments and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from operator import itemgetter

import msgspec

from mockstore.orders.draft import InvalidField, check_values
from mockstore.orders.model import Order, Shipment
from mockstore.store import statements
from mockstore.store.database import Connection, DatabaseFailed, Parameters, checked_row
from mockstore.store.initial_orders import FoundOrder
from mockstore.store.records import Record
from mockstore.store.statements import MEMO_PREFIX

BATCH_SIZE = 500
"""Most rows or numbers in one statement."""

_encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_decode_parcels = msgspec.json.Decoder(tuple[tuple[str | None, Shipment], ...]).decode
_decode_recorded = msgspec.json.Decoder(tuple[int, ...]).decode

NO_PARCELS = _encode(())

MAX_KEPT_RECORD_BYTES = 8192
"""Of orders with longer records, fewer are kept, so that the kept orders take little memory."""
MAX_KEPT_LONG_RECORD_BYTES = 65_536
"""An order with a longer record is decoded each time."""

Keys = tuple[str | None, ...]


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


def _shipped(body: bytes, parcels: bytes) -> tuple[Order, Keys]:
    """Return the order in a record with its shipments, and their keys. It raises what the above does."""
    known = _decode_parcels(parcels)
    order = msgspec.structs.replace(_order_of(body), shipments=tuple(shipment for _, shipment in known))
    return order, tuple(key for key, _ in known)


_short_shipped = lru_cache(maxsize=256)(_shipped)


def _read_order(number: str, body: bytes, parcels: bytes) -> tuple[Order, Keys]:
    """Return the order in a record, and the keys of its shipments.

    Raises:
        DatabaseFailed: the record is damaged.
    """
    try:
        if parcels == NO_PARCELS:
            return _order_of(body), ()
        is_short = len(body) + len(parcels) <= MAX_KEPT_RECORD_BYTES
        return _short_shipped(body, parcels) if is_short else _shipped(body, parcels)
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


def row_of(record: Record, index: int | None) -> dict[str, object]:
    """Return the values of a row. A virtual order has an index."""
    order = record.order
    return {
        "order_number": order.order_number,
        "order_id": order.order_id,
        "modified_at": seconds(order.modified_at),
        "virtual_index": index,
        "deleted": False,
        "body": _encode(msgspec.structs.replace(order, shipments=())),
        "parcels": _encode(tuple(zip(record.keys, order.shipments, strict=True))),
        "recorded": _encode(record.recorded),
    }


class Transaction:
    """An open transaction of the ledger."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def _read(self, number: str, body: bytes, parcels: bytes) -> tuple[Order, Keys]:
        """Return the order in a row, and the keys of its shipments.

        Raises:
            DatabaseFailed: the record is damaged.
        """
        order, keys = _read_order(number, body, parcels)
        if not self._connection.is_private:
            _check_order(number, order)
        return order, keys

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """Return the orders of those numbers, with their shipments."""
        found: dict[str, Order] = {}
        for start in range(0, len(order_numbers), BATCH_SIZE):
            batch = {"numbers": list(order_numbers[start : start + BATCH_SIZE])}
            for number, body, parcels in self._connection.rows(statements.BODIES, (str, bytes, bytes), batch):
                found[number], _ = self._read(number, body, parcels)
        return found

    def _records(self, statement: str, parameters: Parameters | None = None) -> Iterator[Record]:
        """Yield the records that a statement finds.

        Raises:
            DatabaseFailed: a record is damaged.
        """
        for number, body, parcels, times in self._connection.rows(statement, (str, bytes, bytes, bytes), parameters):
            order, keys = self._read(number, body, parcels)
            try:
                yield Record(order, keys, _decode_recorded(times))
            except (msgspec.DecodeError, ValueError) as error:
                raise DatabaseFailed(f"the record of order {number!r} is damaged: {error}") from None

    def locked(self, order_number: str) -> Record | None:
        """Return the record of that number. No one else can change it until the transaction ends."""
        return next(self._records(statements.LOCKED_RECORD, {"number": order_number}), None)

    def find(self, *, order_number: str | None, order_id: str | None, index: int | None) -> FoundOrder:
        """Return an order by number or by id; and whether the virtual order of that index was deleted."""
        statement, name = (statements.BY_NUMBER, order_number) if order_id is None else (statements.BY_ID, order_id)
        order, is_deleted = None, False
        for deleted, *row in self._connection.execute(statement, {"name": name, "index": index}):
            if deleted:
                is_deleted = True
            else:
                order, _ = self._read(*checked_row(row, (str, bytes, bytes)))
        return FoundOrder(order, is_deleted and order is None)

    def shipments(self) -> list[tuple[str, Shipment]]:
        """Return the shipments of all orders, with the order's number, as they were recorded."""
        found: list[tuple[int, str, Shipment]] = []
        for record in self._records(statements.ALL_RECORDS):
            order = record.order
            found += ((at, order.order_number, each) for at, each in zip(record.recorded, order.shipments, strict=True))
        return [(number, shipment) for _, number, shipment in sorted(found, key=itemgetter(0))]

    def _insert_once(self, statement: str, row: Mapping[str, object]) -> bool:
        """Insert a row unless it is there already. True if it was inserted."""
        return bool(self._connection.execute(statement, row))

    def has(self, order_number: str, order_id: str) -> bool:
        """True if an order has that number, or an order has that id."""
        return bool(self._connection.execute(statements.NAME_IN_USE, {"number": order_number, "id": order_id}))

    def is_deleted(self, index: int) -> bool:
        """True if the virtual order of that index was deleted."""
        return bool(self._connection.execute(statements.DELETED, {"index": index}))

    def keep(self, record: Record, index: int | None = None) -> bool:
        """Add an order. A virtual order, which has an index, is added unless it is there already. True if it was added.

        Raises:
            AlreadyTaken: another order has its number or id.
        """
        row = row_of(record, index)
        if index is not None:
            return self._insert_once(statements.INSERT_ORDER_ONCE, row)
        self._connection.execute(statements.INSERT_ORDER, row)
        return True

    def keep_all(self, added: Iterable[Order]) -> None:
        """Add many orders."""
        rows = [row_of(Record.of(order), None) for order in added]
        for start in range(0, len(rows), BATCH_SIZE):
            self._connection.execute_for_each(statements.INSERT_ORDER, rows[start : start + BATCH_SIZE])

    def write(self, record: Record) -> None:
        """Replace the order of that number. Its id stays."""
        row = row_of(record, None)
        written = {name: row[name] for name in ("order_number", "modified_at", "body", "parcels", "recorded")}
        self._connection.execute(statements.UPDATE_ORDER, written)

    def delete(self, order_number: str, index: int | None) -> None:
        """Delete an order. A virtual order leaves a row that marks it as deleted."""
        self._connection.execute(statements.DELETE_ORDER, {"number": order_number})
        if index is not None:
            self._connection.execute(statements.INSERT_DELETED, {"virtual_index": index})

    def clear(self) -> None:
        """Delete every order and memo, and the fact that the initial orders were added."""
        for statement in (statements.CLEAR_ORDERS, statements.CLEAR_FACTS):
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

"""A transaction of the ledger: reads and writes orders, shipments and facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, TypeVar, cast

import msgspec

from mockstore.orders.draft import InvalidField, check_values
from mockstore.orders.model import Order, Shipment
from mockstore.store import statements
from mockstore.store.database import Connection, DatabaseFailed, Parameters, checked_row
from mockstore.store.initial_orders import FoundOrder
from mockstore.store.kept import Kept
from mockstore.store.records import Record
from mockstore.store.statements import MEMO_PREFIX

BATCH_SIZE = 500
"""Most rows or numbers in one statement."""

_encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_decode_parcels = msgspec.json.Decoder(tuple[tuple[str | None, Shipment], ...]).decode
_decode_recorded = msgspec.json.Decoder(tuple[int, ...]).decode

MAX_SHARED_BYTES = 4_000_000
"""Most bytes of different records whose orders the stores of a process share."""
MAX_KNOWN_BYTES = 2_000_000
"""Most bytes of records that a private database need not read, because they were written last."""

Keys = tuple[str | None, ...]
T = TypeVar("T")
KnownRecords = Kept[str, Record]
"""Records by order number. Only one process writes a private database, and keeps here what it writes."""

_shared: Kept[tuple[bytes, bytes], tuple[Order, Keys]] = Kept(MAX_SHARED_BYTES)
"""Orders with the keys of their shipments, by what is stored of both. Equal records give the same order, because orders
are frozen."""

_parts: Kept[bytes, object] = Kept(MAX_SHARED_BYTES)
"""Customers and lines of orders by what is stored of them."""


def _shipped(body: bytes, parcels: bytes) -> tuple[Order, Keys]:
    """Return the order in a record with its shipments, and their keys.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: the record is damaged.
    """
    shared = _shared.get((body, parcels))
    if shared is not None:
        return shared
    order, known = _decode_order(body), _decode_parcels(parcels)
    if known:
        order = msgspec.structs.replace(order, shipments=tuple(shipment for _, shipment in known))
    return _share(body, parcels, order, tuple(key for key, _ in known))


def _same(part: T) -> T:
    """Return the part of an order that all orders with an equal one share: from now on, this."""
    written = _encode(part)
    shared = _parts.get(written)
    if shared is None:
        _parts.keep(written, part, len(written))
        return part
    return cast("T", shared)


def _share(body: bytes, parcels: bytes, order: Order, keys: Keys) -> tuple[Order, Keys]:
    """Return the order and the keys that all stores share that have such a record: from now on, these."""
    shared = _shared.get((body, parcels))
    if shared is None:
        order = msgspec.structs.replace(order, customer=_same(order.customer), items=_same(order.items))
        shared = order, keys
        _shared.keep((body, parcels), shared, len(body) + len(parcels))
    return shared


def _read_order(number: str, body: bytes, parcels: bytes) -> tuple[Order, Keys]:
    """Return the order in a record, and the keys of its shipments.

    Raises:
        DatabaseFailed: the record is damaged.
    """
    try:
        return _shipped(body, parcels)
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
    """An open transaction of the ledger. ``known`` are the records of a private database that need not be read."""

    def __init__(self, connection: Connection, known: KnownRecords) -> None:
        self._connection, self._known = connection, known

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
        unknown: list[str] = []
        for number in order_numbers:
            record = self._known.get(number)
            if record is None:
                unknown.append(number)
            else:
                found[number] = record.order
        for start in range(0, len(unknown), BATCH_SIZE):
            batch = {"numbers": unknown[start : start + BATCH_SIZE]}
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
        known = self._known.get(order_number)
        return known or next(self._records(statements.LOCKED_RECORD, {"number": order_number}), None)

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
        if index is None:
            self._connection.execute(statements.INSERT_ORDER, row)
        elif not self._insert_once(statements.INSERT_ORDER_ONCE, row):
            return False
        self._note(record, row)
        return True

    def _note(self, record: Record, row: Mapping[str, Any]) -> None:
        """Keep a record of a private database as known. Its order is shared with stores that have the same."""
        if self._connection.is_private:
            body, parcels = row["body"], row["parcels"]
            order, keys = _share(body, parcels, record.order, record.keys)
            known = Record(order, keys, record.recorded)
            self._known.keep(order.order_number, known, len(body) + len(parcels))

    def keep_all(self, added: Iterable[Order]) -> None:
        """Add many orders."""
        records = [Record.of(order) for order in added]
        rows = [row_of(record, None) for record in records]
        for start in range(0, len(rows), BATCH_SIZE):
            self._connection.execute_for_each(statements.INSERT_ORDER, rows[start : start + BATCH_SIZE])
        for record, row in zip(records, rows, strict=True):
            self._note(record, row)

    def write(self, record: Record) -> None:
        """Replace the order of that number. Its id stays."""
        row = row_of(record, None)
        written = {name: row[name] for name in ("order_number", "modified_at", "body", "parcels", "recorded")}
        self._connection.execute(statements.UPDATE_ORDER, written)
        self._note(record, row)

    def delete(self, order_number: str, index: int | None) -> None:
        """Delete an order. A virtual order leaves a row that marks it as deleted."""
        self._known.drop(order_number)
        self._connection.execute(statements.DELETE_ORDER, {"number": order_number})
        if index is not None:
            self._connection.execute(statements.INSERT_DELETED, {"virtual_index": index})

    def clear(self) -> None:
        """Delete every order and memo, and the fact that the initial orders were added."""
        self._known.clear()
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

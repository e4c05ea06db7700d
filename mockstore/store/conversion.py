"""Converts a state of the earlier schema, which kept shipments and their keys in a table of their own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import msgspec

from mockstore.orders.model import Order, Shipment
from mockstore.store import statements
from mockstore.store.database import Connection, DatabaseFailed, checked_row
from mockstore.store.records import Record
from mockstore.store.statements import SCHEMA_VERSION
from mockstore.store.transaction import BATCH_SIZE, row_of

T = TypeVar("T")

_decode_order = msgspec.json.Decoder(Order).decode
_decode_shipment = msgspec.json.Decoder(Shipment).decode


def convert(connection: Connection) -> None:
    """Convert the tables, within the transaction that opens the state.

    Raises:
        DatabaseFailed: a record is damaged.
    """
    for statement in (*statements.RENAME_EARLIER, *statements.TABLES):
        connection.execute(statement)
    after = 0
    while rows := connection.execute(statements.EARLIER_ORDERS, {"after": after, "most": BATCH_SIZE}):
        after = rows[-1][0]
        _convert(connection, [row[1:] for row in rows])
    for statement in statements.DROP_EARLIER:
        connection.execute(statement)
    connection.execute(statements.SET_FACT, {"name": "schema", "value": SCHEMA_VERSION})
    connection.label()


def _convert(connection: Connection, rows: Sequence[Sequence[Any]]) -> None:
    """Copy some orders, with their shipments, into the present table."""
    known: dict[str, list[tuple[str | None, int, Shipment]]] = {}
    numbers = [number for number, *_ in rows if number is not None]
    if numbers:
        for number, key, row, body in connection.execute(statements.EARLIER_SHIPMENTS, {"numbers": numbers}):
            checked_row((number, key or "", row, body), (str, str, int, bytes))
            known.setdefault(number, []).append((key, row, _read(_decode_shipment, number, body)))
    for number, index, is_deleted, body in rows:
        if is_deleted:
            connection.execute(statements.INSERT_DELETED, {"virtual_index": index})
            continue
        checked_row((number, body), (str, bytes))
        keys, times, shipments = tuple(zip(*known.get(number, ()), strict=True)) or ((), (), ())
        order = msgspec.structs.replace(_read(_decode_order, number, body), shipments=shipments)
        connection.execute(statements.INSERT_ORDER, row_of(Record(order, keys, times), index))


def _read(decode: Callable[[bytes], T], number: str, body: bytes) -> T:
    """Return what a record holds.

    Raises:
        DatabaseFailed: the record is damaged.
    """
    try:
        return decode(body)
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise DatabaseFailed(f"the record of order {number!r} is damaged: {error}") from None

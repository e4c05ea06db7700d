"""One transaction of a ledger: what can be read, kept, written and deleted in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from mockstore.orders.model import Order, Shipment
from mockstore.store.statements import MEMO, Connection, Statement

BATCH = 500
"""Rows of one statement."""

_encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_decode_shipment = msgspec.json.Decoder(Shipment).decode


def seconds(moment: datetime) -> int:
    """A whole second of the epoch."""
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
    """What can be done in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def read(self, order_numbers: Sequence[str], *, lock: bool = False) -> dict[str, Order]:
        """The orders of those numbers, with their shipments."""
        found: dict[str, Order] = {}
        for start in range(0, len(order_numbers), BATCH):
            batch = {"numbers": order_numbers[start : start + BATCH]}
            bodies = self._connection.execute(Statement.LOCKED_BODIES if lock else Statement.BODIES, batch).all()
            parcels: dict[str, list[Shipment]] = {}
            for number, body in self._connection.execute(Statement.PARCELS, batch):
                parcels.setdefault(number, []).append(_decode_shipment(body))
            for number, body in bodies:
                order = _decode_order(body)
                if number in parcels:
                    order = msgspec.structs.replace(order, shipments=tuple(parcels[number]))
                found[number] = order
        return found

    def _inserted(self, statement: Statement, row: Mapping[str, object]) -> bool:
        """Whether a statement inserts a row, rather than meet what is there."""
        return self._connection.execute(statement, row).first() is not None

    def number(self, name: str, *, is_id: bool) -> str | None:
        """The number of the order that is called so, if there is one."""
        found: str | None = self._connection.execute(
            Statement.NUMBER_OF_ID if is_id else Statement.NUMBER_OF_NUMBER, {"name": name}
        ).scalar()
        return found

    def has(self, order_number: str, order_id: str) -> bool:
        """Whether an order has that number, or one that id."""
        names = {"number": order_number, "id": order_id}
        return self._connection.execute(Statement.TAKEN, names).first() is not None

    def touched(self, index: int) -> bool:
        """Whether the virtual order of that index no longer is as it was."""
        return self._connection.execute(Statement.TOUCHED, {"index": index}).first() is not None

    def keep(self, order: Order, index: int | None = None) -> None:
        """Take over an order that isn't in the database, unless it is (a virtual order's index)."""
        statement = Statement.ORDER if index is None else Statement.ORDER_ONCE
        if self._inserted(statement, _order_row(order, index)):
            self._add_shipments([order])

    def keep_all(self, added: Iterable[Order]) -> None:
        """Take over many orders."""
        added = list(added)
        for start in range(0, len(added), BATCH):
            batch = added[start : start + BATCH]
            self._connection.execute(Statement.ORDERS, [_order_row(order, None) for order in batch])
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
            self._connection.execute(Statement.SHIPMENTS, rows)

    def add_shipment(self, order_number: str, shipment: Shipment, key: str | None) -> bool:
        """Whether the shipment is new: the unique constraint says so."""
        row = {"order_number": order_number, "key": key, "body": _encode(shipment)}
        return self._inserted(Statement.SHIPMENT_ONCE, row)

    def write(self, order: Order) -> None:
        """Put the order in the place of what the database has of that number."""
        row = _order_row(order, None) | {"number": order.order_number}
        del row["virtual_index"]
        self._connection.execute(Statement.WRITE, row)

    def replace_shipments(self, order: Order) -> None:
        """Make the order's shipments all that the database has of it."""
        self._connection.execute(Statement.DELETE_SHIPMENTS, {"number": order.order_number})
        self._add_shipments([order])

    def delete(self, order_number: str, index: int | None) -> None:
        """Remove an order; a virtual one leaves a row that says so."""
        for statement in (Statement.DELETE_ORDER, Statement.DELETE_SHIPMENTS):
            self._connection.execute(statement, {"number": order_number})
        if index is not None:
            self._connection.execute(Statement.GONE, {"virtual_index": index})

    def clear(self) -> None:
        """Delete every order, shipment and memo, and that the store was furnished."""
        for statement in (Statement.CLEAR_ORDERS, Statement.CLEAR_SHIPMENTS, Statement.CLEAR_FACTS):
            self._connection.execute(statement)

    def fact(self, name: str) -> str | None:
        """A fact about this state, which nobody else changes until this transaction ends."""
        found: str | None = self._connection.execute(Statement.LOCKED_FACT, {"name": name}).scalar()
        return found

    def claim(self, name: str) -> bool:
        """Set a fact that has not been set, and say whether that was so."""
        return self._inserted(Statement.FACT_ONCE, {"name": name, "value": "yes"})

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self._connection.execute(Statement.SET_FACT, {"name": name, "value": value})

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name, which nobody else changes until this transaction ends."""
        return self.fact(MEMO + name)

    def remember(self, name: str, text: str) -> None:
        """Keep a text under a name, until a reset."""
        self.note(MEMO + name, text)

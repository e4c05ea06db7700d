"""The orders that a store has from the start, until the first change opens a database."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

from mockstore.orders.model import Order


class SequenceKey(NamedTuple):
    """The position of an order in the sequence of changes: modification time (seconds since 1970), id and number."""

    modified_at: int
    order_id: str
    order_number: str


def rank(row: SequenceKey) -> tuple[int, int, str]:
    """Return the key by which orders are sorted: time, then id; ids that are numbers by their value."""
    return row.modified_at, len(row.order_id), row.order_id


def _row(order: Order) -> SequenceKey:
    return SequenceKey(int(order.modified_at.timestamp()), order.order_id, order.order_number)


def _time(row: SequenceKey) -> int:
    return row.modified_at


class FoundOrder(NamedTuple):
    """The result of a search for one order: the order, or whether it was deleted."""

    order: Order | None
    deleted: bool


class InitialOrders:
    """Orders in memory. No two have the same number or id. Has the reading methods of a ledger."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self._numbers: dict[str, str] = {}
        """Order number by id."""
        self._rows: list[SequenceKey] = []

    def add(self, order: Order) -> None:
        """Add an order."""
        insort(self._rows, _row(order), key=rank)
        self.orders[order.order_number] = order
        self._numbers[order.order_id] = order.order_number

    def remove(self, order: Order) -> None:
        """Remove an order."""
        self._rows.remove(_row(order))
        del self.orders[order.order_number], self._numbers[order.order_id]

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[SequenceKey], list[int]]:
        """Return the orders modified from ``start`` to ``end``, by rank. No virtual order was changed or deleted."""
        rows = self._rows
        first = 0 if start is None else bisect_left(rows, start, key=_time)
        return rows[first : None if end is None else bisect_right(rows, end, key=_time)], []

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """Return the orders with those numbers."""
        return {number: self.orders[number] for number in order_numbers}

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> FoundOrder:
        """Return an order by number or id."""
        number = order_number if order_id is None else self._numbers.get(order_id)
        return FoundOrder(None if number is None else self.orders.get(number), False)

    def has(self, order_number: str, order_id: str) -> bool:
        """True if an order has that number, or an order has that id."""
        return order_number in self.orders or order_id in self._numbers

    def is_deleted(self, index: int) -> bool:
        """False: no virtual order was deleted."""
        return False

    def fact(self, name: str) -> str | None:
        """Return a fact about this state."""
        return self.facts.get(name)

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self.facts[name] = value

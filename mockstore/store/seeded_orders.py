"""The orders that a store was furnished with, until a first change needs a database."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence
from typing import NamedTuple

from mockstore.orders.model import Order


class SequenceKey(NamedTuple):
    """Where an order stands in the sequence of changes: time in seconds of the epoch, and its names."""

    modified_at: int
    order_id: str
    order_number: str


def rank(row: SequenceKey) -> tuple[int, int, str]:
    """What orders are sorted by: time, then id, numbers by their value."""
    return row.modified_at, len(row.order_id), row.order_id


def _row(order: Order) -> SequenceKey:
    return SequenceKey(int(order.modified_at.timestamp()), order.order_id, order.order_number)


def _time(row: SequenceKey) -> int:
    return row.modified_at


class FoundOrder(NamedTuple):
    """An answer about one order: itself, or else whether it was deleted."""

    order: Order | None
    gone: bool


class SeededOrders:
    """Orders in memory, with numbers and ids that no other one has. Reads like a ledger."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self._numbers: dict[str, str] = {}
        """By id."""
        self._rows: list[SequenceKey] = []

    def add(self, order: Order) -> None:
        """Take one more."""
        insort(self._rows, _row(order), key=rank)
        self.orders[order.order_number] = order
        self._numbers[order.order_id] = order.order_number

    def remove(self, order: Order) -> None:
        """Take one back."""
        self._rows.remove(_row(order))
        del self.orders[order.order_number], self._numbers[order.order_id]

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[SequenceKey], list[int]]:
        """Those modified from ``start`` to ``end``, by rank; and no virtual order has been touched."""
        rows = self._rows
        first = 0 if start is None else bisect_left(rows, start, key=_time)
        return rows[first : None if end is None else bisect_right(rows, end, key=_time)], []

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """The orders of those numbers."""
        return {number: self.orders[number] for number in order_numbers}

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> FoundOrder:
        """An order by number or id."""
        number = order_number if order_id is None else self._numbers.get(order_id)
        return FoundOrder(None if number is None else self.orders.get(number), False)

    def has(self, order_number: str, order_id: str) -> bool:
        """Whether an order has that number, or one that id."""
        return order_number in self.orders or order_id in self._numbers

    def is_touched(self, index: int) -> bool:
        """No virtual order is other than it was."""
        return False

    def fact(self, name: str) -> str | None:
        """A fact about this state."""
        return self.facts.get(name)

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self.facts[name] = value

"""The orders that a store was furnished with, until a first change needs a database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mockstore.orders.model import Order


class Row(NamedTuple):
    """Where an order stands in the sequence of changes: time in seconds of the epoch, and its names."""

    modified_at: int
    order_id: str
    order_number: str


class Found(NamedTuple):
    """An answer about one order: itself, or else whether it was deleted."""

    order: Order | None
    gone: bool


class Furniture:
    """Orders in memory, with numbers and ids that no other one has. Reads like a ledger."""

    def __init__(self) -> None:
        self.facts: dict[str, str] = {}
        self.orders: dict[str, Order] = {}
        self._numbers: dict[str, str] = {}
        """By id."""

    def add(self, order: Order) -> None:
        """Take one more."""
        self.orders[order.order_number] = order
        self._numbers[order.order_id] = order.order_number

    def remove(self, order: Order) -> None:
        """Take one back."""
        del self.orders[order.order_number], self._numbers[order.order_id]

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[Row], list[int]]:
        """Those modified from ``start`` to ``end``; and no virtual order has been touched."""
        rows = (
            Row(int(order.modified_at.timestamp()), order.order_id, order.order_number)
            for order in self.orders.values()
        )
        first, last = (float("-inf") if start is None else start, float("inf") if end is None else end)
        return [row for row in rows if first <= row.modified_at <= last], []

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """The orders of those numbers."""
        return {number: self.orders[number] for number in order_numbers}

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> Found:
        """An order by number or id."""
        number = order_number if order_id is None else self._numbers.get(order_id)
        return Found(None if number is None else self.orders.get(number), False)

    def has(self, order_number: str, order_id: str) -> bool:
        """Whether an order has that number, or one that id."""
        return order_number in self.orders or order_id in self._numbers

    def touched(self, index: int) -> bool:
        """No virtual order is other than it was."""
        return False

    def fact(self, name: str) -> str | None:
        """A fact about this state."""
        return self.facts.get(name)

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self.facts[name] = value

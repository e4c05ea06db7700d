"""What the suite asks of a source of truth, whatever stands behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from conformance.core.errors import ConformanceError, Inconclusive
from mockstore.orders.draft import Draft
from mockstore.orders.model import Order
from mockstore.shop.facts import StoreFacts


class TruthUnavailable(ConformanceError):
    """The source didn't answer as it should; the sentence says where and how."""


class OrderRefused(TruthUnavailable):
    """The source can't take this order or change: what needs it isn't exercised."""


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order that was modified at a time."""

    order_number: str
    modified_at: datetime


ORDERS_AT_ONCE = 6
"""Orders that are asked for at the same time: as many connections as a browser opens."""


def cannot_tell_reason(source: Truth, what: str) -> str:
    """That the source can't say this, and what could."""
    return f"{source.name} doesn't tell {what}{source.alternative_source}"


class Truth(Protocol):
    """A source of truth. Methods raise :class:`TruthUnavailable`.

    ``name`` is what people call it; ``beyond`` says what else could tell what it can't, if anything.
    """

    name: str
    alternative_source: str

    @property
    def facts(self) -> StoreFacts:
        """What the store says of itself."""

    def modified_between(self, start: datetime, end: datetime) -> tuple[OrderRef, ...]:
        """The orders modified in a stretch of time, both ends included, oldest first."""

    def order(self, number: str) -> Order | None:
        """The order as the store holds it, None if there is none."""

    def orders(self, numbers: Sequence[str]) -> list[Order | TruthUnavailable | None]:
        """Several orders as the store holds them; of one that couldn't be asked for, the problem."""

    def create(self, draft: Draft) -> str:
        """Make an order; its number. Raises Refused where the store can't hold it."""

    def change(self, number: str, **fields: str | datetime) -> None:
        """Change an order; without ``modified_at`` it's a change now."""

    def delete(self, number: str) -> bool:
        """Take an order back; false if it couldn't be."""

    def delete_all(self, numbers: Sequence[str]) -> list[str]:
        """Take orders back; those that couldn't be. Never raises: each is tried."""


def look_up(source: Truth, number: str) -> Order | TruthUnavailable | None:
    """An order as the store holds it, None if there is none, or why it couldn't be asked for."""
    try:
        return source.order(number)
    except TruthUnavailable as problem:
        return problem


def delete_one_by_one(source: Truth, numbers: Sequence[str]) -> list[str]:
    """Take orders back one after the other; those that couldn't be."""
    left = []
    for number in numbers:
        try:
            if not source.delete(number):
                left.append(number)
        except (TruthUnavailable, Inconclusive):
            left.append(number)
    return left

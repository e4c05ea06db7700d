"""The orders that were placed or modified in a period of time, in the sequence of their ids."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from mockstore.inputs import moments
from mockstore.orders.model import Order
from mockstore.orders.virtual import FIRST_NUMBER, MAX_DELAY_S, VirtualOrders
from mockstore.store.initial_orders import SequenceKey

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Records(Protocol):
    """The source of the orders that are not virtual: the ledger or the initial orders."""

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[SequenceKey], list[int]]:
        """Return the orders modified from ``start`` to ``end``, and the indexes of a range that were touched."""

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """Return the orders with those numbers."""


class ActivityView:
    """The orders of a period, as they were when the view was made. The orders of a page are read when needed.

    The virtual orders modified in the period are a range of indexes. An order that was placed in the
    period may be modified up to ``MAX_DELAY_S`` later: it is searched for in that time after the period.
    """

    def __init__(self, virtual: VirtualOrders, records: Records, start: int, end: int) -> None:
        self._virtual, self._records = virtual, records
        self._inside = virtual.indexes(_moment(start), _moment(end))
        later = virtual.indexes(_moment(end + 1), _moment(end + MAX_DELAY_S))
        reach = range(self._inside.start, max(self._inside.stop, later.stop))
        rows, touched = records.window(start, None, reach)
        gone = set(touched)
        self._placed = [i for i in later if i not in gone and start <= virtual.placed_second(i) <= end]
        late = records.read([row.order_number for row in rows if row.modified_at > end])
        placed = {number for number, order in late.items() if start <= order.placed_at.timestamp() <= end}
        self._rows = sorted((row for row in rows if row.modified_at <= end or row.order_number in placed), key=_rank)
        self._touched = touched[: bisect_left(touched, self._inside.stop)]
        self._skips = [index - i for i, index in enumerate(self._touched)]
        self._places = [self._virtual_before(row) + i for i, row in enumerate(self._rows)]

    def _virtual_before(self, row: SequenceKey) -> int:
        """Return how many virtual orders of the view have a smaller id."""
        index = int(row.order_id) - FIRST_NUMBER if row.order_id.isascii() and row.order_id.isdigit() else len(self)
        stop = min(max(index, self._inside.start), self._inside.stop)
        inside = stop - self._inside.start - bisect_left(self._touched, stop)
        return inside + bisect_left(self._placed, index)

    def _untouched(self) -> int:
        return len(self._inside) - len(self._touched)

    def __len__(self) -> int:
        return self._untouched() + len(self._placed) + len(self._rows)

    def slice(self, offset: int, limit: int) -> list[Order]:
        """Return at most ``limit`` orders from the ``offset``-th on, by id."""
        stop = min(offset + limit, len(self))
        if offset >= stop:
            return []
        first, last = (bisect_left(self._places, place) for place in (offset, stop))
        kept = self._rows[first:last]
        known = self._records.read([row.order_number for row in kept])
        rows = dict(zip(self._places[first:last], kept, strict=True))
        found = []
        virtual = offset - first
        for place in range(offset, stop):
            row = rows.get(place)
            if row is None:
                found.append(self._virtual.order(self._index(virtual)))
                virtual += 1
            elif row.order_number in known:  # it was not deleted meanwhile
                found.append(known[row.order_number])
        return found

    def _index(self, place: int) -> int:
        """Return the index of the virtual order at that position."""
        inside = self._untouched()
        if place >= inside:
            return self._placed[place - inside]
        index = self._inside.start + place
        return index + bisect_right(self._skips, index)


def _rank(row: SequenceKey) -> tuple[int, str]:
    return len(row.order_id), row.order_id


def _moment(second: int) -> datetime:
    """Return the moment of Unix seconds, or the nearest one that the store can keep an order of."""
    return moments.added(_EPOCH, timedelta(seconds=second))

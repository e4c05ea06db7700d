"""The orders of one shop: the virtual ones, and over them what was done since.

The only door to the data for the endpoint, the REST API and the control protocol. Knows
nothing of HTTP or XML. What is only read costs no database: it is opened with the first
change, or at once where a state is to be kept.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

import msgspec

from mockstore.orders.model import Order, Shipment
from mockstore.orders.virtual import FIRST_NUMBER, VirtualOrders, history_of
from mockstore.shop.shop import Clock, Shop
from mockstore.shop.versions import version
from mockstore.store.activity import ActivityView
from mockstore.store.errors import (
    Duplicate,
    LedgerError,
    NoSuchOrder,
    OrderChanged,
    OrderExists,
    StateMismatch,
    UnreadableState,
)
from mockstore.store.seeded_orders import SeededOrders, SequenceKey, rank

if TYPE_CHECKING:
    from mockstore.store.ledger import Ledger
    from mockstore.store.transaction import Transaction

__all__ = [
    "LedgerError",
    "NoSuchOrder",
    "OrderChanged",
    "OrderExists",
    "StateMismatch",
    "Store",
    "StoreTransaction",
    "UnreadableState",
    "WindowView",
]

CHANGEABLE = frozenset({"status", "modified_at", "customer_notes", "internal_notes"})
"""The fields of an order that :meth:`Store.change` takes."""

_BATCH = 200
_TRIES = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def _floor(moment: datetime) -> int:
    return (moment - _EPOCH) // _SECOND


def _ceiling(moment: datetime) -> int:
    return -((_EPOCH - moment) // _SECOND)


def _whole(moment: datetime) -> datetime:
    """The same moment in UTC, to the second."""
    return _EPOCH + _floor(moment) * _SECOND


class Store:
    """One shop's orders.

    ``state`` is a file or a database URL to keep what is done in; without it, nothing
    outlives the store. ``opened_at`` is when the first virtual order was modified: left out,
    it is that of the state, or else chosen so that the last one was modified lately.

    Raises:
        UnknownVersion: where the shop's version is none of the supported ones.
        StateMismatch: where the state is another store's.
        UnreadableState: where it is no state.
    """

    def __init__(
        self,
        shop: Shop,
        *,
        count: int = 500,
        opened_at: datetime | None = None,
        clock: Clock | None = None,
        state: str | None = None,
    ) -> None:
        self.shop, self.version, self.clock = shop, version(shop.version), clock or Clock()
        self._count, self._furniture = count, SeededOrders()
        self._ledger: Ledger | None = None
        self._furnished, self._furnishes = False, False
        self._opening = threading.Lock()
        self._opened = _whole(opened_at or _opening(self.clock.now(), count))
        if state is not None:
            self._ledger = ledger = self._open(state)
            kept = datetime.fromisoformat(ledger.facts["opened"])
            if opened_at is not None and kept != self._opened:
                ledger.close()
                times = f"{kept:%FT%TZ}", f"{self._opened:%FT%TZ}"
                raise StateMismatch(ledger.where, [("opening time", *times)])
            self._opened, self._furnished = kept, "furnished" in ledger.facts
        self._virtual = VirtualOrders(shop, self.version, count, self._opened)

    def _open(self, state: str | None) -> Ledger:
        from mockstore.store.ledger import Ledger  # opened with the first change only

        identity = {"version": self.shop.version, "seed": str(self.shop.seed), "orders": str(self._count)}
        facts = {"opened": self._opened.isoformat(), "next": str(FIRST_NUMBER + self._count)}
        return Ledger(state, identity, facts)

    def _written(self) -> Ledger:
        """The ledger, to write in."""
        with self._opening:
            if self._ledger is None:
                ledger = self._open(None)
                self._put_back(ledger)
                self._ledger = ledger
            return self._ledger

    def close(self) -> None:
        """Let go of the database. What was kept only in memory is gone."""
        if self._ledger is not None:
            self._ledger.close()

    # ------------------------------------------------------------------ reading

    def window(self, start: datetime | None, end: datetime | None) -> WindowView:
        """The orders modified from ``start`` to ``end``, both included; None leaves a side open."""
        indexes = self._virtual.indexes(start, end)
        records = self._ledger or self._furniture
        first, last = None if start is None else _ceiling(start), None if end is None else _floor(end)
        return WindowView(self._virtual, records, indexes, *records.window(first, last, indexes))

    def active(self, start: datetime, end: datetime) -> ActivityView:
        """The orders placed or modified from ``start`` to ``end``, both included, by id."""
        records = self._ledger or self._furniture
        return ActivityView(self._virtual, records, _ceiling(start), _floor(end))

    def orders(self) -> Iterator[Order]:
        """Every order, by the time of its last modification."""
        view = self.window(None, None)
        for offset in range(0, len(view), _BATCH):
            yield from view.slice(offset, _BATCH)

    def find(self, order_number: str) -> Order | None:
        """The order of that number."""
        return self._find(self._virtual.index_of(order_number), order_number=order_number)

    def find_by_id(self, order_id: str) -> Order | None:
        """The order of that id."""
        return self._find(self._virtual.index_of_id(order_id), order_id=order_id)

    def _find(self, index: int | None, **name: str) -> Order | None:
        found = (self._ledger or self._furniture).find(index=index, **name)
        if found.order is not None or found.gone:
            return found.order
        return None if index is None else self._virtual.order(index)

    # ------------------------------------------------------------------ changing

    def create(self, order: Order) -> Order:
        """Add an order; an empty number or id lets the store choose. Says what was added.

        Raises:
            OrderExists: where number or id is taken.
            LedgerError: where it could not be stored.
        """
        order = _normal(order)
        for _ in range(_TRIES):
            try:
                with self._written().writing() as entry:
                    named = self._named(entry, order)
                    entry.keep(named)
                    return named
            except Duplicate:  # another process was quicker
                if order.order_number and order.order_id:
                    break
        raise OrderExists(order.order_number, order.order_id)

    def _named(self, entry: Transaction | SeededOrders, order: Order) -> Order:
        """The order with number and id, which nobody has."""
        number, id_ = order.order_number, order.order_id
        if not (number and id_):
            free = int(entry.fact("next") or self._virtual.first_free_number)
            while entry.has(str(free), str(free)):
                free += 1
            entry.note("next", str(free + 1))
            id_ = id_ or str(free)
            number = number or id_
        for index in (self._virtual.index_of(number), self._virtual.index_of_id(id_)):
            if index is not None and not entry.is_touched(index):
                raise OrderExists(number, id_)
        if (order.order_number or order.order_id) and entry.has(number, id_):
            raise OrderExists(number, id_)
        return msgspec.structs.replace(order, order_number=number, order_id=id_)

    def add_all(self, orders: Iterable[Order]) -> None:
        """Furnish the store with orders that :meth:`reset` brings back.

        A kept state that was furnished by an earlier process has them already, as they are by
        now: there they are only remembered for a reset.

        Raises:
            OrderExists: where a number or id is taken; none is added then.
            LedgerError: where they could not be stored.
        """
        from_here: list[Order] = []
        try:
            with self._furnishing() as entry:
                for order in map(_normal, orders):
                    if entry is not None:
                        order = self._named(entry, order)
                        entry.keep(order)
                    order = self._named(self._furniture, order)
                    self._furniture.add(order)
                    from_here.append(order)
        except BaseException:
            for order in from_here:
                self._furniture.remove(order)
            raise

    @contextmanager
    def _furnishing(self) -> Iterator[Transaction | None]:
        """A transaction of the ledger, if that is there and has to be furnished."""
        if self._ledger is None or self._furnished:
            yield None
            return
        with self._ledger.writing() as entry:
            self._furnishes = entry.claim("furnished") or self._furnishes
            self._furnished = not self._furnishes
            yield entry if self._furnishes else None

    def _put_back(self, ledger: Ledger) -> None:
        """Make the furniture all that the ledger holds."""
        with ledger.writing() as entry:
            entry.clear()
            entry.note("next", self._furniture.fact("next") or str(self._virtual.first_free_number))
            entry.keep_all(self._furniture.orders.values())
            self._furnished, self._furnishes = False, bool(self._furniture.orders)
            if self._furnishes:
                entry.claim("furnished")

    def change(self, order_number: str, **fields: Any) -> Order:
        """Change some of :data:`CHANGEABLE`; without ``modified_at`` it is a change now.

        Raises:
            NoSuchOrder: where there is no such order.
            LedgerError: where it could not be stored.
        """
        if wrong := fields.keys() - CHANGEABLE:
            raise TypeError(f"what can be changed is {', '.join(sorted(CHANGEABLE))}, not {', '.join(wrong)}")
        modified = _whole(fields.get("modified_at") or self.clock.now())
        with self._written().writing() as entry:
            order = self._kept(entry, order_number)
            changed = msgspec.structs.replace(order, **{**fields, "modified_at": modified})
            entry.write(changed)
            return changed

    def delete(self, order_number: str) -> bool:
        """Remove an order; whether there was one.

        Raises:
            LedgerError: where that could not be stored.
        """
        if self.find(order_number) is None:
            return False
        with self._written().writing() as entry:
            entry.delete(order_number, self._virtual.index_of(order_number))
        return True

    def book(
        self,
        order_number: str,
        shipment: Shipment,
        *,
        status: str | None,
        key: str | None,
        modifies: bool = True,
        found: Order | None = None,
    ) -> bool:
        """Add a shipment, and the status if one is given, in one transaction.

        Whether it was done: a ``key`` that was booked for that order before changes nothing.
        The order is modified now, unless that doesn't count as a modification. ``found`` is the
        order that shipment and status were decided from, if that matters.

        Raises:
            NoSuchOrder: where there is no such order.
            OrderChanged: where it isn't as it was found any more.
            LedgerError: where it could not be stored; nothing was.
        """
        with self._written().writing() as entry:
            order = self._kept(entry, order_number)
            if not entry.add_shipment(order_number, shipment, key):
                return False
            if found is not None and order != found:
                raise OrderChanged(f"Order {order_number} was changed by someone else meanwhile.")
            changes = {} if status is None else {"status": status}
            modified = _whole(self.clock.now()) if modifies else order.modified_at
            entry.write(msgspec.structs.replace(order, modified_at=modified, **changes))
        return True

    @contextmanager
    def changing(self) -> Iterator[StoreTransaction]:
        """A transaction for what no method here says: all of what is done in it, or, after any exception, nothing.

        Raises:
            LedgerError: where it could not be stored.
        """
        with self._written().writing() as entry:
            yield StoreTransaction(entry, lambda number: self._kept(entry, number))

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name (:meth:`StoreTransaction.remember`)."""
        return None if self._ledger is None else self._ledger.memo(name)

    def _kept(self, entry: Transaction, order_number: str) -> Order:
        """The order as the database has it, which takes over a virtual one at this moment."""
        index = self._virtual.index_of(order_number)
        if index is not None:
            entry.keep(self._virtual.order(index), index)
        order = entry.read([order_number], lock=True).get(order_number)
        if order is None:
            raise NoSuchOrder(order_number)
        return order

    def reset(self) -> None:
        """Undo all that was done since :meth:`add_all`; the clock is not the store's to set back.

        Raises:
            LedgerError: where that could not be stored.
        """
        if self._ledger is not None:
            self._put_back(self._ledger)


class StoreTransaction:
    """What can be done in one transaction: orders rewritten, and memos, which a reset forgets."""

    def __init__(self, entry: Transaction, kept: Callable[[str], Order]) -> None:
        self._entry, self._kept = entry, kept

    def order(self, order_number: str) -> Order:
        """The order, which nobody else changes until the transaction ends.

        Raises:
            NoSuchOrder: where there is no such order.
        """
        return self._kept(order_number)

    def write(self, order: Order) -> None:
        """Put the order, its shipments included, in the place of the one of that number, which was asked for."""
        self._entry.write(_normal(order))
        self._entry.replace_shipments(order)

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name."""
        return self._entry.memo(name)

    def remember(self, name: str, text: str) -> None:
        """Keep a text under a name."""
        self._entry.remember(name, text)


class WindowView:
    """The orders of a window, as they stood when it was asked for; the page's are read on demand."""

    def __init__(
        self,
        virtual: VirtualOrders,
        records: Ledger | SeededOrders,
        indexes: range,
        rows: list[SequenceKey],
        touched: list[int],
    ) -> None:
        self._virtual, self._records, self._indexes = virtual, records, indexes
        self._rows, self._touched = rows, touched

    def _place(self, number: int) -> int:
        """The place in the window of its so-manieth row of the ledger."""
        return self._untouched_before(self._rows[number]) + number

    def _untouched_before(self, row: SequenceKey) -> int:
        """How many untouched virtual orders of the window come before a row of the ledger."""
        index = self._virtual.first_since(row.modified_at)
        if index in self._indexes and self._virtual.second(index) == row.modified_at:
            index += rank(SequenceKey(row.modified_at, self._virtual.number_of(index), "")) < rank(row)
        index = min(max(index, self._indexes.start), self._indexes.stop)
        return index - self._indexes.start - bisect_left(self._touched, index)

    def __len__(self) -> int:
        return len(self._indexes) - len(self._touched) + len(self._rows)

    def slice(self, offset: int, limit: int) -> list[Order]:
        """At most ``limit`` orders from the ``offset``-th on, by time of modification and id."""
        stop = min(offset + limit, len(self))
        if offset >= stop:
            return []
        numbers = range(len(self._rows))
        first = bisect_left(numbers, offset, key=self._place)
        last = bisect_left(numbers, stop, first, key=self._place)
        kept = self._rows[first:last]
        known = self._records.read([row.order_number for row in kept]) if kept else {}
        untouched = self._untouched(offset - first, stop - offset - len(kept))
        found: list[Order] = []
        for number, row in enumerate(kept, first):
            found += map(self._virtual.order, islice(untouched, self._place(number) - offset - len(found)))
            if row.order_number in known:  # not deleted meanwhile
                found.append(known[row.order_number])
            else:
                offset += 1
        found += map(self._virtual.order, untouched)
        return found

    def _untouched(self, first: int, count: int) -> Iterator[int]:
        """The indexes of so many untouched virtual orders of the window, from the ``first``-th on."""
        # what is left of the virtual orders when i of them are passed over begins behind them
        touched, index = self._touched, self._indexes.start + first
        passed = bisect_right(range(len(touched)), index, key=lambda i: touched[i] - i)
        index += passed
        for barrier in islice(touched, passed, None):
            yield from range(index, min(barrier, index + count))
            count -= barrier - index
            if count <= 0:
                return
            index = barrier + 1
        yield from range(index, index + count)


def _normal(order: Order) -> Order:
    """An order as it is kept: times in UTC, to the second."""
    return msgspec.structs.replace(order, placed_at=_whole(order.placed_at), modified_at=_whole(order.modified_at))


def _opening(now: datetime, count: int) -> datetime:
    """When a store of so many orders opened whose last one was modified within the hour before last."""
    hour = _floor(now) // 3600 * 3600
    return _EPOCH + (hour - history_of(count)) * _SECOND

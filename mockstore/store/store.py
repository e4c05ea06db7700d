"""The orders of one shop: the virtual orders, and over them a ledger of what was changed since.

The endpoint, the REST API and the control protocol reach orders only through :class:`Store`, which
depends neither on HTTP nor on XML. A store that is only read opens no database: it is opened with the
first change, or at once if a state is to be kept.
"""

from __future__ import annotations

import threading
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, overload

import msgspec

from mockstore.inputs import numbers
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
from mockstore.store.initial_orders import InitialOrders, SequenceKey, rank
from mockstore.store.records import Record
from mockstore.store.statements import FILLED

if TYPE_CHECKING:
    from mockstore.store.ledger import Ledger
    from mockstore.store.transaction import Transaction

__all__ = [
    "LedgerError",
    "NoSuchOrder",
    "OrderChanged",
    "OrderExists",
    "OrderSequence",
    "StateMismatch",
    "Store",
    "StoreTransaction",
    "UnreadableState",
    "WindowView",
]

CHANGEABLE = frozenset(
    {"status", "modified_at", "customer_notes", "internal_notes", "customer", "items", "total", "weight"}
)
"""The fields that :meth:`Store.change` can change."""

_BATCH_SIZE = 200
_MAX_ATTEMPTS = 20
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)


def _floor(moment: datetime) -> int:
    return (moment - _EPOCH) // _SECOND


def _ceiling(moment: datetime) -> int:
    return -((_EPOCH - moment) // _SECOND)


def _whole(moment: datetime) -> datetime:
    """Return the moment in UTC, cut to the second."""
    return _EPOCH + _floor(moment) * _SECOND


class Store:
    """The orders of one shop.

    ``state`` is a file or a database URL in which changes are kept; without it they are lost with
    the store. ``opened_at`` is the time at which the shop opened, from which the times of virtual
    orders count. By default it is read from the state; without a state it is chosen so that the last
    order was modified shortly before the present hour.

    Raises:
        UnknownVersion: the shop's version is not supported.
        StateMismatch: the state belongs to another store.
        UnreadableState: the state cannot be read.
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
        self._count, self._initial = count, InitialOrders()
        self._ledger: Ledger | None = None
        self._is_filled, self._filled_here = False, False
        self._opening = threading.Lock()
        self._opened = _whole(opened_at or _opening_time(self.clock.now(), count))
        if state is not None:
            self._ledger = ledger = self._open(state)
            try:
                kept = ledger.moment("opened")
            except UnreadableState:
                ledger.close()
                raise
            if opened_at is not None and kept != self._opened:
                ledger.close()
                times = f"{kept:%FT%TZ}", f"{self._opened:%FT%TZ}"
                raise StateMismatch(ledger.where, [("opening time", *times)])
            self._opened, self._is_filled = kept, FILLED in ledger.facts
        self._virtual = VirtualOrders(shop, self.version, count, self._opened)

    def _open(self, state: str | None) -> Ledger:
        from mockstore.store.ledger import Ledger  # opened with the first change only

        identity = {"version": self.shop.version, "seed": str(self.shop.seed), "orders": str(self._count)}
        identity["locales"] = " ".join(self.shop.locales)
        facts = {"opened": self._opened.isoformat(), "next": str(FIRST_NUMBER + self._count)}
        return Ledger(state, identity, facts)

    def _opened_ledger(self) -> Ledger:
        """Return the ledger; open it if this is the first change."""
        with self._opening:
            if self._ledger is None:
                ledger = self._open(None)
                self._restore(ledger)
                self._ledger = ledger
            return self._ledger

    def close(self) -> None:
        """Close the database. Changes that were kept only in memory are lost."""
        if self._ledger is not None:
            self._ledger.close()

    # ------------------------------------------------------------------ reading

    def window(self, start: datetime | None, end: datetime | None) -> WindowView:
        """Return the orders modified from ``start`` to ``end``, both included. None leaves a side open."""
        indexes = self._virtual.indexes(start, end)
        records = self._ledger or self._initial
        first, last = None if start is None else _ceiling(start), None if end is None else _floor(end)
        return WindowView(self._virtual, records, indexes, *records.window(first, last, indexes))

    def active(self, start: datetime, end: datetime) -> ActivityView:
        """Return the orders placed or modified from ``start`` to ``end``, both included, by id."""
        records = self._ledger or self._initial
        return ActivityView(self._virtual, records, _ceiling(start), _floor(end))

    def orders(self) -> Iterator[Order]:
        """Yield every order, by modification time."""
        view = self.window(None, None)
        for offset in range(0, len(view), _BATCH_SIZE):
            yield from view.slice(offset, _BATCH_SIZE)

    def find(self, order_number: str) -> Order | None:
        """Return the order with that number."""
        return self._find(self._virtual.index_of(order_number), order_number=order_number)

    def recorded_shipments(self) -> list[tuple[str, Shipment]]:
        """Return the shipments that were recorded since the start, with the order's number, the oldest first.

        Raises:
            LedgerError: the records cannot be read.
        """
        if self._ledger is None:
            return []
        there: dict[str, Counter[Shipment]] = {}
        found = []
        for number, shipment in self._ledger.shipments():
            if number not in there:
                there[number] = Counter(self._shipments_at_start(number))
            if there[number][shipment] > 0:
                there[number][shipment] -= 1
            else:
                found.append((number, shipment))
        return found

    def _shipments_at_start(self, order_number: str) -> tuple[Shipment, ...]:
        """Return the shipments that an order had at the start; none if it was created later."""
        index = self._virtual.index_of(order_number)
        order = self._initial.orders.get(order_number) if index is None else self._virtual.order(index)
        return order.shipments if order else ()

    def find_by_id(self, order_id: str) -> Order | None:
        """Return the order with that id."""
        return self._find(self._virtual.index_of_id(order_id), order_id=order_id)

    def _find(self, index: int | None, **name: str) -> Order | None:
        found = (self._ledger or self._initial).find(index=index, **name)
        if found.order is not None or found.deleted:
            return found.order
        return None if index is None else self._virtual.order(index)

    # ------------------------------------------------------------------ changing

    def create(self, order: Order) -> Order:
        """Add an order, and return it as it was added. The store chooses an empty number or id.

        Raises:
            OrderExists: another order has the number or id.
            LedgerError: the order could not be stored.
        """
        (added,) = self.create_all([order])
        if isinstance(added, OrderExists):
            raise added
        return added

    def create_all(self, orders: Sequence[Order]) -> list[Order | OrderExists]:
        """Add orders in one transaction, and return each as it was added, or the error that another order has its name.

        Raises:
            LedgerError: the orders could not be stored. Then none is added.
        """
        normalised = [*map(_normalised, orders)]
        for _ in range(_MAX_ATTEMPTS):
            try:
                with self._opened_ledger().writing() as work:
                    return [self._added(work, order) for order in normalised]
            except Duplicate:  # another process used a number meanwhile
                continue
        raise LedgerError("The orders can't be stored: other processes keep using their numbers.")

    def _added(self, work: Transaction, order: Order) -> Order | OrderExists:
        """Return the order as it is in the transaction, or the error that another order has its number or id."""
        try:
            named = self._with_names(work, order)
        except OrderExists as error:
            return error
        work.keep(Record.of(named))
        return named

    def _with_names(self, work: Transaction | InitialOrders, order: Order) -> Order:
        """Return the order with a number and an id that no other order has.

        Raises:
            OrderExists: another order has its number or id.
        """
        number, id_ = order.order_number, order.order_id
        free: int | None = None
        if not (number and id_):
            free = numbers.read_whole(work.fact("next") or str(self._virtual.first_free_number))
            if free is None:
                raise LedgerError("The store's records can't be read: the number of the next order is damaged.")
            while work.has(str(free), str(free)):
                free += 1
            id_ = id_ or str(free)
            number = number or id_
        for index in (self._virtual.index_of(number), self._virtual.index_of_id(id_)):
            if index is not None and not work.is_deleted(index):
                raise OrderExists(number, id_)
        if (order.order_number or order.order_id) and work.has(number, id_):
            raise OrderExists(number, id_)
        if free is not None:
            work.note("next", str(free + 1))
        return msgspec.structs.replace(order, order_number=number, order_id=id_)

    def add_initial_orders(self, orders: Iterable[Order]) -> None:
        """Add the orders that the store has from the start; :meth:`reset` restores them.

        A state that an earlier process filled has them already, perhaps changed. Then they are only
        remembered for a reset.

        Raises:
            OrderExists: a number or id is in use; then no order is added.
            LedgerError: the orders could not be stored.
        """
        from_here: list[Order] = []
        try:
            with self._filling() as work:
                for order in map(_normalised, orders):
                    if work is not None:
                        order = self._with_names(work, order)
                        work.keep(Record.of(order))
                    order = self._with_names(self._initial, order)
                    self._initial.add(order)
                    from_here.append(order)
        except BaseException:
            for order in from_here:
                self._initial.remove(order)
            raise

    @contextmanager
    def _filling(self) -> Iterator[Transaction | None]:
        """Yield a transaction if there is a ledger that has no initial orders yet; otherwise None."""
        if self._ledger is None or self._is_filled:
            yield None
            return
        with self._ledger.writing() as work:
            self._filled_here = work.claim(FILLED) or self._filled_here
            self._is_filled = not self._filled_here
            yield work if self._filled_here else None

    def _restore(self, ledger: Ledger) -> None:
        """Delete everything in the ledger and add the initial orders."""
        with ledger.writing() as work:
            work.clear()
            work.note("next", self._initial.fact("next") or str(self._virtual.first_free_number))
            work.keep_all(self._initial.orders.values())
            self._is_filled, self._filled_here = False, bool(self._initial.orders)
            if self._filled_here:
                work.claim(FILLED)

    def change(self, order_number: str, **fields: Any) -> Order:
        """Change fields of an order, those in :data:`CHANGEABLE`. Without ``modified_at`` the order is modified now.

        Raises:
            NoSuchOrder: there is no such order.
            LedgerError: the change could not be stored.
        """
        if wrong := fields.keys() - CHANGEABLE:
            raise TypeError(
                f"the fields that can be changed are {', '.join(sorted(CHANGEABLE))}, not {', '.join(wrong)}"
            )
        modified = _whole(fields.get("modified_at") or self.clock.now())
        with self._opened_ledger().writing() as work:
            record = self._locked(work, order_number)
            changed = msgspec.structs.replace(record.order, **{**fields, "modified_at": modified})
            work.write(msgspec.structs.replace(record, order=changed))
            return changed

    def delete(self, order_number: str) -> bool:
        """Delete an order. True if there was one.

        Raises:
            LedgerError: the deletion could not be stored.
        """
        if self.find(order_number) is None:
            return False
        with self._opened_ledger().writing() as work:
            work.delete(order_number, self._virtual.index_of(order_number))
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
        """Add a shipment, and set the status if one is given, in one transaction. True if it was added.

        Nothing is changed if the order has a shipment with that ``key``. The order is modified now,
        unless ``modifies`` is false. ``found`` is the order as the caller read it: if it is
        given, the stored order must be equal to it.

        Raises:
            NoSuchOrder: there is no such order.
            OrderChanged: the order differs from ``found``.
            LedgerError: the database failed; nothing was stored.
        """
        ledger = self._opened_ledger()
        changes: dict[str, object] = {} if status is None else {"status": status}
        if modifies:
            changes["modified_at"] = _whole(self.clock.now())
        untouched = self._untouched(order_number)
        if untouched is not None:
            record, index = untouched
            as_found = not record.has(key) and found in (None, record.order)
            if as_found and ledger.add_virtual(record.with_shipment(shipment, key, **changes), index):
                return True
        with ledger.writing() as work:
            record = self._locked(work, order_number)
            if record.has(key):
                return False
            if found is not None and record.order != found:
                raise OrderChanged(f"Order {order_number} was changed by someone else meanwhile.")
            work.write(record.with_shipment(shipment, key, **changes))
        return True

    def _untouched(self, order_number: str) -> tuple[Record, int] | None:
        """Return the virtual order of that number as it is computed, and its index; None if there is none."""
        index = self._virtual.index_of(order_number)
        return None if index is None else (Record.of(self._virtual.order(index)), index)

    @contextmanager
    def transaction(self) -> Iterator[StoreTransaction]:
        """Open a transaction for other changes. It is stored at the end; after any exception nothing is stored.

        Raises:
            LedgerError: the changes could not be stored.
        """
        with self._opened_ledger().writing() as work:
            yield StoreTransaction(work, lambda number: self._locked(work, number).order)

    def memo(self, name: str) -> str | None:
        """Return the text last remembered under that name; None for an unknown name."""
        return None if self._ledger is None else self._ledger.memo(name)

    def _locked(self, work: Transaction, order_number: str) -> Record:
        """Return the order from the database, locked until the transaction ends. A virtual order is stored first.

        Raises:
            NoSuchOrder: there is no such order.
        """
        record = work.locked(order_number)
        if record is None:
            untouched = self._untouched(order_number)
            if untouched is not None and work.keep(*untouched):
                return untouched[0]
            record = work.locked(order_number)  # another process may have stored it meanwhile
        if record is None:
            raise NoSuchOrder(order_number)
        return record

    def reset(self) -> None:
        """Undo everything since :meth:`add_initial_orders`. The clock is not changed.

        Raises:
            LedgerError: the database failed.
        """
        if self._ledger is not None:
            self._restore(self._ledger)


class StoreTransaction:
    """An open transaction: replaces orders, and remembers texts that a reset forgets."""

    def __init__(self, work: Transaction, locked_order: Callable[[str], Order]) -> None:
        self._work, self._locked_order = work, locked_order

    def order(self, order_number: str) -> Order:
        """Return the order. No one else can change it until the transaction ends.

        Raises:
            NoSuchOrder: there is no such order.
        """
        return self._locked_order(order_number)

    def write(self, order: Order) -> None:
        """Replace the order of that number, its shipments included. :meth:`order` must have returned it before."""
        self._work.write(Record.of(_normalised(order)))

    def memo(self, name: str) -> str | None:
        """Return the text last remembered under that name."""
        return self._work.memo(name)

    def remember(self, name: str, text: str) -> None:
        """Remember a text under a name."""
        self._work.remember(name, text)


class OrderSequence(Sequence[Order]):
    """Orders, of which the untouched virtual ones are made when somebody reads them.

    ``parts`` has an order, or the index of an untouched virtual order, for each of them.
    """

    def __init__(self, virtual: VirtualOrders, parts: Sequence[Order | int]) -> None:
        self.virtual, self.parts = virtual, parts

    def _made(self, part: Order | int) -> Order:
        return self.virtual.order(part) if isinstance(part, int) else part

    def __len__(self) -> int:
        return len(self.parts)

    def __iter__(self) -> Iterator[Order]:
        return map(self._made, self.parts)

    @overload
    def __getitem__(self, place: int) -> Order: ...

    @overload
    def __getitem__(self, place: slice) -> Sequence[Order]: ...

    def __getitem__(self, place: int | slice) -> Order | Sequence[Order]:
        if isinstance(place, slice):
            return OrderSequence(self.virtual, self.parts[place])
        return self._made(self.parts[place])


class WindowView:
    """The orders of a window, as they were when the view was made. The orders of a page are read when needed.

    ``rows`` are the orders of the window that the ledger has, ``touched`` the indexes of virtual
    orders that it changed or deleted.
    """

    def __init__(
        self,
        virtual: VirtualOrders,
        records: Ledger | InitialOrders,
        indexes: range,
        rows: list[SequenceKey],
        touched: list[int],
    ) -> None:
        self._virtual, self._records, self._indexes = virtual, records, indexes
        self._rows, self._touched = rows, touched

    def _place(self, number: int) -> int:
        """Return the position in the window of the n-th row of the ledger."""
        return self._untouched_before(self._rows[number]) + number

    def _untouched_before(self, row: SequenceKey) -> int:
        """Return how many untouched virtual orders of the window come before a row of the ledger."""
        index = self._virtual.first_since(row.modified_at)
        if index in self._indexes and self._virtual.second(index) == row.modified_at:
            index += rank(SequenceKey(row.modified_at, self._virtual.number_of(index), "")) < rank(row)
        index = min(max(index, self._indexes.start), self._indexes.stop)
        return index - self._indexes.start - bisect_left(self._touched, index)

    def __len__(self) -> int:
        return len(self._indexes) - len(self._touched) + len(self._rows)

    def slice(self, offset: int, limit: int) -> Sequence[Order]:
        """Return at most ``limit`` orders from the ``offset``-th on, by modification time and id."""
        stop = min(offset + limit, len(self))
        if offset >= stop:
            return []
        numbers = range(len(self._rows))
        first = bisect_left(numbers, offset, key=self._place)
        last = bisect_left(numbers, stop, first, key=self._place)
        kept = self._rows[first:last]
        known = self._records.read([row.order_number for row in kept]) if kept else {}
        untouched = self._untouched(offset - first, stop - offset - len(kept))
        found: list[Order | int] = []
        for number, row in enumerate(kept, first):
            found += islice(untouched, self._place(number) - offset - len(found))
            if row.order_number in known:  # it was not deleted meanwhile
                found.append(known[row.order_number])
            else:
                offset += 1
        found += untouched
        return OrderSequence(self._virtual, found)

    def _untouched(self, first: int, count: int) -> Iterator[int]:
        """Yield ``count`` indexes of untouched virtual orders of the window, from the ``first``-th on."""
        # the i-th touched index has touched[i] - i untouched indexes before it
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


def _normalised(order: Order) -> Order:
    """Return the order with its times in UTC, cut to the second."""
    return msgspec.structs.replace(order, placed_at=_whole(order.placed_at), modified_at=_whole(order.modified_at))


def _opening_time(now: datetime, count: int) -> datetime:
    """Return the opening time of a store whose last order was modified shortly before the present hour."""
    hour = _floor(now) // 3600 * 3600
    return _EPOCH + (hour - history_of(count)) * _SECOND

"""The ledger of a store: a database of the orders that were created, changed or deleted, and of their shipments.

The database is a temporary SQLite, an SQLite file, or PostgreSQL. Each change is one
transaction. A unique constraint tells a repeated shipment from a new one. The ledger does not
compute virtual orders: the store hands it a virtual order before the order is changed.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from typing import TypeVar, cast
from urllib.parse import urlsplit

from mockstore.inputs.moments import is_kept
from mockstore.orders.model import Order, Shipment
from mockstore.store import statements
from mockstore.store.database import AlreadyTaken, Connection, Database, DatabaseFailed
from mockstore.store.errors import Duplicate, LedgerError, StateMismatch, UnreadableState
from mockstore.store.initial_orders import FoundOrder, SequenceKey, rank
from mockstore.store.kept import Kept
from mockstore.store.records import Record
from mockstore.store.sqlite import Sqlite
from mockstore.store.statements import EARLIER_SCHEMA, MEMO_PREFIX, SCHEMA_VERSION
from mockstore.store.transaction import MAX_KNOWN_BYTES, KnownRecords, Transaction

MAX_REMEMBERED = 10_000
"""Most orders and rows that the memory of a temporary database holds."""
ALL_TIME_S = range(-(2**62), 2**62)
"""Seconds since 1970 that hold the modification time of every order."""
T = TypeVar("T")


class Ledger:
    """The database of one store.

    ``identity`` names the store: the state of another store is refused. ``facts`` are written
    into a new state. Every method raises ``LedgerError`` if the database fails; then nothing
    of the transaction is stored.

    A temporary database is used by this process alone. The records written last are known without reading them. Other
    answers are remembered until the next change. ``functools.lru_cache`` does not fit: it limits the number of
    answers, not the number of orders in them.

    Raises:
        StateMismatch: the state belongs to another store.
        UnreadableState: the state cannot be read.
    """

    def __init__(self, where: str | None, identity: dict[str, str], facts: dict[str, str]) -> None:
        self._memory: dict[Hashable, object] | None = {} if where is None else None
        self._remembered_count = 0
        self._known: KnownRecords = Kept(MAX_KNOWN_BYTES)
        self._lock: AbstractContextManager[object] = nullcontext() if where else threading.RLock()
        self._database = open_database(where)
        self.where = self._database.where
        try:
            self._database.inspect()
            self._claim(identity, facts)
        except (DatabaseFailed, OSError) as error:
            self.close()
            why = (error.strerror or "") if isinstance(error, OSError) else ""
            raise UnreadableState(self.where, why.lower() or str(error)) from None
        except BaseException:
            self.close()
            raise

    def _claim(self, identity: dict[str, str], facts: dict[str, str]) -> None:
        """Make the tables, or check that they belong to this store. Those of the earlier schema are converted."""
        with self._lock, self._database.begin(writes=True) as connection:
            connection.make_tables()
            wanted = {"schema": SCHEMA_VERSION} | identity
            for name, value in (wanted | facts).items():
                connection.execute(statements.INSERT_FACT_ONCE, {"name": name, "value": value})
            self.facts = {name: value for name, value in connection.rows(statements.FACTS, (str, str))}  # noqa: C416 -- rows, not pairs
            if self.facts["schema"] == EARLIER_SCHEMA:
                from mockstore.store.conversion import convert  # few states are that old

                convert(connection)
                self.facts["schema"] = SCHEMA_VERSION
            wrong = [(name, self.facts[name], value) for name, value in wanted.items() if self.facts[name] != value]
            if wrong:
                raise StateMismatch(self.where, wrong)

    def moment(self, name: str) -> datetime:
        """Return a fact that is a moment.

        Raises:
            UnreadableState: it is not one.
        """
        try:
            moment = datetime.fromisoformat(self.facts[name])
            if moment.tzinfo is not None and is_kept(moment):
                return moment
        except ValueError:
            pass
        raise UnreadableState(self.where, f"its record {name!r} is damaged")

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._lock, self._database.begin(writes=False) as connection:
                yield connection
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be read: {error}.") from error

    def _on(self, connection: Connection) -> Transaction:
        return Transaction(connection, self._known)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """Open a transaction. It is stored at the end; after any exception nothing of it is stored."""
        try:
            with self._lock:
                try:
                    with self._database.begin(writes=True) as connection:
                        yield self._on(connection)
                except BaseException:
                    self._known.clear()
                    raise
                self._forget()
        except AlreadyTaken as error:
            raise Duplicate from error
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be written: {error}.") from error

    def add_virtual(self, record: Record, index: int) -> bool:
        """Add a virtual order unless it is there already. True if it was added. It takes one statement."""
        try:
            with self._lock:
                added = self._database.alone(lambda connection: self._on(connection).keep(record, index))
                self._forget()
                return added
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be written: {error}.") from error

    def _forget(self) -> None:
        if self._memory is not None:
            self._memory.clear()
            self._remembered_count = 0

    def _remembered_or_read(self, key: Hashable, weight: Callable[[T], int], read: Callable[[Connection], T]) -> T:
        """Return what ``read`` returns, from memory if nothing can have changed since it was last read.

        ``weight`` counts the orders or rows in the answer.
        """
        if self._memory is None:
            with self._reading() as connection:
                return read(connection)
        with self._lock:
            if key in self._memory:
                return cast("T", self._memory[key])
            with self._reading() as connection:
                found = read(connection)
            self._remembered_count += 1 + weight(found)
            if self._remembered_count > MAX_REMEMBERED:
                self._forget()
            else:
                self._memory[key] = found
            return found

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[SequenceKey], list[int]]:
        """Return the orders modified from ``start`` to ``end``, both included, by rank, and the
        indexes of a range whose virtual orders were changed or deleted."""
        times = {"start": ALL_TIME_S.start if start is None else start, "end": ALL_TIME_S.stop if end is None else end}
        places = {"first": indexes.start, "stop": indexes.stop}

        def read(connection: Connection) -> tuple[list[SequenceKey], list[int]]:
            keys = map(SequenceKey._make, connection.rows(statements.WINDOW, (int, str, str), times))
            touched = connection.rows(statements.TOUCHED_IN_RANGE, (int,), places)
            return sorted(keys, key=rank), [index for (index,) in touched]

        return self._remembered_or_read((start, end, indexes), lambda found: len(found[0]) + len(found[1]), read)

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """Return the orders of those numbers, with their shipments."""
        with self._reading() as connection:
            return self._on(connection).read(order_numbers)

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> FoundOrder:
        """Return an order by number or id; and whether the virtual order of that index was deleted."""
        try:
            with self._lock:
                known = self._known.get(order_number or "")
                if known is not None:
                    return FoundOrder(known.order, False)
                return self._database.alone(
                    lambda connection: self._on(connection).find(
                        order_number=order_number, order_id=order_id, index=index
                    )
                )
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be read: {error}.") from error

    def shipments(self) -> list[tuple[str, Shipment]]:
        """Return the shipments of all orders that are stored, with the order's number, as they were recorded."""
        with self._reading() as connection:
            return self._on(connection).shipments()

    def memo(self, name: str) -> str | None:
        """Return the text that was last remembered under that name."""
        named = {"name": MEMO_PREFIX + name}

        def read(connection: Connection) -> str | None:
            return connection.first(statements.FACT, str, named)

        return self._remembered_or_read(("memo", name), lambda _: 1, read)


def open_database(state: str | None) -> Database:
    """Return the database that a state names: a file, a PostgreSQL URL, or None for a temporary one.

    Raises:
        UnreadableState: no database of that URL can be used here.
    """
    if state is None or "://" not in state:
        return Database(Sqlite(state or ""))
    if not re.match(r"postgresql(\+psycopg)?://", state):
        raise UnreadableState(without_password(state), "it is neither an SQLite file nor a PostgreSQL URL")
    try:
        from mockstore.store.postgresql import Postgresql  # psycopg is an extra, and slow to import
    except ImportError as error:
        why = "PostgreSQL needs psycopg: pip install 'shipstation-cscart-conformance[postgresql]'"
        raise UnreadableState(without_password(state), why if error.name == "psycopg" else str(error)) from None
    return Database(Postgresql(state, without_password(state)))


def without_password(url: str) -> str:
    """Return the URL with ``***`` in place of its password."""
    user, colon, _ = urlsplit(url).netloc.rpartition("@")[0].partition(":")
    return re.sub(r"(?<=://)[^/]*@", f"{user}:***@", url, count=1) if colon else url

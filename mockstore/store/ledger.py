"""What was done to a store: a database of changed, made and deleted orders and of shipments.

SQLite of our own, SQLite in a file, or PostgreSQL. A change is one transaction, and a shipment
is told from its repetition by a unique constraint. Knows orders, and nothing of how the
untouched ones come about: whoever changes one of those hands it over first.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, TypeVar, cast

from mockstore.orders.model import Order
from mockstore.store.errors import LedgerError, StateMismatch, UnreadableState
from mockstore.store.seeded_orders import Found, SequenceKey, rank
from mockstore.store.sqlite_backend import SqliteDatabase
from mockstore.store.statements import EVER, MEMO, Connection, DatabaseFailed, Statement, Taken
from mockstore.store.transaction import Transaction

if TYPE_CHECKING:
    from mockstore.store.sqlalchemy_backend import SqlAlchemyDatabase

SCHEMA = "1"
REMEMBERED = 10_000
"""Orders and rows in answers that are kept until the next change, where the database is our own."""
T = TypeVar("T")


class Duplicate(LedgerError):
    """A unique number, id or key is taken."""


class Ledger:
    """One database of one store.

    ``identity`` says whose it is: state of another one is refused. ``facts`` are what a new
    state begins with. Raises ``LedgerError`` from any method where the database fails;
    nothing is half-done then.

    Raises:
        StateMismatch: where the state is another store's.
        UnreadableState: where it is no state.
    """

    def __init__(self, where: str | None, identity: dict[str, str], facts: dict[str, str]) -> None:
        self._memory: dict[Hashable, object] | None = {} if where is None else None
        self._remembered = 0
        self._lock: AbstractContextManager[object] = nullcontext() if where else threading.RLock()
        self._database = _database(where)
        self.where = self._database.where
        try:
            self._claim(identity, facts)
        except (DatabaseFailed, OSError) as error:
            self.close()
            raise UnreadableState(self.where, str(error)) from None
        except BaseException:
            self.close()
            raise

    def _claim(self, identity: dict[str, str], facts: dict[str, str]) -> None:
        """Make the tables, or see that they are this store's."""
        with self._lock, self._database.begin(writes=True) as connection:
            connection.make_tables()
            wanted = {"schema": SCHEMA} | identity
            rows = [{"name": name, "value": value} for name, value in (wanted | facts).items()]
            for row in rows:
                connection.execute(Statement.FACT_ONCE, row)
            self.facts = {name: value for name, value in connection.execute(Statement.FACTS)}  # noqa: C416
        wrong = [(name, self.facts[name], value) for name, value in wanted.items() if self.facts[name] != value]
        if wrong:
            raise StateMismatch(self.where, wrong)

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._lock, self._database.begin(writes=False) as connection:
                yield connection
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be read: {error}.") from error

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A transaction: all of what is done in it, or, after any exception, nothing."""
        try:
            with self._lock:
                with self._database.begin(writes=True) as connection:
                    yield Transaction(connection)
                if self._memory is not None:
                    self._forget()
        except Taken as error:
            raise Duplicate from error
        except DatabaseFailed as error:
            raise LedgerError(f"The store's records can't be written: {error}.") from error

    def _forget(self) -> None:
        if self._memory is not None:
            self._memory.clear()
            self._remembered = 0

    def _recalled(self, key: Hashable, weight: Callable[[T], int], read: Callable[[Connection], T]) -> T:
        """What ``read`` reads; again without reading, where nobody else can have written.

        ``weight`` is how many orders or rows that is.
        """
        if self._memory is None:
            with self._reading() as connection:
                return read(connection)
        with self._lock:
            if key in self._memory:
                return cast("T", self._memory[key])
            with self._reading() as connection:
                found = read(connection)
            self._remembered += 1 + weight(found)
            if self._remembered > REMEMBERED:
                self._forget()
            else:
                self._memory[key] = found
            return found

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[SequenceKey], list[int]]:
        """Orders modified from ``start`` to ``end``, both included, by rank; and which virtual
        orders of a range no longer are as they were, in order."""
        times = {"start": EVER.start if start is None else start, "end": EVER.stop if end is None else end}
        places = {"first": indexes.start, "stop": indexes.stop}

        def read(connection: Connection) -> tuple[list[SequenceKey], list[int]]:
            rows = sorted(map(SequenceKey._make, connection.execute(Statement.WINDOW, times)), key=rank)
            return rows, list(connection.execute(Statement.TOUCHED_OF, places).scalars())

        return self._recalled((start, end, indexes), lambda found: len(found[0]) + len(found[1]), read)

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """The orders of those numbers, with their shipments."""
        return self._recalled(tuple(order_numbers), len, lambda connection: Transaction(connection).read(order_numbers))

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> Found:
        """An order by number or id; and whether the virtual order of that index was touched."""
        with self._reading() as connection:
            entry = Transaction(connection)
            number = entry.number(order_number or "" if order_id is None else order_id, is_id=order_id is not None)
            if number is not None:
                return Found(entry.read([number])[number], False)
            return Found(None, index is not None and entry.touched(index))

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name."""
        named = {"name": MEMO + name}

        def read(connection: Connection) -> str | None:
            found: str | None = connection.execute(Statement.FACT, named).scalar()
            return found

        return self._recalled(("memo", name), lambda _: 1, read)


def _database(where: str | None) -> SqliteDatabase | SqlAlchemyDatabase:
    if where is None:
        return SqliteDatabase()
    from mockstore.store.sqlalchemy_backend import SqlAlchemyDatabase  # SQLAlchemy is slow to import

    return SqlAlchemyDatabase(where)

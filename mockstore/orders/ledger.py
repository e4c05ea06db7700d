"""What was done to a store: a database of changed, made and deleted orders and of shipments.

SQLite of our own, SQLite in a file, or PostgreSQL. A change is one transaction, and a shipment
is told from its repetition by a unique constraint. Knows orders, and nothing of how the
untouched ones come about: whoever changes one of those hands it over first.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from mockstore.orders.entry import Entry
from mockstore.orders.errors import LedgerFault, StateMismatch, UnreadableState
from mockstore.orders.furniture import Found, Row, rank
from mockstore.orders.model import Order
from mockstore.orders.own import OwnDatabase
from mockstore.orders.tables import (
    EVER,
    FACT,
    FACTS,
    MEMO,
    POSTGRESQL_INSERTS,
    SQLITE_INSERTS,
    TOUCHED_OF,
    WINDOW,
    meta,
    metadata,
)

SCHEMA = "1"
BUSY_SECONDS = 10
"""How long a writer waits for another one."""
REMEMBERED = 10_000
"""Orders and rows in answers that are kept until the next change, where the database is our own."""
MAKING = 0x6D6F636B
"""PostgreSQL: the advisory lock of who makes the tables."""
CONNECT_SECONDS = 5
"""PostgreSQL: how long a connection may take."""

FAILURES = (SQLAlchemyError, sqlite3.Error)
"""What a database raises that is asked through SQLAlchemy, or is our own."""

Connection = sa.Connection | OwnDatabase
T = TypeVar("T")


class Duplicate(LedgerFault):
    """A unique number, id or key is taken."""


class Ledger:
    """One database of one store.

    ``identity`` says whose it is: state of another one is refused. ``facts`` are what a new
    state begins with. Raises ``LedgerFault`` from any method where the database fails;
    nothing is half-done then.

    Raises:
        StateMismatch: where the state is another store's.
        UnreadableState: where it is no state.
    """

    def __init__(self, where: str | None, identity: dict[str, str], facts: dict[str, str]) -> None:
        self.where = where or "memory"
        self._memory: dict[Hashable, object] | None = {} if where is None else None
        self._remembered = 0
        self._lock: AbstractContextManager[object] = nullcontext() if where else threading.RLock()
        try:
            if where and "://" in where:
                self.where = sa.make_url(where).render_as_string()  # without the password
            self._database = OwnDatabase() if where is None else _engine(where)
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise UnreadableState(self.where, "it is neither SQLite nor PostgreSQL") from None
            why = "PostgreSQL needs psycopg, which 'pip install shipstation-cscart-conformance[postgresql]' brings"
            raise UnreadableState(self.where, why) from None
        except (SQLAlchemyError, ImportError) as error:
            raise UnreadableState(self.where, _reason(error)) from None
        self._reader = self._writer = self._database
        self._inserts = SQLITE_INSERTS
        if isinstance(self._database, sa.Engine):
            dialect = self._database.dialect.name
            if dialect not in ("sqlite", "postgresql"):
                raise UnreadableState(self.where, "it is neither SQLite nor PostgreSQL")
            if dialect == "postgresql":
                self._inserts = POSTGRESQL_INSERTS
                # one state of things for all queries of a transaction, as SQLite has it anyway
                self._reader = self._database.execution_options(isolation_level="REPEATABLE READ")
            self._writer = self._database.execution_options(writes=True)
        try:
            self._claim(identity, facts)
        except (*FAILURES, OSError) as error:
            self.close()
            raise UnreadableState(self.where, _reason(error)) from None
        except BaseException:
            self.close()
            raise

    def _claim(self, identity: dict[str, str], facts: dict[str, str]) -> None:
        """Make the tables, or see that they are this store's."""
        with self._lock, self._writer.begin() as connection:
            if isinstance(connection, sa.Connection):  # one of our own has them
                self._make_tables(connection)
            wanted = {"schema": SCHEMA} | identity
            rows = [{"name": name, "value": value} for name, value in (wanted | facts).items()]
            for row in rows:
                connection.execute(self._inserts.fact_once, row)
            self.facts = {name: value for name, value in connection.execute(FACTS)}  # noqa: C416
        wrong = [(name, self.facts[name], value) for name, value in wanted.items() if self.facts[name] != value]
        if wrong:
            raise StateMismatch(self.where, wrong)

    def _make_tables(self, connection: sa.Connection) -> None:
        if connection.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MAKING)))
        found = set(sa.inspect(connection).get_table_names())
        if found and meta.name not in found and connection.dialect.name == "sqlite":
            raise UnreadableState(self.where, "it is a database of something else")
        metadata.create_all(connection)

    def close(self) -> None:
        """Let go of the database."""
        if isinstance(self._database, OwnDatabase):
            self._database.close()
        else:
            self._database.dispose()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        try:
            with self._lock, self._reader.begin() as connection:
                yield connection
        except FAILURES as error:
            raise LedgerFault(f"The store's records can't be read: {_reason(error)}.") from error

    @contextmanager
    def writing(self) -> Iterator[Entry]:
        """A transaction: all of what is done in it, or, after any exception, nothing."""
        try:
            with self._lock:
                with self._writer.begin() as connection:
                    yield Entry(connection, self._inserts)
                if self._memory is not None:
                    self._forget()
        except (IntegrityError, sqlite3.IntegrityError) as error:
            raise Duplicate from error
        except FAILURES as error:
            raise LedgerFault(f"The store's records can't be written: {_reason(error)}.") from error

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

    def window(self, start: int | None, end: int | None, indexes: range) -> tuple[list[Row], list[int]]:
        """Orders modified from ``start`` to ``end``, both included, by rank; and which virtual
        orders of a range no longer are as they were, in order."""
        times = {"start": EVER.start if start is None else start, "end": EVER.stop if end is None else end}
        places = {"first": indexes.start, "stop": indexes.stop}

        def read(connection: Connection) -> tuple[list[Row], list[int]]:
            rows = sorted(map(Row._make, connection.execute(WINDOW, times)), key=rank)
            return rows, list(connection.execute(TOUCHED_OF, places).scalars())

        return self._recalled((start, end, indexes), lambda found: len(found[0]) + len(found[1]), read)

    def read(self, order_numbers: Sequence[str]) -> dict[str, Order]:
        """The orders of those numbers, with their shipments."""
        return self._recalled(
            tuple(order_numbers), len, lambda connection: Entry(connection, self._inserts).read(order_numbers)
        )

    def find(self, *, order_number: str | None = None, order_id: str | None = None, index: int | None) -> Found:
        """An order by number or id; and whether the virtual order of that index was touched."""
        with self._reading() as connection:
            entry = Entry(connection, self._inserts)
            number = entry.number(order_number or "" if order_id is None else order_id, is_id=order_id is not None)
            if number is not None:
                return Found(entry.read([number])[number], False)
            return Found(None, index is not None and entry.touched(index))

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name."""
        named = {"name": MEMO + name}
        return self._recalled(("memo", name), lambda _: 1, lambda connection: connection.execute(FACT, named).scalar())


def _engine(where: str) -> sa.Engine:
    """The database of that name: a URL or a file."""
    if "://" in where:
        url, options = sa.make_url(where), {}
        if url.get_backend_name() == "postgresql":
            if url.drivername == "postgresql":
                url = url.set(drivername="postgresql+psycopg")
            options = {"connect_timeout": CONNECT_SECONDS}
        engine = sa.create_engine(url, connect_args=options)
    else:
        url = sa.URL.create("sqlite", database=str(Path(where).absolute()))
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare)
        sa.event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, record: object) -> None:
    """SQLite: transactions are begun by us, and what is committed is on the disk."""
    connection.isolation_level = None
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: sa.Connection) -> None:
    """SQLite: who is going to write says so at once, so that writers wait rather than fail."""
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _reason(error: Exception) -> str:
    """What the database says, in a line, without our statements."""
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    return " ".join(said.split()).rstrip(".") or type(error).__name__

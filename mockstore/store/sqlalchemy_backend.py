"""A database that others may see, too: SQLite in a file, or PostgreSQL; through SQLAlchemy."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from mockstore.store.errors import UnreadableState
from mockstore.store.statements import DatabaseFailed, Rows, Statement, Taken
from mockstore.store.tables import POSTGRESQL, SQLITE, meta, metadata

BUSY_SECONDS = 10
"""How long a writer waits for another one."""
MAKING = 0x6D6F636B
"""PostgreSQL: the advisory lock of who makes the tables."""
CONNECT_SECONDS = 5
"""PostgreSQL: how long a connection may take."""


class SqlAlchemyConnection:
    """A transaction that is open."""

    def __init__(self, connection: sa.Connection, statements: Mapping[Statement, sa.Executable]) -> None:
        self._connection, self._statements = connection, statements

    def make_tables(self) -> None:
        """Make the tables that aren't there.

        Raises:
            DatabaseFailed: where it is a database of something else.
        """
        is_postgresql = self._connection.dialect.name == "postgresql"
        if is_postgresql:
            self._connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MAKING)))
        found = set(sa.inspect(self._connection).get_table_names())
        if found and meta.name not in found and not is_postgresql:
            raise DatabaseFailed("it is a database of something else")
        metadata.create_all(self._connection)

    def execute(
        self, statement: Statement, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Rows:
        """Carry out a statement; with several rows, for each of them."""
        return self._connection.execute(self._statements[statement], parameters)


class SqlAlchemyDatabase:
    """The database of that name: a URL or a file. ``where`` is its name without a password.

    Raises:
        UnreadableState: where it is no such database.
    """

    def __init__(self, where: str) -> None:
        self.where = where
        try:
            if "://" in where:
                self.where = sa.make_url(where).render_as_string()
            self._engine = _engine(where)
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise UnreadableState(self.where, "it is neither SQLite nor PostgreSQL") from None
            why = "PostgreSQL needs psycopg, which 'pip install shipstation-cscart-conformance[postgresql]' brings"
            raise UnreadableState(self.where, why) from None
        except (SQLAlchemyError, ImportError) as error:
            raise UnreadableState(self.where, str(DatabaseFailed.of(_said(error)))) from None
        dialect = self._engine.dialect.name
        if dialect not in ("sqlite", "postgresql"):
            raise UnreadableState(self.where, "it is neither SQLite nor PostgreSQL")
        self._is_postgresql = dialect == "postgresql"
        self._reader = self._engine
        if self._is_postgresql:
            # one state of things for all queries of a transaction, as SQLite has it anyway
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(writes=True)

    def close(self) -> None:
        """Let go of it."""
        self._engine.dispose()

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[SqlAlchemyConnection]:
        """A transaction: all of what is done in it, or, after any exception, nothing.

        Raises:
            DatabaseFailed: where it fails.
        """
        try:
            with (self._writer if writes else self._reader).begin() as connection:
                yield SqlAlchemyConnection(connection, POSTGRESQL if self._is_postgresql else SQLITE)
        except IntegrityError as error:
            raise Taken.of(_said(error)) from error
        except SQLAlchemyError as error:
            raise DatabaseFailed.of(_said(error)) from error


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


def _said(error: Exception) -> BaseException:
    """What the database itself raised, if it did."""
    return error.orig if isinstance(error, DBAPIError) and error.orig else error

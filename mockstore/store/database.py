"""The database of a ledger: transactions over SQLite or PostgreSQL, with one set of statements.

:class:`Database` is the one implementation. A :class:`Driver` holds the differences between the
databases: how to connect, how a transaction begins, and how a statement is written. Both
drivers are the databases' own modules (``sqlite3`` and ``psycopg``) without SQLAlchemy: its
import takes as long as the import of the rest of the store, and its bookkeeping costs ten
times what SQLite itself does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, Protocol, Self, TypeVar, cast

from mockstore.errors import MockStoreError
from mockstore.store.statements import COLUMNS, EARLIER_COLUMNS, TABLES

T = TypeVar("T")
Row = Sequence[Any]
Parameters = Mapping[str, Any]


class DatabaseFailed(MockStoreError):
    """The database reported an error. The message is the database's own, in one line, without the statement."""

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """Return the error for an exception of the database module."""
        return cls(" ".join(str(error).split()).rstrip(".") or type(error).__name__)


class AlreadyTaken(DatabaseFailed):
    """A unique number, id or key is in use."""


class DatabaseConnection(Protocol):
    """The part of a connection of ``sqlite3`` or ``psycopg`` that is used here."""

    def cursor(self) -> Any:
        """Return a new cursor of the database module."""

    def close(self) -> None:
        """Close the connection."""


class Driver(Protocol):
    """The operations that differ between kinds of databases."""

    @property
    def where(self) -> str:
        """The database's name for messages, without a password."""

    @property
    def error(self) -> type[Exception]:
        """The base class of the module's exceptions."""

    @property
    def integrity_error(self) -> type[Exception]:
        """The module's exception for a unique value that is in use."""

    @property
    def begin_reading(self) -> str:
        """The statement that begins a transaction that only reads."""

    @property
    def begin_writing(self) -> str:
        """The statement that begins a transaction that writes."""

    @property
    def is_private(self) -> bool:
        """True if only this process can write the database."""

    def inspect(self) -> None:
        """Check that the database may be opened. It is called once, before any connection.

        Raises:
            DatabaseFailed: it is another program's, or damaged.
        """

    def connect(self) -> DatabaseConnection:
        """Open a connection that begins no transaction by itself."""

    def is_usable(self, connection: Any) -> bool:
        """True if the connection can be used for another transaction."""

    def is_in_transaction(self, connection: Any) -> bool:
        """True if a transaction is open."""

    def translate(self, statement: str) -> str:
        """Return the statement in this database's SQL."""

    def prepare(self, connection: Connection) -> None:
        """Do what must be done before the tables are made, in the same transaction."""

    def label(self, connection: Connection) -> None:
        """Write the version of the tables beside them, where other programs see it."""


class Connection:
    """An open transaction."""

    def __init__(self, connection: DatabaseConnection, driver: Driver) -> None:
        self._connection, self._driver = connection, driver

    def execute(self, statement: str, parameters: Parameters | None = None) -> list[Row]:
        """Execute a statement, and return its rows."""
        text, given = _with_lists(statement, parameters or {})
        cursor = self._connection.cursor()
        cursor.execute(self._driver.translate(text), given)
        return [] if cursor.description is None else cursor.fetchall()

    def execute_for_each(self, statement: str, rows: Sequence[Parameters]) -> None:
        """Execute a statement once for each set of parameters."""
        self._connection.cursor().executemany(self._driver.translate(statement), rows)

    def rows(self, statement: str, types: tuple[type, ...], parameters: Parameters | None = None) -> list[Row]:
        """Execute a statement, and return its rows, whose values have these types.

        Raises:
            DatabaseFailed: a value has another type, because the database is damaged.
        """
        return [checked_row(row, types) for row in self.execute(statement, parameters)]

    def first(self, statement: str, form: type[T], parameters: Parameters | None = None) -> T | None:
        """Execute a statement, and return the only value of its first row; None if there is no row."""
        rows = self.rows(statement, (form,), parameters)
        return cast("T", rows[0][0]) if rows else None

    @property
    def is_private(self) -> bool:
        """True if only this process can have written the database, so that its records are right."""
        return self._driver.is_private

    def label(self) -> None:
        """Write the version of the tables where other programs see it."""
        self._driver.label(self)

    def make_tables(self) -> None:
        """Make the tables that do not exist yet.

        Raises:
            DatabaseFailed: another program has a table of that name.
        """
        self._driver.prepare(self)
        for statement in TABLES:
            self.execute(statement)
        for table, columns in COLUMNS.items():
            cursor = self._connection.cursor()
            cursor.execute(f"SELECT * FROM {table} WHERE 1 = 0")
            found = tuple(column[0] for column in cursor.description)
            if found not in (columns, EARLIER_COLUMNS[table]):
                raise DatabaseFailed(f"its table {table} has the columns {', '.join(found)}: it is another program's")


def _with_lists(statement: str, parameters: Parameters) -> tuple[str, Parameters]:
    """Replace each parameter that is a list by one parameter for each of its values."""
    if list not in map(type, parameters.values()):
        return statement, parameters
    lists = {name: value for name, value in parameters.items() if isinstance(value, list)}
    given = {name: value for name, value in parameters.items() if name not in lists}
    for name, values in lists.items():
        given |= {f"{name}_{place}": value for place, value in enumerate(values)}
    return _with_places(statement, tuple((name, len(values)) for name, values in lists.items())), given


@lru_cache(maxsize=1024)
def _with_places(statement: str, sizes: tuple[tuple[str, int], ...]) -> str:
    """Return a statement with so many parameters in place of each list."""
    for name, size in sizes:
        statement = statement.replace(f":{name}", f"({', '.join(f':{name}_{place}' for place in range(size))})")
    return statement


def checked_row(row: Row, types: tuple[type, ...]) -> Row:
    """Return a row whose values have these types.

    Raises:
        DatabaseFailed: a value has another type, because the database is damaged.
    """
    if tuple(map(type, row)) != types:
        raise DatabaseFailed(f"a record is damaged: it has the values {row!r:.200}")
    return row


class Database:
    """A database. Each transaction takes an idle connection, or opens a new one."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._idle: deque[DatabaseConnection] = deque()  # its append and pop are safe with threads
        self.where = driver.where

    def inspect(self) -> None:
        """Check that the database may be opened.

        Raises:
            DatabaseFailed: it is another program's, or damaged.
            OSError: its file cannot be read or made.
        """
        try:
            self._driver.inspect()
        except (self._driver.error, UnicodeDecodeError) as error:
            raise DatabaseFailed.of(error) from error

    def close(self) -> None:
        """Close the connections."""
        while self._idle:
            self._idle.pop().close()

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[Connection]:
        """Open a transaction. It is committed at the end; after any exception it is rolled back.

        Reading a private database needs none: nobody changes it meanwhile.

        Raises:
            AlreadyTaken: a unique value is in use.
            DatabaseFailed: the database reported another error.
        """
        driver = self._driver
        try:
            connection = self._take()
            try:
                if driver.is_private and not writes:
                    yield Connection(connection, driver)
                    return
                cursor = connection.cursor()
                cursor.execute(driver.begin_writing if writes else driver.begin_reading)
                try:
                    yield Connection(connection, driver)
                    cursor.execute("COMMIT")
                except BaseException:
                    if driver.is_in_transaction(connection):  # an error such as a full disk may have ended it
                        cursor.execute("ROLLBACK")
                    raise
            finally:
                self._give_back(connection)
        except (driver.error, UnicodeDecodeError) as error:  # sqlite3 cannot decode some messages about damaged files
            raise self._failure(error) from error

    def alone(self, use: Callable[[Connection], T]) -> T:
        """Return what ``use`` returns. It executes one statement, which is a transaction by itself.

        Raises:
            AlreadyTaken: a unique value is in use.
            DatabaseFailed: the database reported another error.
        """
        try:
            connection = self._take()
            try:
                return use(Connection(connection, self._driver))
            finally:
                self._give_back(connection)
        except (self._driver.error, UnicodeDecodeError) as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> DatabaseFailed:
        """Return our error for one of the database module."""
        return (AlreadyTaken if isinstance(error, self._driver.integrity_error) else DatabaseFailed).of(error)

    def _take(self) -> DatabaseConnection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._driver.connect()

    def _give_back(self, connection: DatabaseConnection) -> None:
        if self._driver.is_usable(connection):
            self._idle.append(connection)
            return
        connection.close()
        self.close()  # the server is gone, so the other connections are broken too

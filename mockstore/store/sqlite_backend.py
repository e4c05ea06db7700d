"""A database of our own that nobody else sees: SQLite's temporary one, in memory while it is small, then on the disk.

It is asked with what SQLAlchemy writes for :mod:`mockstore.store.tables`, kept in ``sqlite_backend.sql``: to import
SQLAlchemy takes as long as to import all else of a store, and its bookkeeping costs ten times what SQLite does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from mockstore.store.statements import DatabaseFailed, Statement, Taken

FILE = "sqlite_backend.sql"
TABLES = "TABLES"
"""What the file's statements are called that make the tables."""
LIST = "(__[POSTCOMPILE_{}])"
"""How SQLAlchemy writes a list whose length isn't known yet."""


class SqliteRows:
    """What a statement gave, all of it."""

    def __init__(self, rows: list[Any]) -> None:
        self._rows = rows

    def __iter__(self) -> Iterator[Any]:
        return iter(self._rows)

    def all(self) -> list[Any]:
        """Every row."""
        return self._rows

    def first(self) -> Any:
        """The first row, if there is one."""
        return self._rows[0] if self._rows else None

    def scalar(self) -> Any:
        """The first value of the first row, if there is one."""
        return self._rows[0][0] if self._rows else None

    def scalars(self) -> Iterator[Any]:
        """The first value of each row."""
        return (row[0] for row in self._rows)


class SqliteDatabase:
    """A connection to it, which is all of it."""

    where = "memory"

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        self._connection.executescript(statements()[TABLES])

    def close(self) -> None:
        """Let go of it; what it held is gone."""
        self._connection.close()

    def make_tables(self) -> None:
        """It has them."""

    @contextmanager
    def begin(self, *, writes: bool) -> Iterator[SqliteDatabase]:
        """A transaction: all of what is done in it, or, after any exception, nothing.

        Raises:
            DatabaseFailed: where it fails.
        """
        try:
            self._connection.execute("BEGIN")
            try:
                yield self
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:  # a full disk may have ended it
                    self._connection.execute("ROLLBACK")
                raise
        except sqlite3.IntegrityError as error:
            raise Taken.of(error) from error
        except sqlite3.Error as error:
            raise DatabaseFailed.of(error) from error

    def execute(
        self, statement: Statement, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> SqliteRows:
        """Carry out a statement; with several rows, for each of them."""
        text = statements()[statement.name]
        if parameters is not None and not isinstance(parameters, Mapping):
            self._connection.executemany(text, parameters)
            return SqliteRows([])
        given = dict(parameters or {})
        for name in [name for name, value in given.items() if isinstance(value, (list, tuple))]:
            values = {f"{name}_{place}": each for place, each in enumerate(given.pop(name))}
            text = text.replace(LIST.format(name), f"({', '.join(f':{each}' for each in values)})")
            given |= values
        return SqliteRows(self._connection.execute(text, given).fetchall())


@cache
def statements() -> Mapping[str, str]:
    """The file's statements by name."""
    parts = files("mockstore.store").joinpath(FILE).read_text(encoding="utf-8").split("-- ")
    return {name: text.strip().rstrip(";") for name, _, text in (part.partition("\n") for part in parts[1:])}

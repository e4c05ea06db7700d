"""A database of our own that nobody else sees: SQLite's temporary one, in memory while it is small, then on the disk.

It takes the statements of :mod:`mockstore.orders.tables` as SQLAlchemy's connections do and carries out what
SQLAlchemy writes for them, written once: its bookkeeping at each call costs ten times what SQLite does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from mockstore.orders.tables import metadata

_DIALECT = sqlite.dialect(paramstyle="named")


class OwnRows:
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


class OwnDatabase:
    """A connection to it, which is all of it. Raises ``sqlite3.Error`` where it fails."""

    def __init__(self) -> None:
        self._connection = sqlite3.connect("", check_same_thread=False, isolation_level=None)
        for statement in _tables():
            self._connection.execute(statement)

    def close(self) -> None:
        """Let go of it; what it held is gone."""
        self._connection.close()

    @contextmanager
    def begin(self) -> Iterator[OwnDatabase]:
        """A transaction: all of what is done in it, or, after any exception, nothing."""
        self.exec_driver_sql("BEGIN")
        try:
            yield self
            self.exec_driver_sql("COMMIT")
        except BaseException:
            if self._connection.in_transaction:  # a full disk may have ended it
                self.exec_driver_sql("ROLLBACK")
            raise

    def exec_driver_sql(self, statement: str) -> None:
        """Carry out what is written in SQLite's own words."""
        self._connection.execute(statement)

    def execute(
        self, statement: sa.Executable, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> OwnRows:
        """Carry out a statement that lasts as long as the process; with several rows, for each of them."""
        if parameters is not None and not isinstance(parameters, Mapping):
            text = _written(statement, tuple(parameters[0]), ())
            self._connection.executemany(text, parameters)
            return OwnRows([])
        given = dict(parameters or {})
        lists = [(name, value) for name, value in given.items() if isinstance(value, (list, tuple))]
        text = _written(statement, tuple(given), tuple((name, len(value)) for name, value in lists))
        for name, value in lists:
            del given[name]
            given.update((f"{name}_{place}", each) for place, each in enumerate(value, start=1))
        return OwnRows(self._connection.execute(text, given).fetchall())


@cache
def _written(statement: Any, names: tuple[str, ...], lengths: tuple[tuple[str, int], ...]) -> str:
    """A statement in SQLite's words, for parameters of those names, with so many values in each list."""
    if lengths:
        statement = statement.params({name: [None] * length for name, length in lengths})
    compiled = statement.compile(
        dialect=_DIALECT, column_keys=list(names), compile_kwargs={"render_postcompile": bool(lengths)}
    )
    return str(compiled)


@cache
def _tables() -> tuple[str, ...]:
    """What makes the tables and their indexes."""
    tables = metadata.sorted_tables
    made = [CreateTable(table) for table in tables] + [
        CreateIndex(index) for table in tables for index in table.indexes
    ]
    return tuple(str(each.compile(dialect=_DIALECT)) for each in made)

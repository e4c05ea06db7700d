"""The driver of SQLite."""

from __future__ import annotations

import sqlite3
from functools import cache
from pathlib import Path

from mockstore.store.database import Connection, DatabaseFailed

BUSY_TIMEOUT_S = 10
"""Longest time that a writer waits for another writer of the same file."""


class Sqlite:
    """SQLite: a file; or, with an empty path, a temporary database that only one connection sees.

    The temporary database is in memory while it is small, then on disk. Its ledger lets only
    one thread in at a time, so that one connection is enough.
    """

    error, integrity_error = sqlite3.Error, sqlite3.IntegrityError
    begin_reading = "BEGIN"
    begin_writing = "BEGIN IMMEDIATE"
    """A transaction that is going to write takes the lock at once, so that writers wait and do not fail."""

    def __init__(self, path: str) -> None:
        self.where = path or "memory"
        self._path = str(Path(path).absolute()) if path else ""

    def connect(self) -> sqlite3.Connection:
        """Open a connection. What is committed in a file is on disk."""
        connection = sqlite3.connect(self._path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
        try:
            if self._path:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
        return connection

    def is_usable(self, connection: sqlite3.Connection) -> bool:
        """True: unlike a server, a file does not go away."""
        return True

    def is_in_transaction(self, connection: sqlite3.Connection) -> bool:
        """True if a transaction is open."""
        return connection.in_transaction

    @staticmethod
    @cache
    def translate(statement: str) -> str:
        """Return the statement in SQLite's SQL. A writing transaction locks the file, so rows need no lock."""
        text = statement.removesuffix(" FOR UPDATE")
        return text.replace("{ROW}", "INTEGER PRIMARY KEY").replace("{BYTES}", "BLOB")

    def prepare(self, connection: Connection) -> None:
        """Check that the file is empty or a ledger.

        Raises:
            DatabaseFailed: it is another program's database.
        """
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if tables and "meta" not in tables:
            raise DatabaseFailed("it is another program's database")

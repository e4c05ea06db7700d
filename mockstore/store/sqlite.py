"""The driver of SQLite, and the checks that a file is a state of this program."""

from __future__ import annotations

import os
import secrets
import sqlite3
import stat
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

from mockstore.store.database import Connection, DatabaseFailed
from mockstore.store.statements import COLUMNS, EARLIER_COLUMNS, EARLIER_SCHEMA, SCHEMA_VERSION, TABLES

BUSY_TIMEOUT_S = 10
"""Longest time that a writer waits for another writer of the same file."""

MAGIC = b"SQLite format 3\0"
HEADER_BYTES = 100
APPLICATION_ID = int.from_bytes(b"mock")
"""The number in the header of a file that says which program it belongs to. Some files of schema 1 have 0."""
APPLICATION_ID_PLACE, USER_VERSION_PLACE = 68, 60
"""Offsets of two numbers of four bytes in the header: the application id, and the version of the schema."""


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
        self._path = Path(path).absolute() if path else None
        self.is_private = not path

    def inspect(self) -> None:
        """Make a new state if there is no file; otherwise check that the file is a state, and not damaged.

        Raises:
            DatabaseFailed: the file is something else, or damaged.
            OSError: it cannot be read or made.
        """
        if self._path is None:
            return
        if not self._path.exists():
            _make_state(self._path)
        columns_of = EARLIER_COLUMNS if _schema(self._path) == EARLIER_SCHEMA else COLUMNS
        with closing(_connect(f"{self._path.as_uri()}?mode=ro", uri=True)) as connection:  # changes nothing
            for table, columns in columns_of.items():
                if tuple(row[1] for row in connection.execute(f"PRAGMA table_info({table})")) != columns:
                    raise DatabaseFailed("it is another program's database")
            found = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if found != "ok":
            raise DatabaseFailed(f"it is damaged: {' '.join(str(found).split())}")

    def connect(self) -> sqlite3.Connection:
        """Open a connection. What is committed in a file is on disk."""
        if self._path is None:
            return _connect("", uri=False)
        connection = _connect(f"{self._path.as_uri()}?mode=rw", uri=True)  # never makes a file
        try:
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
        """Do nothing: :meth:`inspect` checked the file."""

    def label(self, connection: Connection) -> None:
        """Write the version of the tables into the header of the file."""
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _connect(database: str, *, uri: bool) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False, uri=uri)


def _make_state(path: Path) -> None:
    """Make an empty state. No other process sees it before it is complete, so that an empty file is never a state."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o666))
    try:
        with closing(_connect(str(temporary), uri=False)) as connection:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
            connection.execute("PRAGMA synchronous = FULL")
            for statement in TABLES:
                connection.execute(Sqlite.translate(statement))
        with suppress(FileExistsError):  # another process was faster
            _move_to_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _move_to_new(temporary: Path, path: Path) -> None:
    """Give a file its name.

    Raises:
        FileExistsError: another file has the name.
    """
    try:
        os.link(temporary, path)
    except FileExistsError:
        raise
    except OSError:  # this file system has no links
        os.close(os.open(path, os.O_CREAT | os.O_EXCL))
        temporary.replace(path)


def _schema(path: Path) -> str:
    """Return the version of a state's tables. Only the first bytes are read, before SQLite opens the file.

    Raises:
        DatabaseFailed: the file is not a state that this release reads.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise DatabaseFailed("it is not a file")
    with path.open("rb") as file:
        header = file.read(HEADER_BYTES)
    if not header:
        raise DatabaseFailed("the file is empty; delete it, and a new state will be made")
    if len(header) < HEADER_BYTES or not header.startswith(MAGIC):
        raise DatabaseFailed("it is not an SQLite file")
    program, number = (
        int.from_bytes(header[place : place + 4]) for place in (APPLICATION_ID_PLACE, USER_VERSION_PLACE)
    )
    schema = str(number) if program else EARLIER_SCHEMA
    if program not in (0, APPLICATION_ID):
        raise DatabaseFailed("it is another program's database")
    if schema not in (EARLIER_SCHEMA, SCHEMA_VERSION):
        raise DatabaseFailed(f"it has schema {schema}, and this release reads schema {SCHEMA_VERSION}")
    return schema

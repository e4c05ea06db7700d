"""The driver of PostgreSQL, through psycopg, which is the extra ``postgresql`` of this package."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import psycopg
from psycopg.types.string import StrDumper

from mockstore.store.database import Connection

CONNECT_TIMEOUT_S = 5
TABLES_LOCK = 0x6D6F636B
"""Number of the advisory lock that is held while the tables are made."""


class _TextWithoutNul(StrDumper):
    """Writes a text with U+FFFD in place of NUL, which no text in PostgreSQL can contain."""

    def dump(self, obj: str) -> Any:
        """Return the text in PostgreSQL's form."""
        return super().dump(obj.replace("\0", "\ufffd"))


class Postgresql:
    """PostgreSQL, by URL. ``where`` is that URL without a password."""

    error, integrity_error = psycopg.Error, psycopg.IntegrityError
    begin_reading = "BEGIN ISOLATION LEVEL REPEATABLE READ"
    """All queries of a reading transaction see the same state, as they do in SQLite."""
    begin_writing = "BEGIN"

    is_private = False

    def __init__(self, url: str, where: str) -> None:
        self._url, self.where = re.sub(r"^postgresql\+psycopg:", "postgresql:", url), where

    def inspect(self) -> None:
        """Do nothing: the server answers for its data."""

    def connect(self) -> psycopg.Connection[Any]:
        """Open a connection."""
        connection = psycopg.connect(self._url, autocommit=True, connect_timeout=CONNECT_TIMEOUT_S)
        connection.adapters.register_dumper(str, _TextWithoutNul)
        return connection

    def is_usable(self, connection: psycopg.Connection[Any]) -> bool:
        """True unless the connection to the server broke."""
        return not connection.closed

    def is_in_transaction(self, connection: psycopg.Connection[Any]) -> bool:
        """True if a transaction is open, failed or not."""
        return connection.info.transaction_status in (
            psycopg.pq.TransactionStatus.INTRANS,
            psycopg.pq.TransactionStatus.INERROR,
        )

    @staticmethod
    @cache
    def translate(statement: str) -> str:
        """Return the statement in PostgreSQL's types and psycopg's form of parameters."""
        text = statement.replace("{ROW}", "SERIAL PRIMARY KEY").replace("{BYTES}", "BYTEA")
        return re.sub(r":(\w+)", r"%(\1)s", text)

    def prepare(self, connection: Connection) -> None:
        """Let one process at a time make the tables. They may be made beside another program's."""
        connection.execute(f"SELECT pg_advisory_xact_lock({TABLES_LOCK})")

    def label(self, connection: Connection) -> None:
        """Do nothing: other programs read the version in the table of facts."""

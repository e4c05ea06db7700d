"""What is asked of a ledger, by name; no word of how a database is asked.

:mod:`mockstore.store.tables` has them in SQLAlchemy's words, for databases that others share, and
``sqlite_backend.sql`` in SQLite's, for one of our own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import Enum, auto
from typing import Any, Protocol, Self

EVER = range(-(2**62), 2**62)
"""Seconds of the epoch that no order lies outside of."""
MEMO = "memo "
"""What the names of facts begin with that a reset forgets."""


class Statement(Enum):
    """One of them. ``*_ONCE`` and ``ORDER`` give a row where they inserted one: databases count rows differently."""

    NUMBER_OF_NUMBER = auto()
    """The number of the order that has ``name`` as its number."""
    NUMBER_OF_ID = auto()
    TOUCHED = auto()
    """A row where the virtual order of ``index`` no longer is as it was."""
    BODIES = auto()
    """Orders of ``numbers``, without their shipments."""
    LOCKED_BODIES = auto()
    PARCELS = auto()
    """Shipments of the orders of ``numbers``, in the order in which they came."""
    WINDOW = auto()
    """What orders were modified from ``start`` to ``end``, both included."""
    TOUCHED_OF = auto()
    """Indexes from ``first`` on, below ``stop``, whose virtual orders no longer are as they were."""
    TAKEN = auto()
    """A row where an order has ``number``, or one ``id``."""
    ORDER = auto()
    ORDER_ONCE = auto()
    ORDERS = auto()
    """Many orders, or none of them."""
    GONE = auto()
    """The virtual order of ``virtual_index`` is deleted."""
    WRITE = auto()
    DELETE_ORDER = auto()
    SHIPMENTS = auto()
    SHIPMENT_ONCE = auto()
    DELETE_SHIPMENTS = auto()
    FACTS = auto()
    FACT = auto()
    LOCKED_FACT = auto()
    FACT_ONCE = auto()
    SET_FACT = auto()
    CLEAR_ORDERS = auto()
    CLEAR_SHIPMENTS = auto()
    CLEAR_FACTS = auto()
    """No memo, nor that the store was furnished."""


class Rows(Protocol):
    """What a statement gave."""

    def __iter__(self) -> Iterator[Any]:
        """The rows."""

    def all(self) -> Sequence[Any]:
        """Every row."""

    def first(self) -> Any:
        """The first row, if there is one."""

    def scalar(self) -> Any:
        """The first value of the first row, if there is one."""

    def scalars(self) -> Iterator[Any]:
        """The first value of each row."""


class Connection(Protocol):
    """A transaction that is open."""

    def make_tables(self) -> None:
        """Make the tables that aren't there.

        Raises:
            DatabaseFailed: where it is a database of something else.
        """

    def execute(
        self, statement: Statement, parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None
    ) -> Rows:
        """Carry out a statement; with several rows of parameters, for each of them."""


class DatabaseFailed(Exception):
    """What the database says, in a line, without our statements."""

    @classmethod
    def of(cls, error: BaseException) -> Self:
        """As a database's own exception says it."""
        return cls(" ".join(str(error).split()).rstrip(".") or type(error).__name__)


class Taken(DatabaseFailed):
    """A unique number, id or key is there already."""

"""What was done to a store: a database of changed, made and deleted orders and of shipments.

SQLite of our own, SQLite in a file, or PostgreSQL. A change is one transaction, and a shipment
is told from its repetition by a unique constraint. Knows orders, and nothing of how the
untouched ones come about: whoever changes one of those hands it over first.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from mockstore.orders.errors import LedgerFault, StateMismatch, UnreadableState
from mockstore.orders.furniture import Found, Row, rank
from mockstore.orders.model import Order, Shipment

SCHEMA = "1"
BUSY_SECONDS = 10
"""How long a writer waits for another one."""
BATCH = 500
"""Rows of one statement."""
MEMO = "memo "
"""What the names of facts begin with that a reset forgets."""
REMEMBERED = 10_000
"""Orders and rows in answers that are kept until the next change, where the database is our own."""
MAKING = 0x6D6F636B
"""PostgreSQL: the advisory lock of who makes the tables."""
CONNECT_SECONDS = 5
"""PostgreSQL: how long a connection may take."""

T = TypeVar("T")

_metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    _metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Whose state this is."""

orders = sa.Table(
    "orders",
    _metadata,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("order_number", sa.Text, unique=True),
    sa.Column("order_id", sa.Text, unique=True),
    sa.Column("modified_at", sa.BigInteger, index=True),
    sa.Column("virtual_index", sa.BigInteger, unique=True),
    sa.Column("deleted", sa.Boolean, nullable=False),
    sa.Column("body", sa.LargeBinary),
)
"""Orders that were made or changed, without their shipments. A deleted virtual order leaves a
row that has its index and nothing else; a deleted order that was made leaves none."""

shipments = sa.Table(
    "shipments",
    _metadata,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("order_number", sa.Text, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("order_number", "key"),
)
"""Shipments of the orders above. The key says whether a notification is a repetition; a
shipment without one never is."""

_NUMBER: sa.BindParameter[str] = sa.bindparam("number")
_NUMBERS: sa.BindParameter[Sequence[str]] = sa.bindparam("numbers", expanding=True)
_NUMBER_OF_ID = sa.select(orders.c.order_number).where(orders.c.order_id == sa.bindparam("id"))
_BODY = sa.select(orders.c.order_number, orders.c.body)
_BODY_OF, _BODIES_OF = _BODY.where(orders.c.order_number == _NUMBER), _BODY.where(orders.c.order_number.in_(_NUMBERS))
_BODY_LOCKED, _BODIES_LOCKED = _BODY_OF.with_for_update(), _BODIES_OF.with_for_update()
_PARCEL = sa.select(shipments.c.order_number, shipments.c.body).order_by(shipments.c.row)
_PARCELS_OF_ONE = _PARCEL.where(shipments.c.order_number == _NUMBER)
_PARCELS_OF = _PARCEL.where(shipments.c.order_number.in_(_NUMBERS))
_TAKEN = sa.select(orders.c.row).where(
    sa.or_(orders.c.order_number == _NUMBER, orders.c.order_id == sa.bindparam("id"))
)
_TOUCHED = sa.select(orders.c.row).where(orders.c.virtual_index == sa.bindparam("index"))
_ROWS = (
    sa.select(orders.c.modified_at, orders.c.order_id, orders.c.order_number)
    .where(
        sa.not_(orders.c.deleted),
        orders.c.modified_at >= sa.bindparam("start"),
        orders.c.modified_at <= sa.bindparam("end"),
    )
    .order_by(orders.c.modified_at)
)
_PLACES = (
    sa.select(orders.c.virtual_index)
    .where(orders.c.virtual_index >= sa.bindparam("start"), orders.c.virtual_index < sa.bindparam("stop"))
    .order_by(orders.c.virtual_index)
)
_FACT = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name"))
_FACT_LOCKED = _FACT.with_for_update()
_WRITE = (
    sa.update(orders)
    .where(orders.c.order_number == sa.bindparam("number"))
    .values(
        order_id=sa.bindparam("id"),
        modified_at=sa.bindparam("modified"),
        deleted=False,
        body=sa.bindparam("content"),
    )
)
"""Statements are made once: making one costs more than running it."""

EVER = 2**62
"""Seconds of the epoch that no order is modified before or after."""


class _Inserts(NamedTuple):
    """The statements that put rows in, in the words of one database."""

    order: Any
    order_unless_there: Any
    shipment: Any
    claim: Any
    note: Any


@cache
def _inserts(dialect: str) -> _Inserts:
    insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
    note = insert(meta)
    return _Inserts(
        insert(orders).returning(orders.c.row),
        insert(orders).on_conflict_do_nothing().returning(orders.c.row),
        insert(shipments).on_conflict_do_nothing().returning(shipments.c.row),
        insert(meta).on_conflict_do_nothing().returning(meta.c.name),
        note.on_conflict_do_update(index_elements=["name"], set_={"value": note.excluded.value}),
    )


_encode = msgspec.json.Encoder().encode
_decode_order = msgspec.json.Decoder(Order).decode
_decode_shipment = msgspec.json.Decoder(Shipment).decode


class Duplicate(LedgerFault):
    """A unique number, id or key is taken."""


def seconds(moment: datetime) -> int:
    """A whole second of the epoch."""
    return int(moment.timestamp())


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
            self._engine = _engine(where)
        except ModuleNotFoundError as error:
            if error.name != "psycopg":
                raise UnreadableState(self.where, _reason(error)) from None
            why = "PostgreSQL needs psycopg, which 'pip install shipstation-cscart-conformance[postgresql]' brings"
            raise UnreadableState(self.where, why) from None
        except (SQLAlchemyError, ImportError) as error:
            raise UnreadableState(self.where, _reason(error)) from None
        if self._engine.dialect.name not in ("sqlite", "postgresql"):
            raise UnreadableState(self.where, "it is neither SQLite nor PostgreSQL")
        # one state of things for all queries of a transaction, as SQLite has it anyway
        reading = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name == "postgresql" else {}
        self._reader = self._engine.execution_options(alone=where is None, **reading)
        self._writer = self._engine.execution_options(writes=True)
        self._inserts = _inserts(self._engine.dialect.name)
        try:
            self._claim(identity, facts)
        except (SQLAlchemyError, OSError) as error:
            self.close()
            raise UnreadableState(self.where, _reason(error)) from None
        except BaseException:
            self.close()
            raise

    def _claim(self, identity: dict[str, str], facts: dict[str, str]) -> None:
        """Make the tables, or see that they are this store's."""
        with self._lock, self._writer.begin() as connection:
            if self._engine.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(MAKING)))
            found = set(sa.inspect(connection).get_table_names())
            if found and meta.name not in found and self._engine.dialect.name == "sqlite":
                raise UnreadableState(self.where, "it is a database of something else")
            _metadata.create_all(connection)
            wanted = {"schema": SCHEMA} | identity
            rows = [{"name": name, "value": value} for name, value in (wanted | facts).items()]
            for row in rows:
                connection.execute(self._inserts.claim, row)
            self.facts = {name: value for name, value in connection.execute(sa.select(meta))}  # noqa: C416
        wrong = [(name, self.facts[name], value) for name, value in wanted.items() if self.facts[name] != value]
        if wrong:
            raise StateMismatch(self.where, wrong)

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._lock, self._reader.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
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
        except IntegrityError as error:
            raise Duplicate from error
        except SQLAlchemyError as error:
            raise LedgerFault(f"The store's records can't be written: {_reason(error)}.") from error

    def _forget(self) -> None:
        if self._memory is not None:
            self._memory.clear()
            self._remembered = 0

    def _recalled(self, key: Hashable, weight: Callable[[T], int], read: Callable[[sa.Connection], T]) -> T:
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
        bounds = {"start": -EVER if start is None else start, "end": EVER if end is None else end}
        places = {"start": indexes.start, "stop": indexes.stop}

        def read(connection: sa.Connection) -> tuple[list[Row], list[int]]:
            rows = sorted(map(Row._make, connection.execute(_ROWS, bounds)), key=rank)
            return rows, list(connection.execute(_PLACES, places).scalars())

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
            number = order_number
            if order_id is not None:
                number = connection.execute(_NUMBER_OF_ID, {"id": order_id}).scalar()
            if number is not None and (order := entry.read([number]).get(number)) is not None:
                return Found(order, False)
            return Found(None, index is not None and entry.touched(index))

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name."""
        key = {"name": MEMO + name}
        return self._recalled(("memo", name), lambda _: 1, lambda connection: connection.execute(_FACT, key).scalar())


def _order_row(order: Order, index: int | None) -> dict[str, object]:
    return {
        "order_number": order.order_number,
        "order_id": order.order_id,
        "modified_at": seconds(order.modified_at),
        "virtual_index": index,
        "deleted": False,
        "body": _encode(msgspec.structs.replace(order, shipments=())),
    }


class Entry:
    """What can be done in one transaction."""

    def __init__(self, connection: sa.Connection, inserts: _Inserts) -> None:
        self._connection, self._inserts = connection, inserts

    def read(self, order_numbers: Sequence[str], *, lock: bool = False) -> dict[str, Order]:
        """The orders of those numbers, with their shipments."""
        found: dict[str, Order] = {}
        for start in range(0, len(order_numbers), BATCH):
            batch = order_numbers[start : start + BATCH]
            if len(batch) == 1:
                wanted: dict[str, object] = {"number": batch[0]}
                these, theirs = (_BODY_LOCKED if lock else _BODY_OF), _PARCELS_OF_ONE
            else:
                wanted = {"numbers": list(batch)}
                these, theirs = (_BODIES_LOCKED if lock else _BODIES_OF), _PARCELS_OF
            bodies = self._connection.execute(these, wanted).all()
            parcels: dict[str, list[Shipment]] = {}
            for number, body in self._connection.execute(theirs, wanted):
                parcels.setdefault(number, []).append(_decode_shipment(body))
            for number, body in bodies:
                order = _decode_order(body)
                if number in parcels:
                    order = msgspec.structs.replace(order, shipments=tuple(parcels[number]))
                found[number] = order
        return found

    def _put(self, statement: Any, row: Mapping[str, object]) -> bool:
        """Whether a statement inserts, rather than meet what is there; databases count rows differently."""
        return self._connection.execute(statement, row).first() is not None

    def has(self, order_number: str, order_id: str) -> bool:
        """Whether an order has that number, or one that id."""
        return self._connection.execute(_TAKEN, {"number": order_number, "id": order_id}).first() is not None

    def touched(self, index: int) -> bool:
        """Whether the virtual order of that index no longer is as it was."""
        return self._connection.execute(_TOUCHED, {"index": index}).first() is not None

    def keep(self, order: Order, index: int | None = None) -> None:
        """Take over an order that isn't in the database, unless it is (a virtual order's index)."""
        statement = self._inserts.order if index is None else self._inserts.order_unless_there
        if self._put(statement, _order_row(order, index)):
            self._add_shipments([order])

    def keep_all(self, added: Iterable[Order]) -> None:
        """Take over many orders."""
        added = list(added)
        for start in range(0, len(added), BATCH):
            batch = added[start : start + BATCH]
            self._connection.execute(sa.insert(orders), [_order_row(order, None) for order in batch])
            self._add_shipments(batch)

    def _add_shipments(self, of: Iterable[Order]) -> None:
        rows = []
        for order in of:
            keys: set[str | None] = set()
            for shipment in order.shipments:
                key = shipment.tracking_number or None
                if key in keys:
                    key = None
                keys.add(key)
                rows.append({"order_number": order.order_number, "key": key, "body": _encode(shipment)})
        if rows:
            self._connection.execute(sa.insert(shipments), rows)

    def add_shipment(self, order_number: str, shipment: Shipment, key: str | None) -> bool:
        """Whether the shipment is new: the unique constraint says so."""
        row = {"order_number": order_number, "key": key, "body": _encode(shipment)}
        return self._put(self._inserts.shipment, row)

    def write(self, order: Order) -> None:
        """Put the order in the place of what the database has of that number."""
        row = _order_row(order, None)
        named = {"number": order.order_number, "id": order.order_id, "modified": row["modified_at"]}
        self._connection.execute(_WRITE, {**named, "content": row["body"]})

    def replace_shipments(self, order: Order) -> None:
        """Make the order's shipments all that the database has of it."""
        self._connection.execute(sa.delete(shipments).where(shipments.c.order_number == order.order_number))
        self._add_shipments([order])

    def delete(self, order_number: str, index: int | None) -> None:
        """Remove an order; a virtual one leaves a row that says so."""
        for table in (orders, shipments):
            self._connection.execute(sa.delete(table).where(table.c.order_number == order_number))
        if index is not None:
            nothing = {"order_number": None, "order_id": None, "modified_at": None, "body": None}
            self._put(self._inserts.order_unless_there, {**nothing, "virtual_index": index, "deleted": True})

    def clear(self) -> None:
        """Delete every order, shipment and memo, and that the store was furnished."""
        for table in (orders, shipments):
            self._connection.execute(sa.delete(table))
        others = sa.or_(meta.c.name == "furnished", meta.c.name.startswith(MEMO))
        self._connection.execute(sa.delete(meta).where(others))

    def fact(self, name: str) -> str | None:
        """A fact about this state, which nobody else changes until this transaction ends."""
        return self._connection.execute(_FACT_LOCKED, {"name": name}).scalar()

    def claim(self, name: str) -> bool:
        """Set a fact that has not been set, and say whether that was so."""
        return self._put(self._inserts.claim, {"name": name, "value": "yes"})

    def note(self, name: str, value: str) -> None:
        """Set a fact about this state."""
        self._connection.execute(self._inserts.note, {"name": name, "value": value})

    def memo(self, name: str) -> str | None:
        """What was last remembered under that name, which nobody else changes until this transaction ends."""
        return self.fact(MEMO + name)

    def remember(self, name: str, text: str) -> None:
        """Keep a text under a name, until a reset."""
        self.note(MEMO + name, text)


def _engine(where: str | None) -> sa.Engine:
    """The database of that name: a URL, a file, or, without a name, one that nobody else sees.

    The latter is SQLite's temporary one: in memory as long as it is small, and on the disk what is more.
    """
    if where is None:
        engine = sa.create_engine(
            "sqlite://", poolclass=StaticPool, creator=lambda: sqlite3.connect("", check_same_thread=False)
        )
    elif "://" in where:
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
    """SQLite: who is going to write says so at once, so that writers wait rather than fail.

    Where nobody else can write, reading needs no transaction.
    """
    options = connection.get_execution_options()
    if options.get("writes", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    elif not options.get("alone", False):
        connection.exec_driver_sql("BEGIN")


def _reason(error: Exception) -> str:
    """What the database says, in a line, without our statements."""
    said = str(error.orig) if isinstance(error, DBAPIError) and error.orig else str(error)
    return " ".join(said.split()).rstrip(".") or type(error).__name__

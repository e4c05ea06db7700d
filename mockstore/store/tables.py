"""The tables of a ledger, and what is asked of them.

The statements are built once: building them costs more than carrying them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from mockstore.store.statements import MEMO, Statement

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
)
"""Whose state this is."""

orders = sa.Table(
    "orders",
    metadata,
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
    metadata,
    sa.Column("row", sa.Integer, primary_key=True),
    sa.Column("order_number", sa.Text, nullable=False),
    sa.Column("key", sa.Text),
    sa.Column("body", sa.LargeBinary, nullable=False),
    sa.UniqueConstraint("order_number", "key"),
)
"""Shipments of the orders above. The key says whether a notification is a repetition; a
shipment without one never is."""

_BODIES = sa.select(orders.c.order_number, orders.c.body).where(
    orders.c.order_number.in_(sa.bindparam("numbers", expanding=True))
)
_FACT = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name"))
_ROW = ("order_number", "order_id", "modified_at", "virtual_index", "deleted", "body")


def _given(*names: str) -> dict[str, sa.BindParameter[Any]]:
    return {name: sa.bindparam(name) for name in names}


def _statements(insert: Callable[[sa.Table], Any]) -> Mapping[Statement, sa.Executable]:
    """Every statement, in a dialect's words: ``insert`` is its own, and has no base in common with others'."""
    order = insert(orders).values(_given(*_ROW))
    shipment = insert(shipments).values(_given("order_number", "key", "body"))
    fact = insert(meta).values(_given("name", "value"))
    return {
        Statement.NUMBER_OF_NUMBER: sa.select(orders.c.order_number).where(
            orders.c.order_number == sa.bindparam("name")
        ),
        Statement.NUMBER_OF_ID: sa.select(orders.c.order_number).where(orders.c.order_id == sa.bindparam("name")),
        Statement.TOUCHED: sa.select(orders.c.row).where(orders.c.virtual_index == sa.bindparam("index")),
        Statement.BODIES: _BODIES,
        Statement.LOCKED_BODIES: _BODIES.with_for_update(),
        Statement.PARCELS: sa.select(shipments.c.order_number, shipments.c.body)
        .where(shipments.c.order_number.in_(sa.bindparam("numbers", expanding=True)))
        .order_by(shipments.c.row),
        Statement.WINDOW: sa.select(orders.c.modified_at, orders.c.order_id, orders.c.order_number)
        .where(
            sa.not_(orders.c.deleted),
            orders.c.modified_at >= sa.bindparam("start", type_=sa.BigInteger),
            orders.c.modified_at <= sa.bindparam("end", type_=sa.BigInteger),
        )
        .order_by(orders.c.modified_at),
        Statement.TOUCHED_OF: sa.select(orders.c.virtual_index)
        .where(
            orders.c.virtual_index >= sa.bindparam("first", type_=sa.BigInteger),
            orders.c.virtual_index < sa.bindparam("stop", type_=sa.BigInteger),
        )
        .order_by(orders.c.virtual_index),
        Statement.TAKEN: sa.select(orders.c.row).where(
            sa.or_(orders.c.order_number == sa.bindparam("number"), orders.c.order_id == sa.bindparam("id"))
        ),
        Statement.ORDER: order.returning(orders.c.row),
        Statement.ORDER_ONCE: order.on_conflict_do_nothing().returning(orders.c.row),
        Statement.ORDERS: order,
        Statement.GONE: insert(orders)
        .values(virtual_index=sa.bindparam("virtual_index"), deleted=sa.true())
        .on_conflict_do_nothing(),
        Statement.WRITE: sa.update(orders)
        .where(orders.c.order_number == sa.bindparam("number"))
        .values(_given(*(name for name in _ROW if name != "virtual_index"))),
        Statement.DELETE_ORDER: sa.delete(orders).where(orders.c.order_number == sa.bindparam("number")),
        Statement.SHIPMENTS: shipment,
        Statement.SHIPMENT_ONCE: shipment.on_conflict_do_nothing().returning(shipments.c.row),
        Statement.DELETE_SHIPMENTS: sa.delete(shipments).where(shipments.c.order_number == sa.bindparam("number")),
        Statement.FACTS: sa.select(meta),
        Statement.FACT: _FACT,
        Statement.LOCKED_FACT: _FACT.with_for_update(),
        Statement.FACT_ONCE: fact.on_conflict_do_nothing().returning(meta.c.name),
        Statement.SET_FACT: fact.on_conflict_do_update(index_elements=["name"], set_={"value": fact.excluded.value}),
        Statement.CLEAR_ORDERS: sa.delete(orders),
        Statement.CLEAR_SHIPMENTS: sa.delete(shipments),
        Statement.CLEAR_FACTS: sa.delete(meta).where(
            sa.or_(meta.c.name == sa.literal_column("'furnished'"), meta.c.name.like(sa.literal_column(f"'{MEMO}%'")))
        ),
    }


SQLITE = _statements(sqlite.insert)
POSTGRESQL = _statements(postgresql.insert)


def own_sql() -> str:
    """What ``sqlite_backend.sql`` must hold: all of this in SQLite's words."""
    dialect = sqlite.dialect(paramstyle="named")

    def written(clause: Any) -> str:
        return " ".join(str(clause.compile(dialect=dialect)).split()) + ";"

    tables = metadata.sorted_tables
    lines = ["-- TABLES", *(written(CreateTable(table)) for table in tables)]
    lines += [written(CreateIndex(index)) for table in tables for index in table.indexes]
    for name, statement in SQLITE.items():
        lines += ["", f"-- {name.name}", written(statement)]
    return "\n".join(lines) + "\n"

"""The tables of a ledger, and what is asked of them at every notification.

Those statements are built once: building them costs more than carrying them out.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

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

NUMBER_OF_NUMBER = sa.select(orders.c.order_number).where(orders.c.order_number == sa.bindparam("name"))
NUMBER_OF_ID = sa.select(orders.c.order_number).where(orders.c.order_id == sa.bindparam("name"))
"""The number of the order that has this as its number, or as its id."""
TOUCHED = sa.select(orders.c.row).where(orders.c.virtual_index == sa.bindparam("index"))
"""A row where the virtual order of that index no longer is as it was."""
BODIES = sa.select(orders.c.order_number, orders.c.body).where(
    orders.c.order_number.in_(sa.bindparam("numbers", expanding=True))
)
LOCKED_BODIES = BODIES.with_for_update()
PARCELS = (
    sa.select(shipments.c.order_number, shipments.c.body)
    .where(shipments.c.order_number.in_(sa.bindparam("numbers", expanding=True)))
    .order_by(shipments.c.row)
)
EVER = range(-(2**62), 2**62)
"""Seconds of the epoch that no order lies outside of."""
WINDOW = (
    sa.select(orders.c.modified_at, orders.c.order_id, orders.c.order_number)
    .where(
        sa.not_(orders.c.deleted),
        orders.c.modified_at >= sa.bindparam("start", type_=sa.BigInteger),
        orders.c.modified_at <= sa.bindparam("end", type_=sa.BigInteger),
    )
    .order_by(orders.c.modified_at)
)
TOUCHED_OF = (
    sa.select(orders.c.virtual_index)
    .where(
        orders.c.virtual_index >= sa.bindparam("first", type_=sa.BigInteger),
        orders.c.virtual_index < sa.bindparam("stop", type_=sa.BigInteger),
    )
    .order_by(orders.c.virtual_index)
)
TAKEN = sa.select(orders.c.row).where(
    sa.or_(orders.c.order_number == sa.bindparam("number"), orders.c.order_id == sa.bindparam("id"))
)
"""A row where an order has that number, or one that id."""
INSERT_ORDERS = sa.insert(orders)
INSERT_SHIPMENTS = sa.insert(shipments)
DELETE_ORDER = sa.delete(orders).where(orders.c.order_number == sa.bindparam("number"))
DELETE_SHIPMENTS = sa.delete(shipments).where(shipments.c.order_number == sa.bindparam("number"))
MEMO = "memo "
"""What the names of facts begin with that a reset forgets."""
CLEAR = (
    sa.delete(orders),
    sa.delete(shipments),
    sa.delete(meta).where(
        sa.or_(meta.c.name == sa.literal_column("'furnished'"), meta.c.name.like(sa.literal_column(f"'{MEMO}%'")))
    ),
)
"""What leaves no order, shipment or memo, nor that the store was furnished."""
FACTS = sa.select(meta)
FACT = sa.select(meta.c.value).where(meta.c.name == sa.bindparam("name"))
LOCKED_FACT = FACT.with_for_update()
WRITE = sa.update(orders).where(orders.c.order_number == sa.bindparam("number"))


class Inserts:
    """Statements that say whether they inserted, in the words of a dialect: databases count rows differently."""

    def __init__(self, insert: Callable[[sa.Table], Any]) -> None:  # the dialects' have no base in common
        self.order = insert(orders).returning(orders.c.row)
        self.order_once = insert(orders).on_conflict_do_nothing().returning(orders.c.row)
        self.shipment_once = insert(shipments).on_conflict_do_nothing().returning(shipments.c.row)
        self.fact_once = insert(meta).on_conflict_do_nothing().returning(meta.c.name)
        said = insert(meta)
        self.fact = said.on_conflict_do_update(index_elements=["name"], set_={"value": said.excluded.value})


SQLITE_INSERTS = Inserts(sqlite.insert)
POSTGRESQL_INSERTS = Inserts(postgresql.insert)

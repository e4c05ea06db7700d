"""The SQL of the ledger: its tables, and every statement that is executed on them.

There is one text for both databases, in PostgreSQL's SQL. Parameters are written ``:name``.
A driver (:mod:`mockstore.store.database`) translates the text: SQLite has no ``FOR UPDATE``,
and each database has its own words for a row number (``{ROW}``) and for bytes (``{BYTES}``).
A parameter that is a list stands for as many values as it has.

Statements that insert a row return it with ``RETURNING``, because the databases count
inserted rows differently. With ``ON CONFLICT DO NOTHING`` they return nothing if the row exists already.
"""

from __future__ import annotations

from typing import LiteralString

MEMO_PREFIX = "memo "
"""Facts whose names begin with this are deleted by a reset."""
FILLED = "furnished"
"""Name of the fact that the initial orders were added. Kept states have it under this name."""

SCHEMA_VERSION = "2"
"""The version of the tables below."""

COLUMNS = {
    "meta": ("name", "value"),
    "orders": (
        *("row", "order_number", "order_id", "modified_at", "virtual_index", "deleted"),
        *("body", "parcels", "recorded"),
    ),
}
"""The columns of each table."""

EARLIER_SCHEMA = "1"
"""A version of the tables that :mod:`mockstore.store.conversion` converts to the present one."""
EARLIER_COLUMNS = {
    "meta": ("name", "value"),
    "orders": ("row", "order_number", "order_id", "modified_at", "virtual_index", "deleted", "body"),
    "shipments": ("row", "order_number", "key", "body"),
}
"""The columns of its tables. It kept shipments and their keys in a table of their own."""

TABLES: tuple[LiteralString, ...] = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # A deleted virtual order leaves a row that has its index and nothing else. A deleted order that was created
    # leaves none. ``body`` is the order without its shipments, ``parcels`` has each shipment after its key, and
    # ``recorded`` their times (records.Record). An order and its shipments are one row, because SQLite writes a page
    # of 4 KB for each table and each index. So there are few: the id of a virtual order is known from its index, and
    # is in no index of its own. A window is read from its index alone.
    'CREATE TABLE IF NOT EXISTS orders ("row" {ROW}, order_number TEXT UNIQUE, order_id TEXT, '
    "modified_at BIGINT, virtual_index BIGINT UNIQUE, deleted BOOLEAN NOT NULL, "
    "body {BYTES}, parcels {BYTES}, recorded {BYTES})",
    "CREATE UNIQUE INDEX IF NOT EXISTS ix_orders_created_id ON orders (order_id) WHERE virtual_index IS NULL",
    "CREATE INDEX IF NOT EXISTS ix_orders_window ON orders (modified_at, order_id, order_number)",
)

# ---------------------------------------------------------------- orders

BY_NUMBER = (
    "SELECT deleted, order_number, body, parcels FROM orders WHERE order_number = :name OR virtual_index = :index"
)
BY_ID = (
    "SELECT deleted, order_number, body, parcels FROM orders "
    "WHERE (order_id = :name AND virtual_index IS NULL) OR virtual_index = :index"
)
"""The created order of that number or id, and the virtual order of that index if it was changed or deleted."""
DELETED = 'SELECT "row" FROM orders WHERE virtual_index = :index AND deleted'
"""A row if the virtual order of that index was deleted."""
ALL_RECORDS = 'SELECT order_number, body, parcels, recorded FROM orders WHERE NOT deleted ORDER BY "row"'
BODIES = "SELECT order_number, body, parcels FROM orders WHERE order_number IN :numbers"
LOCKED_RECORD = "SELECT order_number, body, parcels, recorded FROM orders WHERE order_number = :number FOR UPDATE"
WINDOW = (
    "SELECT modified_at, order_id, order_number FROM orders "
    "WHERE modified_at >= :start AND modified_at <= :end ORDER BY modified_at"
)
"""A deleted order has no modification time, so it is in no window."""
TOUCHED_IN_RANGE = (
    "SELECT virtual_index FROM orders WHERE virtual_index >= :first AND virtual_index < :stop ORDER BY virtual_index"
)
"""The indexes of virtual orders that were changed or deleted, from ``first`` on, below ``stop``."""
NAME_IN_USE = 'SELECT "row" FROM orders WHERE order_number = :number OR (order_id = :id AND virtual_index IS NULL)'
INSERT_ORDER = (
    "INSERT INTO orders (order_number, order_id, modified_at, virtual_index, deleted, body, parcels, recorded) "
    "VALUES (:order_number, :order_id, :modified_at, :virtual_index, :deleted, :body, :parcels, :recorded)"
)
INSERT_ORDER_ONCE = f'{INSERT_ORDER} ON CONFLICT DO NOTHING RETURNING "row"'
INSERT_DELETED = "INSERT INTO orders (virtual_index, deleted) VALUES (:virtual_index, TRUE) ON CONFLICT DO NOTHING"
"""Mark a virtual order as deleted."""
UPDATE_ORDER = (
    "UPDATE orders SET modified_at = :modified_at, body = :body, parcels = :parcels, recorded = :recorded "
    "WHERE order_number = :order_number"
)
"""Replace an order. Its number and its id stay."""
DELETE_ORDER = "DELETE FROM orders WHERE order_number = :number"
CLEAR_ORDERS = "DELETE FROM orders"

# ---------------------------------------------------------------- conversion of the earlier schema

RENAME_EARLIER: tuple[LiteralString, ...] = (
    "ALTER TABLE orders RENAME TO earlier_orders",
    "DROP INDEX ix_orders_modified_at",
    "DROP INDEX ix_orders_created_id",
    "DROP INDEX ix_orders_window",
)
EARLIER_ORDERS = (
    'SELECT "row", order_number, virtual_index, deleted, body FROM earlier_orders '
    'WHERE "row" > :after ORDER BY "row" LIMIT :most'
)
EARLIER_SHIPMENTS = 'SELECT order_number, key, "row", body FROM shipments WHERE order_number IN :numbers ORDER BY "row"'
DROP_EARLIER: tuple[LiteralString, ...] = ("DROP TABLE earlier_orders", "DROP TABLE shipments")

# ---------------------------------------------------------------- facts about the state

FACTS = "SELECT name, value FROM meta"
FACT = "SELECT value FROM meta WHERE name = :name"
LOCKED_FACT = "SELECT value FROM meta WHERE name = :name FOR UPDATE"
INSERT_FACT = "INSERT INTO meta (name, value) VALUES (:name, :value)"
INSERT_FACT_ONCE = f"{INSERT_FACT} ON CONFLICT DO NOTHING RETURNING name"
SET_FACT = f"{INSERT_FACT} ON CONFLICT (name) DO UPDATE SET value = excluded.value"
CLEAR_FACTS = f"DELETE FROM meta WHERE name = '{FILLED}' OR substr(name, 1, {len(MEMO_PREFIX)}) = '{MEMO_PREFIX}'"
"""Delete every memo, and the fact that the initial orders were added."""

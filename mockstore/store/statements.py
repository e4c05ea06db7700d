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

SCHEMA_VERSION = "1"
"""The version of the tables below."""

COLUMNS = {
    "meta": ("name", "value"),
    "orders": ("row", "order_number", "order_id", "modified_at", "virtual_index", "deleted", "body"),
    "shipments": ("row", "order_number", "key", "body"),
}
"""The columns of each table."""

TABLES: tuple[LiteralString, ...] = (
    "CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    # A deleted virtual order leaves a row that has its index and nothing else. A deleted order that was created
    # leaves none. ``body`` is the order without its shipments.
    'CREATE TABLE IF NOT EXISTS orders ("row" {ROW}, order_number TEXT UNIQUE, order_id TEXT UNIQUE, '
    "modified_at BIGINT, virtual_index BIGINT UNIQUE, deleted BOOLEAN NOT NULL, body {BYTES})",
    # The key identifies a notification. A shipment whose key is NULL is never a repetition.
    'CREATE TABLE IF NOT EXISTS shipments ("row" {ROW}, order_number TEXT NOT NULL, key TEXT, '
    "body {BYTES} NOT NULL, UNIQUE (order_number, key))",
    "CREATE INDEX IF NOT EXISTS ix_orders_modified_at ON orders (modified_at)",
)

# ---------------------------------------------------------------- orders

NUMBER_OF_ID = "SELECT order_number FROM orders WHERE order_id = :id"
TOUCHED = 'SELECT "row" FROM orders WHERE virtual_index = :index'
"""A row if the virtual order of that index was changed or deleted."""
BODIES = "SELECT order_number, body FROM orders WHERE order_number IN :numbers"
LOCKED_BODIES = "SELECT order_number, body FROM orders WHERE order_number IN :numbers FOR UPDATE"
WINDOW = (
    "SELECT modified_at, order_id, order_number FROM orders "
    "WHERE NOT deleted AND modified_at >= :start AND modified_at <= :end ORDER BY modified_at"
)
TOUCHED_IN_RANGE = (
    "SELECT virtual_index FROM orders WHERE virtual_index >= :first AND virtual_index < :stop ORDER BY virtual_index"
)
"""The indexes of virtual orders that were changed or deleted, from ``first`` on, below ``stop``."""
NAME_IN_USE = 'SELECT "row" FROM orders WHERE order_number = :number OR order_id = :id'
INSERT_ORDER = (
    "INSERT INTO orders (order_number, order_id, modified_at, virtual_index, deleted, body) "
    "VALUES (:order_number, :order_id, :modified_at, :virtual_index, :deleted, :body)"
)
INSERT_ORDER_ONCE = f'{INSERT_ORDER} ON CONFLICT DO NOTHING RETURNING "row"'
INSERT_DELETED = "INSERT INTO orders (virtual_index, deleted) VALUES (:virtual_index, TRUE) ON CONFLICT DO NOTHING"
"""Mark a virtual order as deleted."""
UPDATE_ORDER = (
    "UPDATE orders SET order_id = :order_id, modified_at = :modified_at, deleted = :deleted, body = :body "
    "WHERE order_number = :order_number"
)
DELETE_ORDER = "DELETE FROM orders WHERE order_number = :number"
CLEAR_ORDERS = "DELETE FROM orders"

# ---------------------------------------------------------------- shipments

SHIPMENTS = 'SELECT order_number, body FROM shipments WHERE order_number IN :numbers ORDER BY "row"'
"""Shipments in the order in which they were recorded."""
ALL_SHIPMENTS = 'SELECT order_number, body FROM shipments ORDER BY "row"'
INSERT_SHIPMENT = "INSERT INTO shipments (order_number, key, body) VALUES (:order_number, :key, :body)"
INSERT_SHIPMENT_ONCE = f'{INSERT_SHIPMENT} ON CONFLICT DO NOTHING RETURNING "row"'
DELETE_SHIPMENTS = "DELETE FROM shipments WHERE order_number = :number"
CLEAR_SHIPMENTS = "DELETE FROM shipments"

# ---------------------------------------------------------------- facts about the state

FACTS = "SELECT name, value FROM meta"
FACT = "SELECT value FROM meta WHERE name = :name"
LOCKED_FACT = "SELECT value FROM meta WHERE name = :name FOR UPDATE"
INSERT_FACT = "INSERT INTO meta (name, value) VALUES (:name, :value)"
INSERT_FACT_ONCE = f"{INSERT_FACT} ON CONFLICT DO NOTHING RETURNING name"
SET_FACT = f"{INSERT_FACT} ON CONFLICT (name) DO UPDATE SET value = excluded.value"
CLEAR_FACTS = f"DELETE FROM meta WHERE name = '{FILLED}' OR substr(name, 1, {len(MEMO_PREFIX)}) = '{MEMO_PREFIX}'"
"""Delete every memo, and the fact that the initial orders were added."""

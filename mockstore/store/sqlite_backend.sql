-- TABLES
CREATE TABLE meta ( name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (name) );
CREATE TABLE orders ( "row" INTEGER NOT NULL, order_number TEXT, order_id TEXT, modified_at BIGINT, virtual_index BIGINT, deleted BOOLEAN NOT NULL, body BLOB, PRIMARY KEY ("row"), UNIQUE (order_number), UNIQUE (order_id), UNIQUE (virtual_index) );
CREATE TABLE shipments ( "row" INTEGER NOT NULL, order_number TEXT NOT NULL, "key" TEXT, body BLOB NOT NULL, PRIMARY KEY ("row"), UNIQUE (order_number, "key") );
CREATE INDEX ix_orders_modified_at ON orders (modified_at);

-- NUMBER_OF_NUMBER
SELECT orders.order_number FROM orders WHERE orders.order_number = :name;

-- NUMBER_OF_ID
SELECT orders.order_number FROM orders WHERE orders.order_id = :name;

-- TOUCHED
SELECT orders."row" FROM orders WHERE orders.virtual_index = :index;

-- BODIES
SELECT orders.order_number, orders.body FROM orders WHERE orders.order_number IN (__[POSTCOMPILE_numbers]);

-- LOCKED_BODIES
SELECT orders.order_number, orders.body FROM orders WHERE orders.order_number IN (__[POSTCOMPILE_numbers]);

-- PARCELS
SELECT shipments.order_number, shipments.body FROM shipments WHERE shipments.order_number IN (__[POSTCOMPILE_numbers]) ORDER BY shipments."row";

-- WINDOW
SELECT orders.modified_at, orders.order_id, orders.order_number FROM orders WHERE orders.deleted = 0 AND orders.modified_at >= :start AND orders.modified_at <= :end ORDER BY orders.modified_at;

-- TOUCHED_OF
SELECT orders.virtual_index FROM orders WHERE orders.virtual_index >= :first AND orders.virtual_index < :stop ORDER BY orders.virtual_index;

-- TAKEN
SELECT orders."row" FROM orders WHERE orders.order_number = :number OR orders.order_id = :id;

-- ORDER
INSERT INTO orders (order_number, order_id, modified_at, virtual_index, deleted, body) VALUES (:order_number, :order_id, :modified_at, :virtual_index, :deleted, :body) RETURNING "row";

-- ORDER_ONCE
INSERT INTO orders (order_number, order_id, modified_at, virtual_index, deleted, body) VALUES (:order_number, :order_id, :modified_at, :virtual_index, :deleted, :body) ON CONFLICT DO NOTHING RETURNING "row";

-- ORDERS
INSERT INTO orders (order_number, order_id, modified_at, virtual_index, deleted, body) VALUES (:order_number, :order_id, :modified_at, :virtual_index, :deleted, :body);

-- GONE
INSERT INTO orders (virtual_index, deleted) VALUES (:virtual_index, 1) ON CONFLICT DO NOTHING;

-- WRITE
UPDATE orders SET order_number=:order_number, order_id=:order_id, modified_at=:modified_at, deleted=:deleted, body=:body WHERE orders.order_number = :number;

-- DELETE_ORDER
DELETE FROM orders WHERE orders.order_number = :number;

-- SHIPMENTS
INSERT INTO shipments (order_number, "key", body) VALUES (:order_number, :key, :body);

-- SHIPMENT_ONCE
INSERT INTO shipments (order_number, "key", body) VALUES (:order_number, :key, :body) ON CONFLICT DO NOTHING RETURNING "row";

-- DELETE_SHIPMENTS
DELETE FROM shipments WHERE shipments.order_number = :number;

-- FACTS
SELECT meta.name, meta.value FROM meta;

-- FACT
SELECT meta.value FROM meta WHERE meta.name = :name;

-- LOCKED_FACT
SELECT meta.value FROM meta WHERE meta.name = :name;

-- FACT_ONCE
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT DO NOTHING RETURNING name;

-- SET_FACT
INSERT INTO meta (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- CLEAR_ORDERS
DELETE FROM orders;

-- CLEAR_SHIPMENTS
DELETE FROM shipments;

-- CLEAR_FACTS
DELETE FROM meta WHERE meta.name = 'furnished' OR meta.name LIKE 'memo %';

-- Create an index
--
-- It is built while the table is in use. An attempt that fails leaves an invalid index behind, which is dropped before
-- the next one: IF NOT EXISTS would take it for the real one.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);

-- migration
CREATE INDEX orders_customer_id ON orders (customer_id);

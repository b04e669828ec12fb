-- Replace an index
--
-- The new one is built before the old one goes, so that queries always have one.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, at timestamptz);
CREATE INDEX orders_customer_id ON orders (customer_id);

-- migration
CREATE INDEX orders_customer_at ON orders (customer_id, at);
DROP INDEX orders_customer_id;

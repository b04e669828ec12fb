-- Replace an index
--
-- The new one is built before the old one goes, so that queries always have one, and gets its name in the end. Whatever
-- the order in which the migration drops the one, makes the other and renames it.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint, at timestamptz);
CREATE INDEX orders_customer ON orders (customer_id);

-- migration
DROP INDEX orders_customer;
CREATE INDEX orders_customer ON orders (customer_id, at);

-- Drop an index
--
-- Nobody waits for it. Look first whether it is used, on each standby too: pg_stat_user_indexes.

-- before
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
CREATE INDEX orders_customer_id ON orders (customer_id);

-- migration
DROP INDEX orders_customer_id;

-- Drop a constraint
--
-- A loosening. A foreign key takes its locks on both tables.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint CONSTRAINT orders_customer REFERENCES customer);

-- migration
ALTER TABLE orders DROP CONSTRAINT orders_customer;

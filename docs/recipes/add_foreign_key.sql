-- Add a foreign key
--
-- A tightening. It is added NOT VALID under locks that stop writes on both tables for a moment, and then validated
-- while others read and write. Have an index on the column first, or each DELETE of a customer reads all orders.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id bigint);
CREATE INDEX orders_customer_id ON orders (customer_id);

-- migration
ALTER TABLE orders ADD CONSTRAINT orders_customer FOREIGN KEY (customer_id) REFERENCES customer;

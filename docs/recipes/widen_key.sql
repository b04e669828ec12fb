-- Make a primary key bigint, and what points to it
--
-- Of each column a second one is kept in step and filled, and the key's index is built on it. Then, in one transaction
-- for each table, the foreign keys go, the new column takes the place of the first with its sequence, and the keys come
-- again without a row being read; the foreign keys are validated in the end. Until then new code must write no number
-- above 2147483647: the first one is the point of no return.

-- before
CREATE TABLE customer (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer_id int NOT NULL REFERENCES customer ON DELETE CASCADE);

-- migration
ALTER TABLE customer ALTER COLUMN id TYPE bigint;
ALTER TABLE orders ALTER COLUMN customer_id TYPE bigint;
ALTER SEQUENCE customer_id_seq AS bigint;

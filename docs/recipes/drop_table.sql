-- Drop a table
--
-- Its foreign keys go first, one by one: each takes locks on both its tables, for a moment.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE visit (id bigint PRIMARY KEY, customer_id bigint REFERENCES customer);

-- migration
DROP TABLE visit;

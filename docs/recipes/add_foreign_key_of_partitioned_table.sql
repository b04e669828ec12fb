-- Add a foreign key to a partitioned table
--
-- Before PostgreSQL 18 there is no NOT VALID for the whole: each partition gets the key and is validated, and the whole
-- takes them over without reading a row.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY);
CREATE TABLE visit (customer_id bigint, day date NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');

-- migration
ALTER TABLE visit ADD CONSTRAINT visit_customer FOREIGN KEY (customer_id) REFERENCES customer;

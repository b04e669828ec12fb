-- Set NOT NULL
--
-- A tightening: code that still writes NULL is refused from then on, so it waits for the contract. The rows are read
-- to validate a CHECK, while others write; SET NOT NULL itself rests on that proof and reads nothing. On PostgreSQL 18
-- the constraint itself can be added without being validated.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, name text);

-- migration
UPDATE customer SET name = 'unknown' WHERE name IS NULL;
ALTER TABLE customer ALTER COLUMN name SET NOT NULL;

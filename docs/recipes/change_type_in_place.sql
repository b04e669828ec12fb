-- Give a column a type that the rows have already
--
-- To text, to a longer varchar, to more digits before the point: only the catalog changes. Sessions that have prepared
-- a statement that reads the column fail once with 0A000.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, name varchar(40));

-- migration
ALTER TABLE customer ALTER COLUMN name TYPE text;

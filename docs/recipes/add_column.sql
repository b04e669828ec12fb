-- Add a column that may be NULL
--
-- One statement, over in a moment: nothing is written to the rows. Running code must not count the table's columns:
-- a prepared SELECT * fails once with 0A000, and INSERT ... SELECT * into another table has a column too many.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN phone text;

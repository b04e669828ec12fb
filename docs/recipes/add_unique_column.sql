-- Add a column that is unique
--
-- As one statement this builds an index while nobody may use the table. In steps the column comes without it, the index
-- is built while the table is in use, and becomes the constraint's. With a default that is another for each row, all
-- this comes after the rows have been filled.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN tax_number text UNIQUE;

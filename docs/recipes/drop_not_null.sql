-- Drop NOT NULL
--
-- A loosening, over in a moment. But code that reads must be ready for NULL before anybody writes it.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL);

-- migration
ALTER TABLE customer ALTER COLUMN name DROP NOT NULL;

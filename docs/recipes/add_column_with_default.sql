-- Add a column with a constant default
--
-- The default is kept in the catalog, so the rows are not written, and code that does not know the column fills it by
-- leaving it out. Keep the default until that code is gone, also where the column is NOT NULL.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN active boolean NOT NULL DEFAULT true;

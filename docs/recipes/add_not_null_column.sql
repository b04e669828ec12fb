-- Add a NOT NULL column that running code does not write
--
-- Code that does not know the column would be refused. So a trigger fills what it leaves out, by the same expression
-- by which the migration fills the rows, and only when that code is gone NULL is refused.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN domain text;
UPDATE customer SET domain = split_part(mail, '@', 2);
ALTER TABLE customer ALTER COLUMN domain SET NOT NULL;

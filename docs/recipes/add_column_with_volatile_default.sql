-- Add a column with another default for each row
--
-- As one statement this writes every row while nobody may read. In steps the column comes first, its default is for
-- new rows only, and the old rows are filled in batches.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();

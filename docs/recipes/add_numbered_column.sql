-- Number the rows by a new column
--
-- As one statement this writes every row while nobody may read. In steps the column comes first with a constant for
-- default, for which no row is written, and is an identity in the same transaction: NOT NULL, and refusing given values
-- where it is GENERATED ALWAYS, from the first step on. Rows to come have their numbers from its sequence; those that
-- are there have 0, which the sequence never gives, until the backfill gives each its own.

-- before
CREATE TABLE customer (id uuid PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN number bigint GENERATED ALWAYS AS IDENTITY UNIQUE;

-- Add a generated column
--
-- A STORED one is written into every row while nobody may read. In steps it is a plain column that a trigger keeps, and
-- stays one: to make it a generated one the server would have to write the rows after all. On PostgreSQL 18 a VIRTUAL one
-- is over in a moment.

-- before
CREATE TABLE item (id bigint PRIMARY KEY, price numeric NOT NULL, pieces int NOT NULL);

-- migration
ALTER TABLE item ADD COLUMN total numeric GENERATED ALWAYS AS (price * pieces) STORED;

-- Give a column a wider type
--
-- The rows have to be written anew, and the values stay the same. A second column of the new type, of which no code
-- knows, is kept in step and filled; in the end it takes the place and the name of the first, in one transaction.

-- before
CREATE TABLE sale (id bigint PRIMARY KEY, pieces int NOT NULL CHECK (pieces > 0));

-- migration
ALTER TABLE sale ALTER COLUMN pieces TYPE bigint;

-- Add a CHECK constraint
--
-- A tightening. It is added without looking at the rows, and then validated while others read and write.

-- before
CREATE TABLE sale (id bigint PRIMARY KEY, pieces int);

-- migration
ALTER TABLE sale ADD CONSTRAINT sale_pieces_check CHECK (pieces > 0);

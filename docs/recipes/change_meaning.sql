-- Change the values of a column
--
-- Euros become cents, a text becomes a number: the new values are in a column of another name, and both are kept in
-- step. The way there is the migration's own UPDATE; the way back, for what new code writes, has to be said. Where
-- there and back is not the same, the release stops before anything is dropped.

-- before
CREATE TABLE sale (id bigint PRIMARY KEY, price numeric(10, 2) NOT NULL);

-- migration
ALTER TABLE sale ADD COLUMN cents bigint;
UPDATE sale SET cents = round(price * 100);
ALTER TABLE sale ALTER COLUMN cents SET NOT NULL;
-- schemaguard: down = cents / 100.0
ALTER TABLE sale DROP COLUMN price;

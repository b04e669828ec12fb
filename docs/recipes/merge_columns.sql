-- Merge columns
--
-- The mirror image: what old code writes to one of the two old columns makes the new one anew from both.

-- before
CREATE TABLE place (id bigint PRIMARY KEY, street text NOT NULL, town text NOT NULL);

-- migration
ALTER TABLE place ADD COLUMN address text;
UPDATE place SET address = street || ', ' || town;
-- schemaguard: down place.street = split_part(address, ', ', 1)
-- schemaguard: down place.town = split_part(address, ', ', 2)
ALTER TABLE place DROP COLUMN street, DROP COLUMN town;

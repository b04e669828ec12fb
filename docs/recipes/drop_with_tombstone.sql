-- Drop what may have to come back
--
-- When no code uses it any more, it gets another name first. Until the last steps remove it, the old name brings it
-- back with all its values: stop before them, with `apply --phase contract --to STEP`, for as long as you like.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text, fax text NOT NULL);
CREATE TABLE visit (id bigint PRIMARY KEY, customer_id bigint REFERENCES customer);

-- migration
-- schemaguard: tombstone = yes
ALTER TABLE customer DROP COLUMN fax;
-- schemaguard: tombstone = yes
DROP TABLE visit;

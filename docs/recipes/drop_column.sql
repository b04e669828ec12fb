-- Drop a column
--
-- New code leaves the column out, so it must first be possible to leave it out: NOT NULL goes in expand. The column
-- itself goes when no code reads it any more. An ORM that loads whole rows reads it.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL, fax text NOT NULL);

-- migration
ALTER TABLE customer DROP COLUMN fax;

-- Add a UNIQUE constraint
--
-- A tightening. The index is built while the table is in use; the constraint takes it over without reading a row. If
-- the build finds two rows that are alike, it is taken back and told: mend them, then run the same command again.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL);

-- migration
ALTER TABLE customer ADD CONSTRAINT customer_mail_key UNIQUE (mail);

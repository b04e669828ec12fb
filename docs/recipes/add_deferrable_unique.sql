-- Add a UNIQUE constraint that is looked at later
--
-- DEFERRABLE, and INCLUDE and NULLS NOT DISTINCT likewise: the index is built as a plain one while the table is in use,
-- and the constraint that takes it over says the rest.

-- before
CREATE TABLE page (id bigint PRIMARY KEY, book_id bigint NOT NULL, number integer NOT NULL);

-- migration
ALTER TABLE page ADD CONSTRAINT page_number_key UNIQUE (book_id, number) DEFERRABLE INITIALLY DEFERRED;

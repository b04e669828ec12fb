-- Rename a column
--
-- Better not: give the attribute another name in code. Otherwise both names live side by side: a trigger keeps two
-- columns in step, whoever writes, until the code that knows the old one is gone. Indexes and constraints are made
-- anew on the second column while the table is in use, and have their old names in the end.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL UNIQUE);

-- migration
ALTER TABLE customer RENAME COLUMN mail TO email;

-- Defaults for rows to come; NULL is none.
-- given
CREATE TABLE account (id int PRIMARY KEY, a text, b int DEFAULT 3, c timestamptz NOT NULL DEFAULT now());
-- script
ALTER TABLE account ALTER COLUMN a SET DEFAULT 'x';
ALTER TABLE account ALTER COLUMN a SET DEFAULT NULL;
ALTER TABLE account ALTER COLUMN a SET DEFAULT gen_random_uuid()::text;
ALTER TABLE account ALTER b DROP DEFAULT;
ALTER TABLE account ALTER b DROP DEFAULT;
ALTER TABLE account ALTER COLUMN c DROP DEFAULT, ALTER COLUMN b SET DEFAULT 1 + 2;

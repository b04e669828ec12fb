-- Give a table without a key its first one
--
-- The rows are numbered by their places in the file, for nothing tells them apart yet. The key is built when all have
-- their numbers.

-- before
CREATE TABLE event (at timestamptz NOT NULL, what text);

-- migration
ALTER TABLE event ADD COLUMN id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY;

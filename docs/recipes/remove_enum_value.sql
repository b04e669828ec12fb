-- Remove a value from an enum
--
-- No server takes a label out of a type. Rows are given another value, and a CHECK forbids the old one: the label stays
-- in the type, where it bothers nobody. Where it has to go, a new type of another name lacks it, each column gets that by
-- ALTER COLUMN ... TYPE ... USING, which says what takes its place ([there](change_type_using.md)), and the old type is
-- dropped.

-- before
CREATE TYPE state AS ENUM ('new', 'old', 'done');
CREATE TABLE job (id bigint PRIMARY KEY, state state);

-- migration
UPDATE job SET state = 'done' WHERE state = 'old';
ALTER TABLE job ADD CONSTRAINT job_not_old CHECK (state <> 'old');

-- Remove a value from an enum
--
-- No server takes a label out of a type. Rows are given another value, and a CHECK forbids the old one: the label stays
-- in the type, where it bothers nobody. A new type in the place of the old one would rewrite every row while all wait.

-- before
CREATE TYPE state AS ENUM ('new', 'old', 'done');
CREATE TABLE job (id bigint PRIMARY KEY, state state);

-- migration
UPDATE job SET state = 'done' WHERE state = 'old';
ALTER TABLE job ADD CONSTRAINT job_not_old CHECK (state <> 'old');

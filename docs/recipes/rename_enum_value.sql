-- Rename a value of an enum
--
-- No table is locked for longer than a trigger needs. Until the contract every row keeps the old spelling, whichever
-- is written: old code never reads the new one, and new code, which asks for both, may write it at once. Then all
-- rows have the new one in the same moment. The old one stays in the type as a value that no row has.

-- before
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE job (id bigint PRIMARY KEY, state state NOT NULL DEFAULT 'new');
CREATE INDEX job_done ON job (id) WHERE state = 'done';

-- migration
ALTER TYPE state RENAME VALUE 'done' TO 'finished';

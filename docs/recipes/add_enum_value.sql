-- Add a value to an enum
--
-- No table is locked. Code that reads must be ready for the value before anybody writes it.

-- before
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE job (id bigint PRIMARY KEY, state state);

-- migration
ALTER TYPE state ADD VALUE 'failed';

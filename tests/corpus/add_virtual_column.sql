-- A virtual column is computed when it is read.
-- from 18, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, first text, last text, n varchar(10));
-- script
ALTER TABLE account ADD COLUMN name text GENERATED ALWAYS AS (first || ' ' || last) VIRTUAL;
ALTER TABLE account ADD COLUMN twice int GENERATED ALWAYS AS (id * 2);
ALTER TABLE account ADD COLUMN given int GENERATED ALWAYS AS (id * 2) VIRTUAL NOT NULL;
ALTER TABLE account ADD COLUMN checked int GENERATED ALWAYS AS (id * 2) VIRTUAL CHECK (checked > 0);
ALTER TABLE account ALTER COLUMN twice SET NOT NULL;
ALTER TABLE account ALTER COLUMN twice TYPE bigint;
ALTER TABLE account ALTER COLUMN name TYPE varchar(100);
ALTER TABLE account ADD COLUMN stored int GENERATED ALWAYS AS (length(n)) STORED NOT NULL;
ALTER TABLE account ALTER COLUMN stored TYPE bigint;
ALTER TABLE account DROP COLUMN first CASCADE;
CREATE TABLE visit (id int, twice int GENERATED ALWAYS AS (id * 2), UNIQUE (id));

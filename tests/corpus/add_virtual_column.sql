-- A virtual column is computed when it is read.
-- from 18, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, first text, last text);
-- script
ALTER TABLE account ADD COLUMN name text GENERATED ALWAYS AS (first || ' ' || last) VIRTUAL;
ALTER TABLE account ADD COLUMN twice int GENERATED ALWAYS AS (id * 2);
ALTER TABLE account DROP COLUMN first CASCADE;

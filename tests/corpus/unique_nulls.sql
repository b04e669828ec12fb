-- NULLs that count as duplicates.
-- from 15, before it 42601
-- given
CREATE TABLE account (id int, a int);
-- script
ALTER TABLE account ADD CONSTRAINT one UNIQUE NULLS NOT DISTINCT (a);
CREATE UNIQUE INDEX ON account (id) NULLS NOT DISTINCT;

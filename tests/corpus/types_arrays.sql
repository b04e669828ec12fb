-- Arrays by the names that the catalog has for them.
-- given
CREATE TABLE account (id int, a text[], b int[]);
CREATE FUNCTION total(a int[]) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
-- script
ALTER TABLE account ALTER COLUMN a TYPE _text;
ALTER TABLE account ALTER COLUMN b TYPE _int4;
ALTER TABLE account ALTER COLUMN b TYPE pg_catalog._int8;
ALTER TABLE account ADD COLUMN c _varchar DEFAULT '{}';
ALTER TABLE account ADD COLUMN d _timestamptz;
ALTER TABLE account ADD COLUMN e _bpchar;
CREATE FUNCTION total(a _text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 2; END';
ALTER FUNCTION total(_text) STABLE;
DROP FUNCTION total(_int4);
DROP FUNCTION total(text[]);

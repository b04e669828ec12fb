-- Ranges, and types whose values the server keeps as they are given.
-- given
CREATE SCHEMA other;
CREATE DOMAIN real_number AS float8;
CREATE TYPE span AS RANGE (subtype = real_number);
CREATE TABLE measured (id int, within span, sets span_multirange, many span[]);
-- script
CREATE TYPE floatrange AS RANGE (subtype = float8, subtype_diff = float8mi);
CREATE TYPE other.times AS RANGE (subtype = time, multirange_type_name = other.many_times);
CREATE TYPE ranged AS RANGE (SUBTYPE = varchar(20), COLLATION = "C");
CREATE TYPE span AS RANGE (subtype = int);
CREATE TYPE shell;
CREATE TYPE shell;
CREATE FUNCTION mine_in(cstring) RETURNS shell LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION mine_out(shell) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE shell (INPUT = mine_in, OUTPUT = mine_out, INTERNALLENGTH = variable, STORAGE = extended);
ALTER TYPE shell SET (STORAGE = external);
ALTER TABLE measured ADD COLUMN a shell;
ALTER TABLE measured ADD COLUMN b other.many_times;
ALTER TYPE floatrange RENAME TO floats;
ALTER TYPE floats SET SCHEMA other;
ALTER TYPE floatmultirange RENAME TO sets;
DROP TYPE sets;
DROP TYPE other.floats;
DROP TYPE ranged;
DROP TYPE span;
ALTER DOMAIN real_number ADD CHECK (VALUE > 0);
DROP TYPE span CASCADE;
DROP TYPE other.times CASCADE;

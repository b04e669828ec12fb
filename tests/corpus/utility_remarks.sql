-- COMMENT ON takes a lock that lets reads and writes through; some statements touch no table at all.
-- given
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY, email text, CONSTRAINT known CHECK (email <> ''));
CREATE INDEX account_email ON account (email);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER watch BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE COLLATION plain FROM "C";
-- script
COMMENT ON TABLE account IS 'x';
COMMENT ON COLUMN account.email IS NULL;
COMMENT ON INDEX account_email IS 'x';
COMMENT ON CONSTRAINT known ON account IS 'x';
COMMENT ON CONSTRAINT account_pkey ON account IS 'x';
COMMENT ON TRIGGER watch ON account IS 'x';
COMMENT ON FUNCTION one() IS 'x';
COMMENT ON SCHEMA shop IS 'x';
COMMENT ON COLLATION plain IS 'x';
COMMENT ON TYPE int IS 'x';
COMMENT ON LANGUAGE plpgsql IS 'x';
COMMENT ON EXTENSION plpgsql IS 'x';
COMMENT ON CAST (int AS bigint) IS 'x';
COMMENT ON OPERATOR pg_catalog.+ (int, int) IS 'x';
COMMENT ON OPERATOR CLASS pg_catalog.int4_ops USING btree IS 'x';
COMMENT ON AGGREGATE pg_catalog.count(*) IS 'x';
COMMENT ON TABLE not_there IS 'x';
CHECKPOINT;
LOAD 'plpgsql';
LISTEN jobs;
NOTIFY jobs, 'x';
UNLISTEN *;
BEGIN;
NOTIFY jobs;
CHECKPOINT;
COMMIT;

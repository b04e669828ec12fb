-- Schemas are made, renamed and dropped, with what is in them.
-- given
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY);
CREATE TABLE shop.item (id int PRIMARY KEY, account_id int REFERENCES account);
CREATE INDEX item_account ON shop.item (account_id);
CREATE TABLE shop.part (id int PRIMARY KEY, item_id int REFERENCES shop.item);
CREATE TABLE basket (id int PRIMARY KEY, item_id int REFERENCES shop.item);
CREATE FUNCTION shop.one() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE COLLATION shop.plain FROM "C";
CREATE STATISTICS shop.both ON id, account_id FROM shop.item;
-- script
CREATE SCHEMA one;
CREATE SCHEMA IF NOT EXISTS one;
CREATE SCHEMA one;
CREATE SCHEMA pg_mine;
CREATE SCHEMA two AUTHORIZATION CURRENT_USER;
CREATE SCHEMA three CREATE TABLE t (a int PRIMARY KEY) CREATE TABLE u (b int REFERENCES t) CREATE INDEX i ON t (a) GRANT CREATE ON SCHEMA three TO PUBLIC;
CREATE SCHEMA four CREATE TABLE t (a int REFERENCES public.account);
ALTER SCHEMA two OWNER TO CURRENT_USER;
ALTER SCHEMA two RENAME TO zwei;
ALTER SCHEMA three RENAME TO drei;
ALTER SCHEMA zwei RENAME TO drei;
ALTER SCHEMA nil RENAME TO null_;
DROP SCHEMA zwei;
DROP SCHEMA zwei;
DROP SCHEMA IF EXISTS zwei, nil;
DROP SCHEMA drei;
DROP SCHEMA drei CASCADE;
ALTER SCHEMA shop RENAME TO store;
DROP SCHEMA store RESTRICT;
DROP SCHEMA store, four CASCADE;
BEGIN;
DROP SCHEMA one;
CREATE SCHEMA one;
ROLLBACK;

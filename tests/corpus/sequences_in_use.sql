-- What takes its numbers from a sequence keeps it there, and the table or column to which that belongs.
-- given
CREATE SCHEMA app;
CREATE SEQUENCE ticket;
CREATE TABLE one (id serial PRIMARY KEY, n int DEFAULT nextval('ticket'));
CREATE TABLE swapped (LIKE one INCLUDING ALL);
CREATE TABLE heir () INHERITS (one);
-- script
DROP SEQUENCE ticket;
DROP SEQUENCE one_id_seq;
DROP TABLE one, heir;
ALTER TABLE one DROP COLUMN id;
ALTER SEQUENCE ticket RENAME TO pass;
ALTER SEQUENCE pass SET SCHEMA app;
ALTER SCHEMA app RENAME TO shop;
DROP SEQUENCE shop.pass;
CREATE SEQUENCE ticket;
DROP SEQUENCE ticket;
ALTER TABLE swapped ALTER COLUMN id SET DEFAULT 0;
ALTER TABLE one DROP COLUMN id;
ALTER TABLE swapped ALTER COLUMN n DROP DEFAULT;
DROP SEQUENCE shop.pass CASCADE;
CREATE TABLE two (id serial, n serial);
CREATE VIEW behind AS SELECT last_value FROM two_id_seq;
DROP SEQUENCE two_n_seq;
DROP SEQUENCE two_n_seq, two_id_seq;
DROP SEQUENCE two_n_seq CASCADE;
DROP SEQUENCE two_id_seq CASCADE;
CREATE TABLE three (id serial);
CREATE TABLE four (LIKE three INCLUDING DEFAULTS);
DROP TABLE three;
DROP TABLE three, four;
CREATE TABLE five (id serial);
CREATE TABLE six (LIKE five INCLUDING DEFAULTS);
DROP TABLE five CASCADE;
CREATE TABLE seven (id serial);
CREATE TABLE eight (LIKE seven INCLUDING DEFAULTS);
ALTER TABLE seven DROP COLUMN id;
ALTER TABLE seven DROP COLUMN id CASCADE;

-- Names without a schema are looked for along the search path, and made in the first schema of it.
-- given
CREATE SCHEMA a;
CREATE SCHEMA b;
CREATE TABLE public.t (id int PRIMARY KEY, x int);
CREATE TABLE a.t (id int PRIMARY KEY, x int);
CREATE TABLE b.only_b (id int PRIMARY KEY, x int);
-- script
ALTER TABLE t ADD COLUMN one int;
SET search_path = a, b, public;
ALTER TABLE t ADD COLUMN two int;
ALTER TABLE only_b ADD COLUMN three int;
CREATE INDEX only_b_x ON only_b (x);
CREATE TABLE made (id int PRIMARY KEY, t_id int REFERENCES t, b_id int REFERENCES only_b);
CREATE TABLE only_b (id int);
ALTER TABLE only_b ADD COLUMN four int;
ALTER TABLE public.t ADD COLUMN five int;
DROP INDEX only_b_x;
BEGIN;
SET LOCAL search_path TO b;
CREATE TABLE t (id int);
CREATE INDEX ON t (id);
COMMIT;
ALTER TABLE t ADD COLUMN six int;
UPDATE t SET x = 1 WHERE id = 1;
SET search_path = '';
CREATE TABLE nowhere (a int);
ALTER TABLE t ADD COLUMN seven int;
ALTER TABLE a.t ADD COLUMN seven int;
RESET search_path;
DROP TABLE t;

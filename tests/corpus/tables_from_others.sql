-- Tables that get their shape from elsewhere.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text NOT NULL DEFAULT 'x', age int CHECK (age > 0), UNIQUE (email));
CREATE INDEX ON account (lower(email));
-- script
CREATE TABLE a (LIKE account);
CREATE TABLE b (first int, LIKE account INCLUDING ALL, last int);
CREATE TABLE c (LIKE account INCLUDING DEFAULTS INCLUDING CONSTRAINTS);
CREATE TABLE d (LIKE account INCLUDING ALL EXCLUDING INDEXES);
CREATE UNLOGGED TABLE e (id int PRIMARY KEY);
CREATE TEMP TABLE f (id int) ON COMMIT PRESERVE ROWS;
CREATE INDEX ON f (id);
CREATE TEMPORARY TABLE account (n int);
ALTER TABLE account ADD COLUMN m int;
CREATE INDEX ON public.account (age);
DROP TABLE account;
CREATE TABLE g AS SELECT id, email FROM account;
CREATE TABLE h (n, m) AS SELECT id, email FROM account WITH NO DATA;
CREATE TABLE IF NOT EXISTS g AS SELECT 1;
CREATE INDEX ON g (id);
DROP TABLE g, h;

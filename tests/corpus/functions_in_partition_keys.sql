-- A function that parts a table: the table cannot be without it.

-- given
CREATE FUNCTION bucket(id int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT id / 10';
CREATE FUNCTION other(id int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT id / 100';
CREATE TABLE visit (id int, note text) PARTITION BY RANGE (bucket(id));
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (10);
CREATE TABLE hit (id int) PARTITION BY LIST ((other(id) + 1));
CREATE TABLE plain (id int) PARTITION BY LIST (id);
CREATE VIEW visits AS SELECT id FROM visit;
-- script
DROP FUNCTION bucket(int);
DROP FUNCTION other;
ALTER FUNCTION other(int) RENAME TO another;
DROP FUNCTION another(int);
DROP FUNCTION another(int) CASCADE;
DROP FUNCTION bucket(int) CASCADE;
SELECT COLLATION FOR (relname) FROM pg_class;
SELECT id, collation for (id::text) FROM plain;

-- COPY, EXPLAIN, PREPARE and cursors.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other, note text);
INSERT INTO other VALUES (1), (2);
INSERT INTO account VALUES (1, 1, 'x'), (2, 2, NULL);
-- script
COPY account TO '/dev/null';
COPY (SELECT a.id FROM account a JOIN other o ON a.other_id = o.id) TO '/dev/null' (FORMAT csv, HEADER);
COPY account (id, note) FROM PROGRAM 'echo 7,x' WITH (FORMAT csv) WHERE id > 0;
COPY (DELETE FROM account WHERE id = 7 RETURNING id) TO '/dev/null';
COPY (WITH d AS (INSERT INTO account VALUES (8, 1) RETURNING id) SELECT d.id FROM d, other) TO '/dev/null';
EXPLAIN UPDATE account SET note = 'y';
EXPLAIN (ANALYZE false, FORMAT json) SELECT * FROM account JOIN other ON other_id = other.id;
EXPLAIN ANALYZE UPDATE account SET note = 'y';
EXPLAIN (ANALYZE, COSTS off) DELETE FROM account WHERE id = 7;
PREPARE p (int) AS SELECT * FROM account WHERE id = 1;
DEALLOCATE p;
DECLARE c CURSOR FOR SELECT * FROM account;
BEGIN;
DECLARE u CURSOR FOR SELECT * FROM account FOR UPDATE;
DECLARE c CURSOR FOR SELECT * FROM generate_series(1, 5);
FETCH 1 FROM c;
MOVE FORWARD 1 IN c;
CLOSE c;
COMMIT;
DECLARE h CURSOR WITH HOLD FOR SELECT * FROM other;
CLOSE ALL;
DEALLOCATE ALL;

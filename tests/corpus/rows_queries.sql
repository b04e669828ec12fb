-- Queries as statements: what they read, and which rows they lock.
-- given
CREATE TABLE other (id int PRIMARY KEY, name text);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other, note text);
CREATE TABLE visit (id serial PRIMARY KEY, account_id int);
INSERT INTO other VALUES (1, 'one'), (2, 'two');
INSERT INTO account VALUES (1, 1, 'x'), (2, 2, NULL);
-- script
SELECT 1;
VALUES (1), (2);
TABLE other;
SELECT * FROM account WHERE id = 1;
SELECT a.note, o.name FROM account a JOIN other AS o ON a.other_id = o.id;
SELECT (SELECT max(id) FROM visit), exists (SELECT FROM other) FROM account;
SELECT * FROM account FOR UPDATE;
SELECT * FROM account JOIN other ON other_id = other.id FOR SHARE OF account SKIP LOCKED;
WITH q AS (SELECT * FROM other) SELECT * FROM q JOIN account ON q.id = account.other_id;
WITH RECURSIVE q (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM q WHERE n < 3) SEARCH DEPTH FIRST BY n SET o SELECT * FROM q;
SELECT * FROM generate_series(1, 2) AS g (x), LATERAL (SELECT * FROM visit WHERE account_id = g.x) AS v;
SELECT setval('visit_id_seq', (SELECT coalesce(max(id), 1) FROM visit));
SELECT pg_advisory_lock(1);
SELECT pg_advisory_unlock(1);
SELECT count(*) FROM pg_class;
(SELECT id FROM other) UNION (SELECT id FROM account) ORDER BY 1;

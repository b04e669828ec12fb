-- Statements whose WITH writes, too.
-- given
CREATE TABLE other (id int PRIMARY KEY, name text);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other, note text);
CREATE TABLE old (id int, note text);
INSERT INTO other VALUES (1, 'one'), (2, 'two');
INSERT INTO account VALUES (1, 1, 'x'), (2, 2, NULL);
-- script
WITH moved AS (DELETE FROM account WHERE note IS NULL RETURNING id, note) INSERT INTO old SELECT * FROM moved;
WITH a AS (INSERT INTO other VALUES (3, 'three') RETURNING id), b AS (UPDATE account SET note = 'y' FROM other WHERE other.id = other_id) SELECT * FROM a, old;
INSERT INTO old WITH q AS (SELECT id, note FROM account) SELECT * FROM q;
INSERT INTO other SELECT id + 10, note FROM old ON CONFLICT (id) DO UPDATE SET name = (SELECT max(note) FROM account) RETURNING id;
UPDATE old SET note = (WITH q AS (SELECT name FROM other LIMIT 1) SELECT name FROM q) WHERE id = 1;

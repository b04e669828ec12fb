-- MERGE writes to one table what another has.
-- from 15, before it 42601
-- given
CREATE TABLE other (id int PRIMARY KEY, name text);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other, note text);
CREATE TABLE part (account_id int REFERENCES account ON DELETE CASCADE);
CREATE TABLE fresh (id int, note text);
INSERT INTO other VALUES (1, 'one'), (2, 'two');
INSERT INTO account VALUES (1, 1, 'x'), (2, 2, NULL);
INSERT INTO fresh VALUES (1, 'z'), (3, 'new');
-- script
MERGE INTO account AS a USING fresh AS f ON a.id = f.id WHEN MATCHED THEN UPDATE SET note = f.note WHEN NOT MATCHED THEN INSERT (id, note) VALUES (f.id, f.note);
MERGE INTO account USING (SELECT * FROM fresh WHERE id = 1) f ON account.id = f.id WHEN MATCHED AND f.note = 'z' THEN DELETE WHEN MATCHED THEN DO NOTHING;
WITH q AS (SELECT id FROM other) MERGE INTO fresh USING q ON fresh.id = q.id WHEN NOT MATCHED THEN INSERT DEFAULT VALUES;

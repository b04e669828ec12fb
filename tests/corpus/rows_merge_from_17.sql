-- MERGE that returns rows, and that knows whose rows do not match.
-- from 17, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, note text);
CREATE TABLE fresh (id int, note text);
INSERT INTO account VALUES (1, 'x'), (2, NULL);
INSERT INTO fresh VALUES (1, 'z'), (3, 'new');
-- script
MERGE INTO account USING fresh ON account.id = fresh.id WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING account.id;
MERGE INTO account USING fresh ON account.id = fresh.id WHEN NOT MATCHED BY TARGET THEN INSERT VALUES (fresh.id, fresh.note);
WITH q AS (MERGE INTO account USING fresh ON account.id = fresh.id WHEN MATCHED THEN DELETE RETURNING fresh.id) INSERT INTO fresh SELECT id FROM q;

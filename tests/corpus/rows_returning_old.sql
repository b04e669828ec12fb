-- RETURNING of rows as they were and as they are.
-- from 18, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, note text);
INSERT INTO account VALUES (1, 'x'), (2, NULL);
-- script
UPDATE account SET note = 'y' WHERE id = 1 RETURNING WITH (OLD AS o, NEW AS n) o.note, n.note;
DELETE FROM account WHERE id = 1 RETURNING old.note, new.note;

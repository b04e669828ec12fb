-- Rows are written and read; locks let others read and write.
-- given
CREATE TABLE other (id int PRIMARY KEY, name text);
CREATE TABLE account (id int PRIMARY KEY, other_id int REFERENCES other ON DELETE CASCADE ON UPDATE CASCADE, note text);
CREATE TABLE loose (id int, parent int, note text);
INSERT INTO other VALUES (1, 'one'), (2, 'two');
INSERT INTO account VALUES (1, 1, 'x'), (2, 2, NULL);
-- script
INSERT INTO other (id, name) VALUES (3, 'three');
INSERT INTO account (id, other_id) SELECT id + 10, id FROM other;
INSERT INTO loose SELECT id, other_id, note FROM account;
INSERT INTO other VALUES (1, 'again') ON CONFLICT (id) DO NOTHING;
UPDATE account SET note = 'y';
UPDATE account SET note = 'z' WHERE id = 1;
UPDATE account SET other_id = 3 WHERE note IS NULL;
UPDATE account SET note = o.name FROM other o WHERE o.id = account.other_id;
UPDATE loose SET note = (SELECT name FROM other WHERE other.id = loose.parent);
UPDATE other SET id = 5 WHERE id = 3;
DELETE FROM loose WHERE parent = 1;
DELETE FROM loose USING other WHERE other.id = loose.parent;
DELETE FROM other WHERE id = 1;
DELETE FROM account;
CREATE TABLE entry (id int PRIMARY KEY, account_id int REFERENCES account ON DELETE CASCADE, other_id int REFERENCES other (id));
CREATE TABLE part (entry_id int REFERENCES entry);
INSERT INTO account VALUES (20, 2), (21, NULL);
INSERT INTO entry (id, account_id, other_id) VALUES (1, 20, NULL), (2, 21, 2);
DELETE FROM account WHERE id = 20;
UPDATE other SET id = 9 WHERE name = 'none';
DELETE FROM other WHERE id = 1;

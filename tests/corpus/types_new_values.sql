-- What a transaction adds to an enum it cannot use before it ends.
-- given
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE feeling (id int PRIMARY KEY, mood mood DEFAULT 'ok', note text, old mood);
-- script
BEGIN;
ALTER TYPE mood ADD VALUE 'great';
INSERT INTO feeling VALUES (1, 'great', 'x', 'ok');
INSERT INTO feeling (mood, id) VALUES ('ok', 2), ('great', 3);
INSERT INTO feeling (note, id) VALUES ('great', 4);
UPDATE feeling SET mood = 'great';
UPDATE feeling SET note = 'great';
UPDATE feeling SET note = 'x' WHERE old = 'great'::mood;
DELETE FROM feeling WHERE old = CAST('great' AS mood);
ALTER TABLE feeling ALTER COLUMN mood SET DEFAULT 'great';
ALTER TABLE feeling ALTER COLUMN note SET DEFAULT 'great';
ALTER TABLE feeling ADD COLUMN last mood DEFAULT 'great';
CREATE TABLE other (mood mood DEFAULT 'great');
ALTER TYPE mood RENAME VALUE 'great' TO 'fine';
ALTER TABLE feeling ALTER COLUMN old SET DEFAULT 'fine';
ALTER TYPE mood RENAME VALUE 'sad' TO 'blue';
ALTER TABLE feeling ALTER COLUMN old SET DEFAULT 'blue';
ALTER TYPE mood RENAME TO temper;
ALTER TABLE feeling ALTER COLUMN old SET DEFAULT 'fine';
COMMIT;
ALTER TABLE feeling ALTER COLUMN old SET DEFAULT 'fine';
BEGIN;
CREATE TYPE made AS ENUM ('a');
CREATE TABLE uses (made made DEFAULT 'a');
ALTER TYPE made ADD VALUE 'b';
ALTER TABLE uses ALTER COLUMN made SET DEFAULT 'b';
COMMIT;
BEGIN;
ALTER TYPE temper ADD VALUE 'gone';
ROLLBACK;
ALTER TYPE temper ADD VALUE 'gone';

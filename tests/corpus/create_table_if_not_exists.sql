-- IF NOT EXISTS of what is there does nothing, whatever it says.
-- given
CREATE TABLE account (id int PRIMARY KEY, note text);
CREATE INDEX account_note ON account (note);
-- script
CREATE TABLE IF NOT EXISTS account (id bigint, other int REFERENCES account);
CREATE TABLE IF NOT EXISTS visit (account_id int REFERENCES account);
CREATE INDEX IF NOT EXISTS account_note ON account (id);
CREATE INDEX IF NOT EXISTS account_id ON account (id);
CREATE INDEX CONCURRENTLY IF NOT EXISTS account_note ON account (id);
ALTER TABLE account ADD COLUMN IF NOT EXISTS note int DEFAULT random();
ALTER TABLE account ADD COLUMN IF NOT EXISTS fax text;
DROP TABLE IF EXISTS nobody;
DROP INDEX IF EXISTS nobody_idx;
ALTER TABLE account DROP COLUMN IF EXISTS nobody;
ALTER TABLE account DROP CONSTRAINT IF EXISTS nobody;
DROP TABLE IF EXISTS visit;

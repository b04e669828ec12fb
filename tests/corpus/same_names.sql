-- The server tells of tables by names that several may have; a lock stays on a table that is renamed.
-- given
CREATE SCHEMA app;
CREATE TABLE account (id int PRIMARY KEY, a int);
CREATE TABLE app.account (id int PRIMARY KEY, a varchar(20), b int);
ALTER TABLE app.account ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES account;
-- script
BEGIN;
ALTER TABLE account ADD COLUMN b int;
ALTER TABLE app.account ALTER COLUMN a TYPE int USING 0;
ALTER TABLE account ALTER COLUMN a SET NOT NULL;
CREATE INDEX ON app.account (a);
ALTER TABLE account ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES account;
ALTER TABLE account RENAME TO person;
CREATE INDEX ON person (a);
COMMIT;

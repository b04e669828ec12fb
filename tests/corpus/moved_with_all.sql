-- What belongs to a table or reads it: moved with it, or taken along by CASCADE.
-- given
CREATE SCHEMA archive;
CREATE TABLE account (id int PRIMARY KEY, email text, age int, owner text);
CREATE TABLE visit (id int PRIMARY KEY, account_id int REFERENCES account);
CREATE VIEW grown AS SELECT id, email FROM account WHERE age > 17;
CREATE VIEW over_grown AS SELECT id FROM grown;
CREATE VIEW emails AS SELECT email FROM account;
CREATE POLICY mine ON account USING (owner = current_user);
CREATE POLICY adult ON account AS RESTRICTIVE USING (age > 17);
-- script
ALTER TABLE account SET SCHEMA archive;
ALTER TABLE archive.account DROP COLUMN age CASCADE;
ALTER TABLE archive.account DROP COLUMN owner CASCADE;
ALTER TABLE archive.account DROP COLUMN email CASCADE;
ALTER TABLE archive.account SET SCHEMA public;
DROP TABLE account CASCADE;

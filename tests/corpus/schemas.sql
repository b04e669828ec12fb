-- The same names in two schemas are two things.
-- given
CREATE SCHEMA one;
CREATE TABLE one.account (id int PRIMARY KEY, email text UNIQUE);
CREATE TABLE account (id int PRIMARY KEY, one_id int);
-- script
ALTER TABLE account ADD FOREIGN KEY (one_id) REFERENCES one.account;
CREATE INDEX account_email ON one.account (email);
CREATE INDEX account_email ON account (one_id);
CREATE TABLE one.visit (id int PRIMARY KEY, account_id int REFERENCES one.account, other_id int REFERENCES public.account);
ALTER TABLE one.account ALTER COLUMN email SET NOT NULL;
DROP INDEX one.account_email;
DROP TABLE one.visit;
ALTER TABLE one.account RENAME TO person;
DROP TABLE account;

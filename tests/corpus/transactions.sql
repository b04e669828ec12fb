-- Locks are held to the end; what is read is read under the strongest.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, email text, a int);
-- script
BEGIN;
ALTER TABLE account ADD COLUMN b text;
ALTER TABLE account ADD CONSTRAINT b_given CHECK (b IS NOT NULL) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT b_given;
CREATE INDEX account_email ON account (email);
ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other;
CREATE TABLE visit (id int PRIMARY KEY, account_id int);
ALTER TABLE visit ADD FOREIGN KEY (account_id) REFERENCES account;
CREATE INDEX ON visit (account_id);
COMMIT;
START TRANSACTION;
SET LOCAL lock_timeout = '2s';
DROP TABLE visit;
CREATE INDEX account_a ON account (a);
ROLLBACK;
SET lock_timeout = '1s';
ALTER TABLE account ALTER COLUMN b SET NOT NULL;
BEGIN;
UPDATE account SET a = 1 WHERE a IS NULL;
ALTER TABLE account ALTER COLUMN a SET NOT NULL;
DELETE FROM visit;
END;

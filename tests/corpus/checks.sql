-- CHECK, valid at once, NOT VALID, validated; and the names that PostgreSQL gives.
-- given
CREATE TABLE account (id int PRIMARY KEY, a int, b int);
-- script
ALTER TABLE account ADD CONSTRAINT a_positive CHECK (a > 0);
ALTER TABLE account ADD CHECK (a > 1);
ALTER TABLE account ADD CHECK (a > 2);
ALTER TABLE account ADD CHECK (a > b);
ALTER TABLE account ADD CHECK (1 < 2);
ALTER TABLE account ADD CHECK (b > 0) NOT VALID;
ALTER TABLE account VALIDATE CONSTRAINT account_b_check;
ALTER TABLE account VALIDATE CONSTRAINT account_b_check;
ALTER TABLE account VALIDATE CONSTRAINT a_positive;
ALTER TABLE account DROP CONSTRAINT a_positive;
ALTER TABLE account DROP CONSTRAINT account_a_check, ADD CONSTRAINT account_a_check CHECK (a > 5) NOT VALID;
ALTER TABLE account ADD CONSTRAINT one CHECK (a > 0), ADD CONSTRAINT two CHECK (b > 0) NOT VALID;
ALTER TABLE account ADD CONSTRAINT three CHECK (a > 0) NOT VALID, ADD CONSTRAINT four CHECK (b > 0) NOT VALID;

-- NOT NULL is a constraint with a name, under which it can go.
-- from 18, before it 42704
-- given
CREATE TABLE account (id int PRIMARY KEY, a int NOT NULL, b int CONSTRAINT b_given NOT NULL, c int NOT NULL, d int);
-- script
ALTER TABLE account DROP CONSTRAINT account_a_not_null;
ALTER TABLE account ALTER COLUMN a SET NOT NULL;
ALTER TABLE account DROP CONSTRAINT b_given;
ALTER TABLE account ALTER COLUMN b SET NOT NULL;
ALTER TABLE account RENAME COLUMN c TO e;
ALTER TABLE account RENAME TO person;
ALTER TABLE person DROP CONSTRAINT account_c_not_null, DROP CONSTRAINT account_b_not_null;
ALTER TABLE person ALTER COLUMN e SET NOT NULL, ALTER COLUMN d SET NOT NULL;
ALTER TABLE person RENAME CONSTRAINT person_d_not_null TO d_given;
ALTER TABLE person DROP CONSTRAINT d_given;
ALTER TABLE person ALTER COLUMN d SET NOT NULL;

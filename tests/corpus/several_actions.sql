-- ALTER TABLE takes its strongest lock first, whatever the order of its actions.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, a int, b int, c text);
ALTER TABLE account ADD CONSTRAINT later CHECK (a > 0) NOT VALID;
-- script
ALTER TABLE account VALIDATE CONSTRAINT later, ADD COLUMN d int;
ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other, ALTER COLUMN b SET NOT NULL;
ALTER TABLE account ADD COLUMN e int DEFAULT 1, ALTER COLUMN e SET NOT NULL, ADD UNIQUE (e);
ALTER TABLE account ADD COLUMN f int, ADD CHECK (f > 0) NOT VALID, DROP COLUMN c;
ALTER TABLE account DROP CONSTRAINT account_pkey, ADD PRIMARY KEY (id, b);
ALTER TABLE account ALTER COLUMN a TYPE bigint, ALTER COLUMN d SET DEFAULT 3;

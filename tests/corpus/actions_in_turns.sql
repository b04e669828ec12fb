-- The server does the actions of an ALTER TABLE in an order of its own: what is dropped goes first.
-- given
CREATE TABLE other (id cidr PRIMARY KEY, net inet UNIQUE);
CREATE TABLE account (id int PRIMARY KEY, a int, b int, c text, net inet REFERENCES other (net));
ALTER TABLE account ADD CONSTRAINT proof CHECK (a IS NOT NULL);
ALTER TABLE account ADD CONSTRAINT later CHECK (b IS NOT NULL) NOT VALID;
-- script
ALTER TABLE account ALTER COLUMN a SET NOT NULL, DROP CONSTRAINT proof;
ALTER TABLE account VALIDATE CONSTRAINT later, ALTER COLUMN b SET NOT NULL;
ALTER TABLE account ADD COLUMN c int CHECK (c > 0), DROP COLUMN c;
ALTER TABLE account ADD UNIQUE (d), ADD COLUMN d int;
ALTER TABLE account ADD CHECK (d > 1), ADD PRIMARY KEY (id, a), DROP CONSTRAINT account_pkey;
ALTER TABLE account ALTER COLUMN net TYPE inet;
ALTER TABLE account ALTER COLUMN d TYPE bigint, ALTER COLUMN net TYPE inet;

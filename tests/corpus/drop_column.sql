-- A column takes the indexes and constraints with it that it is part of.
-- given
CREATE TABLE other (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE account (
    id int PRIMARY KEY,
    email text UNIQUE,
    a int,
    b int,
    c int,
    d int REFERENCES other,
    e text REFERENCES other (code),
    f int,
    twice int GENERATED ALWAYS AS (f * 2) STORED,
    CHECK (a > b),
    CHECK (c > 0),
    UNIQUE (a, c)
);
CREATE INDEX account_a ON account (a);
CREATE INDEX account_include ON account (b) INCLUDE (c);
CREATE INDEX account_expression ON account ((a + b));
CREATE INDEX account_partial ON account (b) WHERE c > 0;
CREATE INDEX account_b ON account (b);
-- script
ALTER TABLE account DROP COLUMN c;
ALTER TABLE account DROP COLUMN a;
ALTER TABLE account DROP COLUMN d;
ALTER TABLE account DROP COLUMN f CASCADE;
ALTER TABLE account DROP email, DROP b;
ALTER TABLE account DROP COLUMN id;
ALTER TABLE other DROP COLUMN code CASCADE;

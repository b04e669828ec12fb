-- Constraints on the column are made anew, and a CHECK reads the rows each time.
-- given
CREATE TABLE other (id int PRIMARY KEY, code varchar(10) UNIQUE);
CREATE TABLE account (
    id int PRIMARY KEY,
    a varchar(10) CHECK (a <> ''),
    b varchar(10) REFERENCES other (code),
    c int REFERENCES other,
    d varchar(10) UNIQUE,
    e varchar(10),
    f varchar(10),
    CHECK (e <> f)
);
ALTER TABLE account ADD CONSTRAINT later CHECK (f <> '') NOT VALID;
-- script
ALTER TABLE account ALTER COLUMN a TYPE varchar(20);
ALTER TABLE account ALTER COLUMN b TYPE varchar(20);
ALTER TABLE other ALTER COLUMN code TYPE varchar(20);
ALTER TABLE account ALTER COLUMN c TYPE bigint;
ALTER TABLE other ALTER COLUMN id TYPE bigint;
ALTER TABLE account ALTER COLUMN d TYPE text;
ALTER TABLE account ALTER COLUMN e TYPE text;
ALTER TABLE account ALTER COLUMN a TYPE int USING length(a);

-- What rewrites, what is free, what builds an index.
-- given
CREATE TABLE account (
    id int PRIMARY KEY, a varchar(20), b varchar, c numeric(10, 2), d text, e int, f varchar(10), g timestamp,
    h smallint, i char(5), j varchar(10), k bit(4), l cidr, m text
);
CREATE INDEX account_a ON account (a);
CREATE INDEX account_g ON account (g);
CREATE INDEX account_lower ON account (lower(f));
CREATE INDEX account_partial ON account (e) WHERE j IS NOT NULL;
-- script
ALTER TABLE account ALTER COLUMN a TYPE varchar(40);
ALTER TABLE account ALTER COLUMN a TYPE varchar(40);
ALTER TABLE account ALTER COLUMN a TYPE text;
ALTER TABLE account ALTER COLUMN a TYPE varchar(40);
ALTER TABLE account ALTER b SET DATA TYPE text;
ALTER TABLE account ALTER COLUMN c TYPE numeric(12, 2);
ALTER TABLE account ALTER COLUMN c TYPE numeric(12, 4);
ALTER TABLE account ALTER COLUMN c TYPE numeric;
ALTER TABLE account ALTER COLUMN d TYPE varchar(50);
ALTER TABLE account ALTER COLUMN e TYPE bigint;
ALTER TABLE account ALTER COLUMN f TYPE varchar(20);
ALTER TABLE account ALTER COLUMN g TYPE timestamptz;
ALTER TABLE account ALTER COLUMN h TYPE int, ALTER COLUMN i TYPE varchar(5);
ALTER TABLE account ALTER COLUMN j TYPE varchar(20);
ALTER TABLE account ALTER COLUMN k TYPE varbit;
ALTER TABLE account ALTER COLUMN l TYPE inet;
ALTER TABLE account ALTER COLUMN m TYPE int USING m::int;
ALTER TABLE account ALTER COLUMN id TYPE bigint;

-- Indexes of hashes, elements or summaries are built anew where their operators are those of all arrays, ranges or enums.
-- given
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TABLE account (id int PRIMARY KEY, a varchar(10)[], b varchar(10), c varchar(10)[], d int4range, g int4range, e mood, f mood);
CREATE INDEX account_a ON account USING gin (a);
CREATE INDEX account_b ON account USING hash (b);
CREATE INDEX account_c ON account (c);
CREATE INDEX account_d ON account USING gist (d);
CREATE INDEX account_g ON account USING spgist (g);
CREATE INDEX account_h ON account USING brin (d);
CREATE INDEX account_e ON account USING hash (e);
CREATE INDEX account_f ON account (f);
-- script
ALTER TABLE account ALTER COLUMN a TYPE varchar[];
ALTER TABLE account ALTER COLUMN b TYPE varchar(20);
ALTER TABLE account ALTER COLUMN c TYPE varchar[];
ALTER TABLE account ALTER COLUMN d TYPE int4range;
ALTER TABLE account ALTER COLUMN g TYPE int4range;
ALTER TABLE account ALTER COLUMN e TYPE mood;
ALTER TABLE account ALTER COLUMN f TYPE mood;

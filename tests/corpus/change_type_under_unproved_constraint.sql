-- A CHECK that is not valid stays so, and reads nothing.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, a varchar(10), b int);
ALTER TABLE account ADD CONSTRAINT later CHECK (a <> '') NOT VALID;
ALTER TABLE account ADD CONSTRAINT some_time FOREIGN KEY (b) REFERENCES other NOT VALID;
-- script
ALTER TABLE account ALTER COLUMN a TYPE varchar(20);
ALTER TABLE account ALTER COLUMN b TYPE bigint;

-- Foreign keys go with the unique index on which they rest, the oldest that fits.
-- given
CREATE TABLE other (id int PRIMARY KEY, a int, b int);
CREATE UNIQUE INDEX first ON other (a);
CREATE UNIQUE INDEX second ON other (a);
CREATE UNIQUE INDEX third ON other (b) INCLUDE (a);
CREATE TABLE account (id int PRIMARY KEY, a int REFERENCES other (a), b int REFERENCES other (b));
-- script
DROP INDEX second CASCADE;
CREATE UNIQUE INDEX fourth ON other (a);
ALTER TABLE other ADD CONSTRAINT "unique" UNIQUE USING INDEX first;
ALTER TABLE other DROP CONSTRAINT "unique" CASCADE;
ALTER TABLE other ADD UNIQUE USING INDEX third;
ALTER TABLE other DROP COLUMN a CASCADE;
ALTER TABLE other ADD COLUMN a int;
CREATE UNIQUE INDEX fifth ON other (a);
ALTER TABLE account ADD FOREIGN KEY (a) REFERENCES other (a);
DROP INDEX fifth CASCADE;

-- A new column's foreign key is looked up if the column has a default; NULL is one, an identity is none.
-- given
CREATE TABLE other (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY);
-- script
ALTER TABLE account ADD COLUMN a int REFERENCES other;
ALTER TABLE account ADD COLUMN b int DEFAULT NULL REFERENCES other;
ALTER TABLE account ADD COLUMN c int DEFAULT 1 REFERENCES other;
ALTER TABLE account ADD COLUMN d int GENERATED ALWAYS AS IDENTITY REFERENCES other;
ALTER TABLE account ADD COLUMN e serial REFERENCES other;
ALTER TABLE account ADD COLUMN f int GENERATED ALWAYS AS (id + 1) STORED REFERENCES other;

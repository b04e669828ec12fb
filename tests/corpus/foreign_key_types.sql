-- The columns of a foreign key must be comparable.
-- given
CREATE TABLE other (id bigint PRIMARY KEY, code text UNIQUE, at timestamptz UNIQUE, u uuid UNIQUE);
CREATE TABLE account (id int, code varchar(10), u uuid, at date, n numeric, parent int, PRIMARY KEY (id));
-- script
ALTER TABLE account ADD FOREIGN KEY (n) REFERENCES other;
ALTER TABLE account ADD FOREIGN KEY (code) REFERENCES other;
ALTER TABLE account ADD FOREIGN KEY (id) REFERENCES other (u);
ALTER TABLE account ADD FOREIGN KEY (id) REFERENCES other;
ALTER TABLE account ADD FOREIGN KEY (code) REFERENCES other (code);
ALTER TABLE account ADD FOREIGN KEY (at) REFERENCES other (at);
ALTER TABLE account ADD FOREIGN KEY (parent) REFERENCES account;
ALTER TABLE account ADD COLUMN x text REFERENCES other;
ALTER TABLE account ADD COLUMN x smallint REFERENCES other;
ALTER TABLE account ALTER COLUMN x TYPE bigint;
ALTER TABLE account ALTER COLUMN x TYPE numeric;
ALTER TABLE other ALTER COLUMN at TYPE date;
ALTER TABLE other ALTER COLUMN id TYPE numeric;
ALTER TABLE other ALTER COLUMN id TYPE text;

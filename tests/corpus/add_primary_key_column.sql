-- A primary key as a new column without a value: no row can be there.
-- given
CREATE TABLE account (email text);
-- script
ALTER TABLE account ADD COLUMN id int PRIMARY KEY;

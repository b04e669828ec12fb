-- Split a column
--
-- One trigger keeps all three columns in step. Say what becomes of NULL on the way back: concat_ws leaves it out.

-- before
CREATE TABLE customer (id bigint PRIMARY KEY, name text NOT NULL);

-- migration
ALTER TABLE customer ADD COLUMN first_name text;
ALTER TABLE customer ADD COLUMN last_name text;
UPDATE customer SET first_name = split_part(name, ' ', 1), last_name = split_part(name, ' ', 2);
-- schemaguard: down = concat_ws(' ', first_name, nullif(last_name, ''))
ALTER TABLE customer DROP COLUMN name;

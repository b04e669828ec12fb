-- A schema that is made with what is in it.
-- given
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
-- script
CREATE SCHEMA shop
    CREATE TABLE item (id int PRIMARY KEY, name text)
    CREATE VIEW names AS SELECT name FROM item
    CREATE SEQUENCE numbers
    CREATE INDEX by_name ON item (name)
    CREATE TRIGGER stamped BEFORE UPDATE ON item FOR EACH ROW EXECUTE FUNCTION public.stamp();
ALTER TABLE shop.item ADD COLUMN price int;
DROP VIEW shop.names;
DROP SCHEMA shop CASCADE;

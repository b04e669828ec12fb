-- What is said of tables and columns is known: it stays through other changes, and few copies have it.
-- given
CREATE SCHEMA shop;
CREATE TYPE pair AS (a int, b int);
CREATE TABLE item (id int PRIMARY KEY, name text, "Odd.name" text);
COMMENT ON TABLE item IS 'what we sell';
COMMENT ON COLUMN item.name IS 'it''s \ "shown"';
CREATE VIEW names AS SELECT name FROM item;
-- script
COMMENT ON COLUMN public.item."Odd.name" IS 'odd';
COMMENT ON COLUMN item.id IS E'line\none';
COMMENT ON COLUMN item.id IS $$dollars$$;
COMMENT ON COLUMN names.name IS 'of a view';
COMMENT ON COLUMN pair.a IS 'of a type';
COMMENT ON COLUMN item.id IS '';
CREATE TABLE plain_copy (LIKE item);
CREATE TABLE whole_copy (LIKE item INCLUDING ALL);
CREATE TABLE other_copy (LIKE item INCLUDING COMMENTS);
CREATE TABLE heir (weight int) INHERITS (item);
ALTER TABLE item RENAME COLUMN name TO title;
ALTER TABLE item ALTER COLUMN title TYPE varchar(80);
ALTER TABLE item ALTER COLUMN title SET NOT NULL;
ALTER TABLE item RENAME TO goods;
ALTER TABLE goods SET SCHEMA shop;
COMMENT ON TABLE shop.goods IS NULL;
SET search_path = shop;
COMMENT ON COLUMN goods.title IS 'in another schema';
COMMENT ON TABLE goods IS 'found there';
RESET search_path;
CREATE TABLE event (day date, what text) PARTITION BY RANGE (day);
COMMENT ON COLUMN event.what IS 'happened';
CREATE TABLE event_a PARTITION OF event FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
COMMENT ON COLUMN event_a.what IS 'in January';
ALTER TABLE event DETACH PARTITION event_a;

-- Columns, rows and schemas of publications are there since 15.
-- from 15, before it 42601
-- given
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE TABLE shop.item (id int PRIMARY KEY);
-- script
CREATE PUBLICATION feed FOR TABLE account (id) WHERE (id > 7);
CREATE PUBLICATION shops FOR TABLES IN SCHEMA shop, CURRENT_SCHEMA;
CREATE PUBLICATION mixed FOR TABLE account, TABLES IN SCHEMA shop;
ALTER PUBLICATION feed SET TABLE account WHERE (id > 8);
ALTER PUBLICATION feed ADD TABLES IN SCHEMA shop;
ALTER PUBLICATION feed DROP TABLES IN SCHEMA shop;

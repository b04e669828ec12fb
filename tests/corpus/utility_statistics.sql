-- Extended statistics are written down under a lock that lets reads and writes through; no row is read.
-- given
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY, city text, zip text);
-- script
CREATE STATISTICS places ON city, zip FROM account;
CREATE STATISTICS IF NOT EXISTS places (ndistinct, dependencies) ON city, zip FROM account;
CREATE STATISTICS places ON city, zip FROM account;
CREATE STATISTICS shop.lowered (mcv) ON lower(city), (zip || 'x') FROM account;
CREATE STATISTICS one_expression ON (lower(zip)) FROM account;
CREATE STATISTICS alone ON city FROM account;
CREATE STATISTICS of_nothing ON a, b FROM not_there;
ALTER STATISTICS places SET STATISTICS 1000;
ALTER STATISTICS IF EXISTS nothing SET STATISTICS -1;
ALTER STATISTICS places OWNER TO CURRENT_USER;
ALTER STATISTICS places RENAME TO towns;
ALTER STATISTICS towns SET SCHEMA shop;
ALTER STATISTICS towns RENAME TO villages;
DROP STATISTICS shop.towns;
DROP STATISTICS IF EXISTS shop.towns, one_expression;
DROP STATISTICS nothing;
DROP TABLE account;

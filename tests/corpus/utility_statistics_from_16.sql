-- Extended statistics without a name get one. Since 16.
-- from 16, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, city text, zip text);
-- script
CREATE STATISTICS ON city, zip FROM account;
CREATE STATISTICS ON city, zip FROM account;
CREATE STATISTICS (mcv) ON city, lower(zip) FROM account;
DROP STATISTICS account_city_zip_stat1;

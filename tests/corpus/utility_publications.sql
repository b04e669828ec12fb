-- A publication locks the tables that it names, so that writes go through.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE TABLE visit (at date);
-- script
CREATE PUBLICATION none;
CREATE PUBLICATION feed FOR TABLE account;
CREATE PUBLICATION feed;
CREATE PUBLICATION two FOR TABLE ONLY account, visit WITH (publish = 'insert');
CREATE PUBLICATION whole FOR ALL TABLES;
ALTER PUBLICATION none ADD TABLE account;
ALTER PUBLICATION feed SET TABLE account, visit;
ALTER PUBLICATION feed DROP TABLE visit;
ALTER PUBLICATION feed SET (publish = 'insert, update');
ALTER PUBLICATION feed OWNER TO CURRENT_USER;
ALTER PUBLICATION feed RENAME TO news;
ALTER PUBLICATION feed ADD TABLE visit;
ALTER PUBLICATION news ADD TABLE not_there;
DROP PUBLICATION news, two;
DROP PUBLICATION IF EXISTS news;
CREATE SUBSCRIPTION schemaguard_u10 CONNECTION 'dbname=nowhere' PUBLICATION feed WITH (connect = false, slot_name = NONE, enabled = false);
ALTER SUBSCRIPTION schemaguard_u10 CONNECTION 'dbname=elsewhere';
ALTER SUBSCRIPTION schemaguard_u10 SET PUBLICATION news WITH (refresh = false);
ALTER SUBSCRIPTION schemaguard_u10 ADD PUBLICATION more WITH (refresh = false);
ALTER SUBSCRIPTION schemaguard_u10 DISABLE;
ALTER SUBSCRIPTION schemaguard_u10 SET (binary = true);
ALTER SUBSCRIPTION schemaguard_u10 OWNER TO CURRENT_USER;
ALTER SUBSCRIPTION schemaguard_u10 RENAME TO schemaguard_u11;
BEGIN;
CREATE SUBSCRIPTION schemaguard_u12 CONNECTION 'dbname=nowhere' PUBLICATION feed;
COMMIT;
DROP SUBSCRIPTION schemaguard_u11;
DROP SUBSCRIPTION IF EXISTS schemaguard_u11;

-- GRANT and REVOKE lock nothing that queries wait for.
-- given
CREATE SCHEMA shop;
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE TABLE shop.item (id int PRIMARY KEY);
CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';
-- script
CREATE ROLE schemaguard_u1;
CREATE ROLE schemaguard_u2 NOLOGIN;
GRANT SELECT ON account TO PUBLIC;
GRANT SELECT, INSERT ON TABLE account, shop.item TO schemaguard_u1 WITH GRANT OPTION;
GRANT SELECT (id, email), UPDATE (email) ON account TO schemaguard_u2;
GRANT ALL PRIVILEGES ON ALL TABLES IN SCHEMA public, shop TO schemaguard_u1;
GRANT USAGE ON SCHEMA shop TO schemaguard_u1 GRANTED BY CURRENT_USER;
GRANT EXECUTE ON FUNCTION one() TO schemaguard_u1;
GRANT USAGE ON LANGUAGE plpgsql TO schemaguard_u1;
REVOKE GRANT OPTION FOR INSERT ON account FROM schemaguard_u1 CASCADE;
REVOKE SELECT ON account FROM PUBLIC;
REVOKE ALL ON account, shop.item FROM schemaguard_u1, schemaguard_u2 CASCADE;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM schemaguard_u1;
REVOKE ALL ON ALL FUNCTIONS IN SCHEMA public FROM schemaguard_u1;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT SELECT ON TABLES TO schemaguard_u1;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop REVOKE SELECT ON TABLES FROM schemaguard_u1;
GRANT schemaguard_u1 TO schemaguard_u2;
GRANT schemaguard_u1 TO schemaguard_u2 WITH ADMIN OPTION;
REVOKE ADMIN OPTION FOR schemaguard_u1 FROM schemaguard_u2;
REVOKE schemaguard_u1 FROM schemaguard_u2 CASCADE;
REASSIGN OWNED BY schemaguard_u1 TO CURRENT_USER;
DROP OWNED BY schemaguard_u1, schemaguard_u2;
DROP ROLE schemaguard_u1, schemaguard_u2;

-- Policies of a table, some of which read other tables.
-- given
CREATE TABLE org (id int PRIMARY KEY);
CREATE TABLE account (id int PRIMARY KEY, org_id int, name text);
-- script
CREATE POLICY own ON account USING (name = current_user);
CREATE POLICY own ON account USING (true);
CREATE POLICY ours ON account AS RESTRICTIVE FOR SELECT TO PUBLIC USING (org_id IN (SELECT o.id FROM org o));
CREATE POLICY viewed ON account FOR INSERT WITH CHECK (EXISTS (SELECT 1 FROM org WHERE org.id = org_id));
CREATE POLICY plain ON account;
ALTER POLICY own ON account USING (name = current_user AND org_id > 0) WITH CHECK (org_id = (SELECT max(id) FROM org));
ALTER POLICY own ON account TO CURRENT_USER;
ALTER POLICY other ON account TO CURRENT_USER;
ALTER POLICY own ON account RENAME TO mine;
ALTER POLICY mine ON account RENAME TO ours;
ALTER POLICY own ON account RENAME TO none_such;
DROP POLICY own ON account;
DROP POLICY IF EXISTS own ON account;
DROP POLICY mine ON account;
ALTER TABLE account RENAME TO person;
DROP POLICY ours ON person RESTRICT;
DROP POLICY IF EXISTS viewed ON person CASCADE;
DROP TABLE person;

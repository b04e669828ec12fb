-- Views read tables; what they show cannot change its type, nor go without them.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text, age int, note text);
CREATE TABLE visit (id int PRIMARY KEY, account_id int);
-- script
CREATE VIEW grown AS SELECT id, email FROM account WHERE age > 17;
CREATE OR REPLACE VIEW grown AS SELECT id, email, age FROM account;
CREATE VIEW all_visits (visit, who) AS SELECT v.id, a.email FROM visit v JOIN account a ON a.id = v.account_id;
CREATE VIEW over_grown WITH (security_barrier) AS SELECT id FROM grown WITH CHECK OPTION;
CREATE MATERIALIZED VIEW ages AS SELECT age, count(*) AS number FROM account GROUP BY age;
CREATE MATERIALIZED VIEW IF NOT EXISTS later AS SELECT id FROM visit WITH NO DATA;
CREATE MATERIALIZED VIEW IF NOT EXISTS later AS SELECT 1;
ALTER TABLE account ALTER COLUMN age TYPE bigint;
ALTER TABLE account DROP COLUMN email;
ALTER TABLE account ALTER COLUMN note TYPE varchar;
DROP TABLE visit;
REFRESH MATERIALIZED VIEW later;
REFRESH MATERIALIZED VIEW ages WITH NO DATA;
ALTER TABLE account RENAME COLUMN age TO years;
ALTER TABLE account RENAME TO person;
ALTER TABLE person DROP COLUMN years;
DROP VIEW grown;
DROP VIEW IF EXISTS nothing;
DROP VIEW grown CASCADE;
DROP MATERIALIZED VIEW ages;
DROP TABLE visit CASCADE;

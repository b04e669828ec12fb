-- A domain's NOT NULL is a constraint.
-- from 17, before it 42601
-- given
CREATE DOMAIN age AS int;
CREATE TABLE person (id int PRIMARY KEY, age age);
-- script
ALTER DOMAIN age ADD CONSTRAINT present NOT NULL;
ALTER DOMAIN age RENAME CONSTRAINT present TO there;
ALTER DOMAIN age ADD NOT NULL;
ALTER DOMAIN age DROP CONSTRAINT there;
ALTER DOMAIN age SET NOT NULL;
ALTER DOMAIN age VALIDATE CONSTRAINT age_check;
ALTER DOMAIN age DROP CONSTRAINT age_not_null;

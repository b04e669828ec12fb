-- TRUNCATE locks all that it empties; what others refer to it empties together with them, or not at all.
-- given
CREATE TABLE account (id serial PRIMARY KEY);
CREATE TABLE visit (id int PRIMARY KEY, account_id int REFERENCES account);
CREATE TABLE page (id int PRIMARY KEY, visit_id int REFERENCES visit);
CREATE TABLE bare (id int, parent int);
-- script
TRUNCATE bare;
TRUNCATE TABLE ONLY bare RESTART IDENTITY;
TRUNCATE page CONTINUE IDENTITY RESTRICT;
TRUNCATE account, visit, page;
TRUNCATE account CASCADE;
TRUNCATE ONLY visit, bare RESTART IDENTITY CASCADE;
TRUNCATE account;
TRUNCATE visit, account;
TRUNCATE not_there;
TRUNCATE account_pkey;
BEGIN;
TRUNCATE bare;
ROLLBACK;

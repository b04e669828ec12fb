-- VACUUM and ANALYZE of a table without those that inherit from it.
-- from 18, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
-- script
VACUUM ONLY account;
VACUUM (FULL) ONLY account;
ANALYZE ONLY account (id);
ANALYZE account *;

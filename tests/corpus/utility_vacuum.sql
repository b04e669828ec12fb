-- VACUUM lets reads and writes through; with FULL it writes the table anew while nobody can use it.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE TABLE visit (id int PRIMARY KEY, account_id int REFERENCES account);
CREATE TABLE bare (id int);
-- script
VACUUM account;
VACUUM VERBOSE account, visit;
VACUUM FREEZE account;
VACUUM ANALYZE account (id, email), visit;
VACUUM (INDEX_CLEANUP off, TRUNCATE off, PARALLEL 0, PROCESS_TOAST false) account;
VACUUM (FULL off) account;
VACUUM;
VACUUM FULL account;
VACUUM (FULL, ANALYZE) visit, bare;
VACUUM FULL;
ANALYZE account;
ANALYZE VERBOSE account (email), bare;
ANALYZE (VERBOSE, SKIP_LOCKED) visit;
ANALYZE;
BEGIN;
ANALYZE account;
COMMIT;
BEGIN;
VACUUM account;
ROLLBACK;
ANALYZE account (not_there);
ANALYZE account (id, id);
VACUUM account (id);

-- Options of VACUUM and ANALYZE, and forms of REINDEX, that 16 brought.
-- from 16, before it 42601
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
-- script
VACUUM (PROCESS_MAIN, BUFFER_USAGE_LIMIT '256 kB') account;
VACUUM (ONLY_DATABASE_STATS);
VACUUM (SKIP_DATABASE_STATS) account;
ANALYZE (BUFFER_USAGE_LIMIT 0) account;
REINDEX DATABASE;
REINDEX SYSTEM;

BEGIN;
SET LOCAL lock_timeout = '2s';
CREATE INDEX CONCURRENTLY account_email ON account (email);
COMMIT;

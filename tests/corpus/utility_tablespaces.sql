-- What is in a tablespace moves to another: copied while nobody can use it, all locked before the first.
-- given
CREATE TABLE account (id int PRIMARY KEY, email text);
CREATE TABLE visit (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE visit_now PARTITION OF visit FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE INDEX visit_id ON visit (id);
CREATE UNLOGGED TABLE kept (id int);
CREATE MATERIALIZED VIEW total AS SELECT count(*) AS n FROM account;
CREATE VIEW mails AS SELECT email FROM account;
-- script
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE schemaguard_t1 LOCATION '';
ALTER TABLE ALL IN TABLESPACE pg_default SET TABLESPACE schemaguard_t1;
ALTER INDEX ALL IN TABLESPACE pg_default SET TABLESPACE schemaguard_t1 NOWAIT;
ALTER MATERIALIZED VIEW ALL IN TABLESPACE pg_default OWNED BY CURRENT_USER SET TABLESPACE schemaguard_t1;
-- more is said than seen: what has been moved before is no longer there
ALTER TABLE ALL IN TABLESPACE pg_default OWNED BY CURRENT_USER SET TABLESPACE schemaguard_t1 NOWAIT;
ALTER TABLE ALL IN TABLESPACE schemaguard_t1 SET TABLESPACE schemaguard_t1;
ALTER TABLE ALL IN TABLESPACE pg_global SET TABLESPACE schemaguard_t1;
ALTER TABLE ALL IN TABLESPACE schemaguard_t1 SET TABLESPACE pg_global;
ALTER TABLE account SET TABLESPACE pg_default;
ALTER TABLE account SET TABLESPACE schemaguard_t1;
ALTER INDEX account_pkey SET TABLESPACE pg_default;
ALTER TABLE visit SET TABLESPACE pg_default;
BEGIN;
ALTER MATERIALIZED VIEW ALL IN TABLESPACE schemaguard_t1 SET TABLESPACE pg_default NOWAIT;
ALTER INDEX ALL IN TABLESPACE schemaguard_t1 SET TABLESPACE pg_default;
COMMIT;
-- more is said than seen: the partitioned table has been moved before
ALTER TABLE ALL IN TABLESPACE schemaguard_t1 SET TABLESPACE pg_default;
DROP TABLESPACE schemaguard_t1;

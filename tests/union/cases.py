"""The dangers that linters look for, by their short names: a script with each, and the rules that report it."""
# ruff: noqa: E501 - a danger a line

from dataclasses import dataclass

from schemaguard.phase import Phase
from tests.subtle.cases import GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Danger:
    """A script with a danger, or one that linters take for dangerous."""

    #: The short name that stands in ``names.txt``.
    name: str
    sql: str
    #: Each of them has to report it, those among them too that are off by default. None: nobody may.
    rules: frozenset[str]
    given: str = GIVEN
    #: The major that the migration is meant for; None: any.
    pg: int | None = None
    #: Its minor release; None: unknown.
    minor: int | None = None
    phase: Phase = Phase.EXPAND
    #: In milliseconds; 0: the runner has set none.
    lock_timeout: int = 2_000
    #: Sent as one string, which PostgreSQL runs in one transaction.
    one_string: bool = False


def danger(name: str, sql: str, *rules: str, given: str = "", **more: object) -> Danger:
    """Reported by each of the rules."""
    assert rules, "of what nobody reports it is said to be harmless"
    return Danger(name=name, sql=sql, rules=frozenset(rules), given=GIVEN + given, **more)  # type: ignore[arg-type]  # fields


def harmless(name: str, sql: str, *, given: str = "", **more: object) -> Danger:
    """Reported by nobody: linters that report it err."""
    return Danger(name=name, sql=sql, rules=frozenset(), given=GIVEN + given, **more)  # type: ignore[arg-type]  # fields


_CHECKED = "ALTER TABLE account ADD CONSTRAINT p CHECK (email IS NOT NULL);"
_KEY = "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id);"
_MOOD = "CREATE TYPE mood AS ENUM ('good', 'bad'); CREATE TABLE person (id bigint PRIMARY KEY, m mood);"
_PARTED = "CREATE TABLE k (a int NOT NULL, b int) PARTITION BY RANGE (a); CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (9);"
_TRIGGER = "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';"

ADDING_A_COLUMN = (
    danger("add-column-visible", "ALTER TABLE account ADD COLUMN x int;", "stale-plan"),
    danger("add-column-volatile-default", "ALTER TABLE account ADD COLUMN x uuid DEFAULT gen_random_uuid();", "rewriting-column"),
    harmless("add-column-volatile-default", "ALTER TABLE account ADD COLUMN x timestamptz DEFAULT now();"),
    harmless("add-column-default-pg10", "ALTER TABLE account ADD COLUMN x int NOT NULL DEFAULT 1;"),
    danger("add-column-not-null-no-default", "ALTER TABLE account ADD COLUMN x int NOT NULL;", "required-column"),
    danger("add-column-not-null-default-dropped-later", "ALTER TABLE account ADD COLUMN x int NOT NULL DEFAULT 1;\nALTER TABLE account ALTER COLUMN x DROP DEFAULT;", "changed-default"),
    danger("add-column-serial", "ALTER TABLE account ADD COLUMN x bigserial;", "rewriting-column"),
    danger("add-column-identity", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS IDENTITY;", "rewriting-column"),
    danger("add-column-stored-generated", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (age + 1) STORED;", "rewriting-column"),
    harmless("add-column-virtual-generated", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (n + 1) VIRTUAL;", pg=18),
    danger("add-column-virtual-generated", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (n + 1) VIRTUAL NOT NULL;", "set-not-null", pg=18),
    danger("add-column-inline-check", "ALTER TABLE account ADD COLUMN x int CHECK (x > 0);", "scanning-check"),
    harmless("add-column-inline-fk", "ALTER TABLE account ADD COLUMN x bigint REFERENCES other (id);"),
    danger("add-column-inline-fk", "ALTER TABLE account ADD COLUMN x bigint DEFAULT NULL REFERENCES other (id);", "scanning-foreign-key"),
    danger("add-column-inline-unique", "ALTER TABLE account ADD COLUMN x text UNIQUE;", "blocking-unique"),
    danger("add-column-inline-pk", "ALTER TABLE k ADD COLUMN x bigserial PRIMARY KEY;", "rewriting-column", given="CREATE TABLE k (a int);"),
    danger("add-column-constrained-domain", "CREATE DOMAIN d AS int CHECK (VALUE > 0);\nALTER TABLE account ADD COLUMN x d;", "rewriting-column"),
)  # fmt: skip

CHANGING_A_COLUMN = (
    danger("alter-type-rewrite", "ALTER TABLE account ALTER COLUMN age TYPE bigint;", "rewriting-type-change"),
    danger("alter-type-index-rebuild", "ALTER TABLE account ALTER COLUMN name TYPE text;", "rewriting-type-change", given="CREATE INDEX i ON account (lower(name));", phase=Phase.CONTRACT),
    danger("alter-type-check-recheck", "ALTER TABLE account ALTER COLUMN name TYPE text;", "rewriting-type-change", given="ALTER TABLE account ADD CHECK (name <> '');", phase=Phase.CONTRACT),
    danger("alter-type-fk-column", "ALTER TABLE account ALTER COLUMN other_id TYPE int;", "rewriting-type-change", given=_KEY, phase=Phase.CONTRACT),
    danger("alter-type-blocked", "ALTER TABLE account ALTER COLUMN name TYPE text;", "refused", given="CREATE VIEW v AS SELECT name FROM account;", phase=Phase.CONTRACT),
    danger("alter-type-blocked", "ALTER TABLE k ALTER COLUMN a TYPE bigint;", "refused", given=_PARTED, phase=Phase.CONTRACT),
    danger("alter-type-narrowing", "ALTER TABLE account ALTER COLUMN name TYPE varchar(10);", "rewriting-type-change", "refused", phase=Phase.CONTRACT),
    danger("alter-type-cached-plan", "ALTER TABLE account ALTER COLUMN name TYPE text;", "stale-plan"),
    danger("alter-type-using-tz", "SET timezone = 'UTC';\nALTER TABLE account ALTER COLUMN born TYPE timestamptz USING born AT TIME ZONE 'UTC';", "rewriting-type-change"),
    danger("set-not-null", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;", "set-not-null", phase=Phase.CONTRACT),
    harmless("set-not-null-proven", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;", given=_CHECKED, phase=Phase.CONTRACT),
    danger("set-not-null-and-drop-check-one-statement", "ALTER TABLE account ALTER COLUMN email SET NOT NULL, DROP CONSTRAINT p;", "set-not-null", given=_CHECKED, phase=Phase.CONTRACT),
    danger("set-not-null-old-writers", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;", "tightened"),
    harmless("pg18-not-null-not-valid", "ALTER TABLE account ADD CONSTRAINT p NOT NULL email NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT p;", pg=18, phase=Phase.CONTRACT),
    danger("pg18-not-null-not-valid", "ALTER TABLE account ADD CONSTRAINT p NOT NULL email;", "set-not-null", pg=18, phase=Phase.CONTRACT),
    danger("drop-not-null", "ALTER TABLE account ALTER COLUMN n DROP NOT NULL;", "loosened-column"),
    danger("drop-not-null", "ALTER TABLE account ALTER COLUMN id DROP NOT NULL;", "refused"),
    danger("set-default", "ALTER TABLE account ALTER COLUMN n SET DEFAULT 2;", "changed-default"),
    danger("drop-default", "ALTER TABLE account ALTER COLUMN n DROP DEFAULT;", "changed-default"),
    danger("alter-identity", "ALTER TABLE k ALTER COLUMN a SET GENERATED ALWAYS;", "changed-generation", given="CREATE TABLE k (a int GENERATED BY DEFAULT AS IDENTITY);"),
    danger("alter-generated-expression", "ALTER TABLE k ALTER COLUMN b SET EXPRESSION AS (a + 2);", "rewriting-table", given="CREATE TABLE k (a int, b int GENERATED ALWAYS AS (a + 1) STORED);", pg=17),
    danger("alter-generated-expression", "ALTER TABLE k ALTER COLUMN b DROP EXPRESSION;", "changed-generation", given="CREATE TABLE k (a int, b int GENERATED ALWAYS AS (a + 1) STORED);"),
    danger("rename-column", "ALTER TABLE account RENAME COLUMN note TO remark;", "renamed-column"),
    danger("collation-change", 'ALTER TABLE account ALTER COLUMN note TYPE text COLLATE "C";', "rewriting-type-change", given="CREATE INDEX i ON account (note);", phase=Phase.CONTRACT),
    harmless("set-storage-compression", "ALTER TABLE account ALTER COLUMN note SET STORAGE EXTERNAL, ALTER COLUMN note SET COMPRESSION pglz;"),
    harmless("set-statistics/options", "ALTER TABLE account ALTER COLUMN age SET STATISTICS 500, SET (fillfactor = 70);", lock_timeout=0),
)  # fmt: skip

DROPPING = (
    danger("drop-column", "ALTER TABLE account DROP COLUMN note;", "dropped-column"),
    danger("drop-column-loses-constraint", "ALTER TABLE account DROP COLUMN note;", "taken-along", given="ALTER TABLE account ADD UNIQUE (age, note);", phase=Phase.CONTRACT),
    danger("drop-column-cascade", "ALTER TABLE account DROP COLUMN note CASCADE;", "taken-along", given="CREATE VIEW v AS SELECT note FROM account;"),
    danger("drop-column-cascade", "ALTER TABLE other DROP COLUMN id CASCADE;", "taken-along", given=_KEY, phase=Phase.CONTRACT),
    harmless("drop-column-cascade", "ALTER TABLE account DROP COLUMN note CASCADE;", given="CREATE INDEX i ON account (note);", phase=Phase.CONTRACT),
    danger("drop-table", "DROP TABLE account;", "dropped-table"),
    danger("drop-table-many-fks", "DROP TABLE k;", "dropped-with-keys", given="CREATE TABLE k (a bigint REFERENCES account, b bigint REFERENCES other);", phase=Phase.CONTRACT),
    danger("drop-table-cascade", "DROP TABLE other CASCADE;", "taken-along", given=_KEY, phase=Phase.CONTRACT),
    danger("create-table-force", "DROP TABLE IF EXISTS account;\nCREATE TABLE account (id bigint PRIMARY KEY);", "dropped-table"),
    danger("drop-schema", "DROP SCHEMA s CASCADE;", "dropped-schema", given="CREATE SCHEMA s; CREATE TABLE s.t (a int);"),
    danger("drop-database", "DROP DATABASE shop;", "dropped-database"),
    danger("truncate", "TRUNCATE account;", "truncated-table"),
    danger("truncate", "TRUNCATE other;", "refused", given=_KEY),
    danger("truncate-cascade", "TRUNCATE other CASCADE;", "cascading-truncate", given=_KEY),
    danger("rename-table", "ALTER TABLE account RENAME TO person;", "renamed-table"),
    danger("rename-schema", "ALTER SCHEMA s RENAME TO t;", "renamed-schema", given="CREATE SCHEMA s; CREATE TABLE s.t (a int);"),
    danger("rename-other", "ALTER FUNCTION f() RENAME TO g;", "renamed-object", given="CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
    harmless("rename-other", "ALTER INDEX i RENAME TO j;", given="CREATE INDEX i ON account (age);"),
    danger("set-schema", "ALTER TABLE account SET SCHEMA s;", "moved-table", given="CREATE SCHEMA s;"),
    danger("drop-view/matview/function/type/domain/sequence/extension", "DROP VIEW v;", "dropped-view", given="CREATE VIEW v AS SELECT id FROM account;"),
    danger("drop-view/matview/function/type/domain/sequence/extension", "DROP FUNCTION f();", "dropped-object", given="CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
    danger("drop-view/matview/function/type/domain/sequence/extension", "DROP TYPE mood;", "refused", given=_MOOD),
    danger("replace-view/function", "CREATE OR REPLACE VIEW v AS SELECT id FROM account;", "dropped-view", given="CREATE VIEW v AS SELECT id, age FROM account;"),
    danger("replace-view/function", "CREATE OR REPLACE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 2';", "changed-object", given="CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
    danger("drop-constraint", "ALTER TABLE account DROP CONSTRAINT f;", "missing-lock-timeout", given=_KEY, lock_timeout=0),
    danger("drop-constraint", "ALTER TABLE other DROP CONSTRAINT other_code_key;", "dropped-uniqueness"),
    danger("drop-constraint", "ALTER TABLE other DROP CONSTRAINT other_pkey CASCADE;", "taken-along", given=_KEY, phase=Phase.CONTRACT),
    danger("drop-primary-key / replica identity", "ALTER TABLE account REPLICA IDENTITY NOTHING;", "lost-replica-identity"),
    danger("drop-trigger", "DROP TRIGGER t ON account;", "switched-trigger", given=_TRIGGER + "CREATE TRIGGER t BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION note();"),
    danger("drop-policy / revoke / RLS on", "ALTER TABLE account ENABLE ROW LEVEL SECURITY;", "hidden-rows"),
    danger("drop-policy / revoke / RLS on", "REVOKE SELECT ON account FROM PUBLIC;", "revoked-privilege"),
    danger("drop-policy / revoke / RLS on", "DROP POLICY p ON account;", "changed-policy", given="CREATE POLICY p ON account USING (true);"),
)  # fmt: skip

CONSTRAINTS = (
    danger("add-check", "ALTER TABLE account ADD CHECK (age > 0);", "scanning-check"),
    danger("add-foreign-key", "ALTER TABLE account ADD FOREIGN KEY (other_id) REFERENCES other (id);", "scanning-foreign-key"),
    danger("fk-in-create-table", "CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint REFERENCES account);", "missing-lock-timeout", lock_timeout=0),
    danger("fk-partitioned", "ALTER TABLE k ADD FOREIGN KEY (b) REFERENCES account (id) NOT VALID;", "refused", given=_PARTED, pg=17, phase=Phase.CONTRACT),
    harmless("fk-partitioned", "ALTER TABLE k ADD FOREIGN KEY (b) REFERENCES account (id) NOT VALID;", given=_PARTED, pg=18, phase=Phase.CONTRACT),
    danger("validate-same-transaction", "BEGIN;\nALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT c;\nCOMMIT;", "scan-under-lock"),
    danger("validate-same-statement", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID, VALIDATE CONSTRAINT c;", "scan-under-lock"),
    danger("add-unique", "ALTER TABLE account ADD UNIQUE (email);", "blocking-unique"),
    danger("add-primary-key", "ALTER TABLE k ADD PRIMARY KEY (a);", "blocking-unique", given="CREATE TABLE k (a int NOT NULL);"),
    danger("pk-using-index-nullable", "ALTER TABLE k ADD PRIMARY KEY USING INDEX i;", "blocking-unique", given="CREATE TABLE k (a int); CREATE UNIQUE INDEX i ON k (a);", phase=Phase.CONTRACT),
    danger("add-exclusion", "ALTER TABLE account ADD EXCLUDE USING btree (age WITH =);", "blocking-exclusion"),
    danger("unique-data-dependent", "CREATE UNIQUE INDEX CONCURRENTLY i ON account (email);", "existing-duplicates", phase=Phase.CONTRACT),
    danger("add-exclusion", "ALTER TABLE account ADD EXCLUDE USING btree (age WITH =);", "existing-duplicates", phase=Phase.CONTRACT),
    danger("not-null/constraint-rejects-old-writes", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;", "tightened"),
    danger("fk-without-index", "ALTER TABLE account ADD FOREIGN KEY (other_id) REFERENCES other (id) NOT VALID;", "unindexed-foreign-key"),
    danger("fk-many-tables", "BEGIN;\nALTER TABLE account ADD FOREIGN KEY (other_id) REFERENCES other (id) NOT VALID;\nALTER TABLE account ADD FOREIGN KEY (id) REFERENCES k NOT VALID;\nCOMMIT;", "foreign-keys-at-once", given="CREATE TABLE k (id bigint PRIMARY KEY);"),
    harmless("alter-constraint", "ALTER TABLE account ALTER CONSTRAINT f DEFERRABLE;", given=_KEY, phase=Phase.CONTRACT),
    danger("domain-add-constraint", "ALTER DOMAIN d ADD CHECK (VALUE > 0);", "scanning-domain", given="CREATE DOMAIN d AS int; CREATE TABLE k (a d);"),
    danger("domain-add-constraint", "ALTER DOMAIN d VALIDATE CONSTRAINT c;", "scanning-domain", given="CREATE DOMAIN d AS int; CREATE TABLE k (a d); ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;"),
    danger("partitioned-unique-key", "ALTER TABLE k ADD UNIQUE (b);", "refused", given=_PARTED),
)  # fmt: skip

INDEXES = (
    danger("create-index", "CREATE INDEX i ON account (email);", "blocking-index"),
    harmless("new-table exemption", "CREATE TABLE visit (id bigint PRIMARY KEY, a int);\nCREATE INDEX ON visit (a);"),
    danger("drop-index", "DROP INDEX i;", "missing-lock-timeout", given="CREATE INDEX i ON account (email);", lock_timeout=0),
    danger("drop-index-in-use", "DROP INDEX CONCURRENTLY i;", "dropped-uniqueness", given="CREATE UNIQUE INDEX i ON account (email);"),
    danger("drop-constraint-index", "DROP INDEX account_pkey;", "refused"),
    danger("concurrently-in-transaction", "BEGIN;\nCREATE INDEX CONCURRENTLY i ON account (email);\nCOMMIT;", "concurrently-in-transaction"),
    harmless("concurrently-in-transaction", "BEGIN;\nREFRESH MATERIALIZED VIEW CONCURRENTLY m;\nCOMMIT;", given="CREATE MATERIALIZED VIEW m AS SELECT id FROM account; CREATE UNIQUE INDEX ON m (id);"),
    danger("cic-invalid-leftover", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON account (email);", "invalid-leftover"),
    danger("cic-lock-timeout", "SET lock_timeout = '2s';\nCREATE INDEX CONCURRENTLY i ON account (email);", "concurrently-with-timeout"),
    danger("cic-partitioned", "CREATE INDEX CONCURRENTLY i ON k (b);", "refused", given=_PARTED),
    danger("reindex", "REINDEX TABLE account;", "blocking-reindex"),
    danger("index-corruption-14", "CREATE INDEX CONCURRENTLY i ON account (email);", "corrupting-build", pg=14),
    danger("index-corruption-14", "REINDEX TABLE CONCURRENTLY account;", "corrupting-build", pg=14, minor=3),
    harmless("index-corruption-14", "CREATE INDEX CONCURRENTLY i ON account (email);", pg=14, minor=4),
    danger("alter-index", "ALTER INDEX i SET TABLESPACE fast;", "rewriting-table", given="CREATE INDEX i ON account (email);"),
    harmless("alter-index", "ALTER INDEX i SET (fillfactor = 70);", given="CREATE INDEX i ON account (email);", lock_timeout=0),
)  # fmt: skip

PARTITIONS = (
    danger("attach-partition", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", "scanning-partition", given=_PARTED + "CREATE TABLE k2 (a int NOT NULL, b int);"),
    danger("attach-partition", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", "scanning-partition", given=_PARTED + "CREATE TABLE k2 (a int NOT NULL, b int, CHECK (a >= 9 AND a < 19)); CREATE INDEX ON k (b);"),
    harmless("attach-partition", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", given=_PARTED + "CREATE TABLE k2 (a int NOT NULL, b int, CHECK (a >= 9 AND a < 19));"),
    danger("create-partition-of", "CREATE TABLE k2 PARTITION OF k FOR VALUES FROM (9) TO (19);", "blocking-partition", given=_PARTED),
    danger("detach-partition", "ALTER TABLE k DETACH PARTITION k1;", "blocking-detach", "detached-partition", given=_PARTED),
    danger("drop-partition", "DROP TABLE k1;", "blocking-detach", given=_PARTED, phase=Phase.CONTRACT),
    danger("default-partition", "CREATE TABLE k2 PARTITION OF k FOR VALUES FROM (9) TO (19);", "scanning-partition", given=_PARTED + "CREATE TABLE kd PARTITION OF k DEFAULT;"),
    danger("alter-parent-only", "ALTER TABLE ONLY k ADD COLUMN c int;", "refused", given=_PARTED),
    danger("inherit / no inherit", "ALTER TABLE account INHERIT k;", "missing-lock-timeout", given="CREATE TABLE k (age int);", lock_timeout=0),
)  # fmt: skip

WHOLE_TABLES = (
    danger("vacuum-full / cluster / repack", "VACUUM FULL account;", "compacted-table"),
    danger("vacuum-full / cluster / repack", "CLUSTER account USING account_pkey;", "compacted-table"),
    danger("set-logged-unlogged", "ALTER TABLE account SET UNLOGGED;", "rewriting-table"),
    danger("set-tablespace", "ALTER TABLE account SET TABLESPACE fast;", "rewriting-table"),
    danger("set-access-method", "ALTER TABLE account SET ACCESS METHOD columnar;", "rewriting-table", pg=15),
    danger("lock-table", "BEGIN;\nLOCK TABLE account;\nCOMMIT;", "locked-table"),
    danger("refresh-matview", "REFRESH MATERIALIZED VIEW m;", "blocking-refresh", given="CREATE MATERIALIZED VIEW m AS SELECT id FROM account;"),
    danger("create-trigger", "CREATE TRIGGER t BEFORE UPDATE ON account FOR EACH ROW EXECUTE FUNCTION note();", "new-trigger", given=_TRIGGER),
    danger("disable-trigger", "ALTER TABLE account DISABLE TRIGGER ALL;", "switched-trigger"),
    danger("create-rule", "CREATE RULE r AS ON DELETE TO account DO INSTEAD NOTHING;", "rewritten-statements"),
    danger("matview-with-data", "CREATE MATERIALIZED VIEW m AS SELECT id FROM account;", "filled-view"),
)  # fmt: skip

TYPES = (
    harmless("enum-add-value-in-tx", "BEGIN;\nALTER TYPE mood ADD VALUE 'so so';\nCOMMIT;", given=_MOOD, phase=Phase.CONTRACT),
    danger("enum-add-and-use", "BEGIN;\nALTER TYPE mood ADD VALUE 'so so';\nALTER TABLE person ALTER COLUMN m SET DEFAULT 'so so';\nCOMMIT;", "unusable-enum-value", given=_MOOD),
    danger("enum-rename-value", "ALTER TYPE mood RENAME VALUE 'good' TO 'fine';", "renamed-enum-value", given=_MOOD),
    danger("enum-add-value-consumers", "ALTER TYPE mood ADD VALUE 'so so';", "new-enum-value", given=_MOOD),
    danger("composite-type", "ALTER TYPE pair DROP ATTRIBUTE b;", "changed-composite", given="CREATE TYPE pair AS (a int, b int);"),
    danger("drop-type-cascade", "DROP TYPE mood CASCADE;", "dropped-type", given=_MOOD),
    danger("alter-sequence", "ALTER SEQUENCE s AS smallint;", "changed-sequence", given="CREATE SEQUENCE s;"),
    danger("sequence-not-reset", "INSERT INTO k (id) VALUES (7);", "sequence-left-behind", given="CREATE TABLE k (id bigserial PRIMARY KEY);"),
)  # fmt: skip

TRANSACTIONS = (
    danger("missing-lock-timeout", "ALTER TABLE account ADD COLUMN x int;", "missing-lock-timeout", lock_timeout=0),
    danger("missing-statement-timeout / idle / application_name", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nCOMMIT;", "missing-idle-timeout", "missing-statement-timeout"),
    danger("lock-timeout-too-long / zero", "SET lock_timeout = '10min';\nALTER TABLE account ADD COLUMN x int;", "long-lock-timeout"),
    danger("lock-timeout-after", "ALTER TABLE account ADD COLUMN x int;\nSET lock_timeout = '2s';", "missing-lock-timeout", lock_timeout=0),
    danger("set-local-outside-tx", "SET LOCAL lock_timeout = '2s';", "set-local-outside-transaction"),
    danger("timeout-not-in-effect", "BEGIN;\nSET lock_timeout = '2s';\nROLLBACK;\nALTER TABLE account ADD COLUMN x int;", "timeout-not-in-effect", lock_timeout=0),
    danger("hold-access-exclusive", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nSELECT 1;\nCOMMIT;", "statement-while-locked"),
    danger("multi-table-tx", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nALTER TABLE other ADD COLUMN x int;\nCOMMIT;", "several-locked-tables"),
    danger("multi-alter-same-table", "ALTER TABLE account ADD COLUMN x int;\nALTER TABLE account ADD COLUMN y int;", "several-alterations"),
    danger("ddl-and-dml-mixed", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nUPDATE account SET x = 1;\nCOMMIT;", "scan-under-lock"),
    danger("ddl-and-dml-mixed", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nUPDATE account SET x = 1 WHERE age > 7;\nCOMMIT;", "scan-under-lock", "statement-while-locked"),
    danger("pending-trigger-events", "BEGIN;\nUPDATE account SET other_id = 1 WHERE id = 3;\nALTER TABLE account ADD COLUMN x int;\nCOMMIT;", "refused", given="ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id) DEFERRABLE INITIALLY DEFERRED;"),
    danger("non-tx-statement-with-others", "CREATE INDEX CONCURRENTLY i ON account (email);\nALTER TABLE account ADD COLUMN x int;", "mixed-autocommit"),
    danger("multi-statement-string", "DROP INDEX CONCURRENTLY i;\nCREATE INDEX CONCURRENTLY i ON account (email, age);", "concurrently-in-transaction", given="CREATE INDEX i ON account (email);", one_string=True),
)  # fmt: skip

ROWS = (
    danger("update-without-where", "UPDATE account SET age = 1;", "update-of-all-rows"),
    danger("update-unbatched", "UPDATE account SET age = 1 WHERE age IS NULL;", "update-of-all-rows"),
    danger("delete-without-where", "DELETE FROM account;", "unbounded-delete"),
    danger("do-block / dynamic SQL", "DO $$ BEGIN EXECUTE 'DROP TABLE ' || current_user; END $$;", "unread"),
    danger("do-block / dynamic SQL", "DO $$ BEGIN CREATE INDEX i ON account (email); END $$;", "blocking-index"),
    danger("writes-blocked-while-validating", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nALTER TABLE account VALIDATE CONSTRAINT c;\nCOMMIT;", "scan-under-lock", given="ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;"),
)  # fmt: skip

#: What is no fact of PostgreSQL, nor of a migration's text, and why it is not for lint to say.
NOT_OURS = {
    "add-column-sti-discriminator": "that an ORM takes a column called `type` for a class is a fact of the ORM, not of the database",
    "column-default-callable": "a default that Python computes never reaches the SQL: what does, a column without one, is judged as such",
    "drop-column-still-mapped": "which columns the code maps the code says: `schemaguard check` asks the statements of both versions",
    "extension-managed tables": "what DDL does to a hypertable or a distributed table its extension decides, release by release",
    "savepoint-retry": "subtransactions cost beyond 64 open ones in a transaction: how often a loop runs its text does not say",
    "rows-affected-limit / dry run / backup": "how many rows a statement finds only the database knows; whole tables are reported as such",
    "orm-irreversible": "schemaguard never runs downgrade(): each step of its plans has an undo of its own, or says that it has none",
    "orm-model-import": "what a migration imports is Python's: its statements are read in whatever way it makes them",
    "app-code-in-same-change": "in which order code and migrations are deployed the gates of `schemaguard apply` see to, not lint",
    "big-table / hot-table / many-connections": "size makes no danger but weighs it: with --database-url findings say how long they take",
    "disk-headroom / replica-lag / long build": "whether disk and replicas bear it the runner sees while it works; findings tell the bytes",
    "lock-trace": "that is a way to find out, and no danger: tests/corpus traces each statement on servers",
}

DANGERS = (
    *ADDING_A_COLUMN,
    *CHANGING_A_COLUMN,
    *DROPPING,
    *CONSTRAINTS,
    *INDEXES,
    *PARTITIONS,
    *WHOLE_TABLES,
    *TYPES,
    *TRANSACTIONS,
    *ROWS,
)

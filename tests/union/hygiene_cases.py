"""The conventions that linters hold people to, by their short names: scripts against them, and scripts within them."""
# ruff: noqa: E501 - a convention a line

from tests.union.cases import danger

_LONG = "name_that_is_longer_than_the_sixty_three_bytes_that_postgresql_keeps"
_VISIT = "CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint, page text, seen timestamptz);"
_POINTS = "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id)"
_CODED = "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (name) REFERENCES other (code)"

#: Each of the rules has to report it.
CONVENTIONS = (
    danger("add-column-json", "ALTER TABLE account ADD COLUMN x json;", "json-column"),
    danger("validate-missing", "ALTER TABLE account ADD COLUMN x int;", "left-unvalidated", given="ALTER TABLE account ADD CONSTRAINT p CHECK (age > 0) NOT VALID;"),
    danger("fk-without-index", f"{_POINTS} NOT VALID;", "unindexed-foreign-key"),
    danger("fk-type-mismatch", f"{_CODED} NOT VALID;", "mismatched-foreign-key"),
    danger("fk-on-delete/deferrable/nullable/collation", f"{_POINTS} NOT VALID;", "unsaid-delete", "nullable-foreign-key"),
    danger("fk-on-delete/deferrable/nullable/collation", f"{_POINTS} ON DELETE CASCADE NOT VALID;", "cascading-delete", "nullable-foreign-key"),
    danger("constraint-not-enforced", "ALTER TABLE account ADD CONSTRAINT p CHECK (age > 0) NOT ENFORCED;", "unenforced-constraint", pg=18),
    danger("constraint-not-enforced", f"{_POINTS} NOT ENFORCED;", "unenforced-constraint", pg=18),
    danger("check-volatile", "ALTER TABLE account ADD CONSTRAINT p CHECK (seen < now()) NOT VALID;", "unstable-check"),
    danger("check-volatile", "CREATE TABLE k (a float CHECK (a < random()));", "unstable-check"),
    danger("domain-with-constraint", "CREATE DOMAIN d AS int CHECK (VALUE > 0);", "constrained-domain"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account (id);", "redundant-index"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account (age);", "redundant-index", given="CREATE INDEX old ON account (age, n);"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account (age, n);", "redundant-index", given="CREATE INDEX old ON account (age);"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account (age, age);", "repeated-index-column"),
    danger("redundant-constraint/index", "CREATE TABLE k (a int NOT NULL UNIQUE);", "unique-as-key"),
    danger("table-without-pk", "CREATE TABLE k (a int);", "keyless-table"),
    danger("index-wide", "CREATE INDEX CONCURRENTLY i ON account (age, n, name, email);", "wide-index"),
    danger("index-name-required / IF NOT EXISTS", "CREATE INDEX CONCURRENTLY ON account (age);", "unnamed-index"),
    danger("index-name-required / IF NOT EXISTS", "ALTER TABLE account ADD UNIQUE (email);", "unnamed-constraint"),
    danger("default-partition", "CREATE TABLE k (a int) PARTITION BY RANGE (a);\nCREATE TABLE k1 PARTITION OF k DEFAULT;", "default-partition"),
    danger("autovacuum-off / toast / lz4 / column order", "ALTER TABLE account SET (autovacuum_enabled = false);", "autovacuum-off"),
    danger("unlogged-table", "CREATE UNLOGGED TABLE k (a int);", "unlogged-table"),
    danger("enum-value-ordering", "ALTER TYPE mood ADD VALUE 'so-so';", "unplaced-enum-value", given="CREATE TYPE mood AS ENUM ('good', 'bad');"),
    danger("enum-creating / removing", "CREATE TYPE mood AS ENUM ('good', 'bad');", "enum-type"),
    danger("multi-alter-same-table", "ALTER TABLE account ADD COLUMN x int;\nALTER TABLE account ADD COLUMN y int;", "several-alterations"),
    danger("non-tx-statement-with-others", "ALTER TABLE account ADD COLUMN x int;\nCREATE INDEX CONCURRENTLY i ON account (age);", "mixed-autocommit", "unrepeatable"),
    danger("transaction-nesting", "BEGIN;\nBEGIN;\nALTER TABLE account ADD COLUMN x int;\nCOMMIT;", "nested-transaction"),
    danger("uncommitted-transaction", "BEGIN;\nALTER TABLE account ADD COLUMN x int;", "uncommitted-transaction"),
    danger("insert-in-migration", "INSERT INTO account (id) VALUES (1);", "inserted-rows"),
    danger("analyze-after-backfill", "UPDATE account SET age = 1;", "missing-analyze"),
    danger("analyze-after-backfill", "ALTER TABLE account ALTER COLUMN name TYPE varchar(40);", "missing-analyze"),
    danger("analyze-after-backfill", "CREATE INDEX CONCURRENTLY i ON account (lower(name));", "missing-analyze"),
    danger("duplicate-column-assignment", "UPDATE account SET age = 1, age = 2 WHERE id = 1;", "refused"),
    danger("duplicate-column-assignment", "INSERT INTO account (id, age, age) VALUES (1, 2, 3);", "refused"),
    danger("security-definer", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN RETURN 1; END';", "unpinned-search-path"),
    danger("grant-widening / superuser / role", "GRANT SELECT ON account TO PUBLIC;", "granted-to-public"),
    danger("grant-widening / superuser / role", "ALTER ROLE app SUPERUSER;", "powerful-role"),
    danger("grant-widening / superuser / role", "ALTER TABLE account OWNER TO app;", "changed-owner"),
    danger("create-extension", "CREATE EXTENSION pg_trgm;", "installed-extension"),
    danger("prefer-robust / IF [NOT] EXISTS", "ALTER TABLE account DROP COLUMN flag;\nALTER TABLE account DROP COLUMN bits;", "unrepeatable"),
    danger("prefer-robust / IF [NOT] EXISTS", "ALTER TABLE account ADD COLUMN IF NOT EXISTS age text;", "skipped-creation"),
    danger("create-table-if-not-exists-existing", "CREATE TABLE IF NOT EXISTS account (id bigint PRIMARY KEY);", "skipped-creation"),
    danger("prefer-bigint / smallint", "CREATE TABLE k (a int PRIMARY KEY, b smallint);", "small-key", "small-integer"),
    danger("prefer-identity", "CREATE TABLE k (a bigserial PRIMARY KEY);", "serial-column"),
    danger("prefer-text", "ALTER TABLE account ADD COLUMN x varchar(10);", "limited-text"),
    danger("prefer-timestamptz", "ALTER TABLE account ADD COLUMN x timestamp;", "zoneless-timestamp"),
    danger("ban-char / money / float / timestamp(0)", "CREATE TABLE k (a char(3), b money, c float, d timestamptz(0));", "char-column", "money-column", "float-column", "coarse-timestamp"),
    danger("naming / identifier length / quoted case / schema-qualified / comments / required columns", f'ALTER TABLE account ADD COLUMN {_LONG} int, ADD COLUMN "eMail" text;', "long-name", "quoted-name", "misnamed", "unqualified-name", "uncommented-column"),
    danger("naming / identifier length / quoted case / schema-qualified / comments / required columns", "CREATE TABLE public.k (a int PRIMARY KEY);", "uncommented-table", "missing-column"),
)  # fmt: skip

#: None of the rules may report it.
WITHIN = (
    danger("validate-missing", "ALTER TABLE account ADD CONSTRAINT p CHECK (age > 0) NOT VALID;", "left-unvalidated"),
    danger("validate-missing", "ALTER TABLE other ADD COLUMN x int;", "left-unvalidated", given="ALTER TABLE account ADD CONSTRAINT p CHECK (age > 0) NOT VALID;"),
    danger("fk-without-index", f"{_POINTS} NOT VALID;", "unindexed-foreign-key", given="CREATE INDEX i ON account (other_id, age);"),
    danger("fk-without-index", "ALTER TABLE account VALIDATE CONSTRAINT f;", "unindexed-foreign-key", given=f"{_POINTS} NOT VALID;"),
    danger("fk-type-mismatch", f"{_POINTS} NOT VALID;", "mismatched-foreign-key"),
    danger("check-volatile", "ALTER TABLE account ADD CONSTRAINT p CHECK (lower(name) = name) NOT VALID;", "unstable-check"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account (age DESC NULLS LAST);", "redundant-index", given="CREATE INDEX old ON account (age, n);"),
    danger("redundant-constraint/index", "CREATE UNIQUE INDEX CONCURRENTLY i ON account (age);", "redundant-index", given="CREATE INDEX old ON account (age, n);"),
    danger("redundant-constraint/index", "CREATE INDEX CONCURRENTLY i ON account USING gin (tags);", "redundant-index", given="CREATE INDEX old ON account (tags, n);"),
    danger("redundant-constraint/index", "CREATE UNIQUE INDEX CONCURRENTLY i ON account (email);\nALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX i;", "redundant-index"),
    danger("table-without-pk", "CREATE TABLE k (LIKE account INCLUDING INDEXES);", "keyless-table"),
    danger("table-without-pk", "ALTER TABLE k RENAME TO l;", "keyless-table", given="CREATE TABLE k (a int);"),
    danger("table-without-pk", "CREATE TABLE k (a int);\nDROP TABLE k;", "keyless-table"),
    danger("index-wide", "CREATE INDEX CONCURRENTLY i ON account (age) INCLUDE (n, name, email);", "wide-index"),
    danger("index-name-required / IF NOT EXISTS", "CREATE TABLE k (a int PRIMARY KEY);", "unnamed-constraint"),
    danger("autovacuum-off / toast / lz4 / column order", "ALTER TABLE account SET (autovacuum_enabled = on, fillfactor = 70);", "autovacuum-off"),
    danger("analyze-after-backfill", "UPDATE account SET age = 1 WHERE id = 1;", "missing-analyze"),
    danger("analyze-after-backfill", "UPDATE account SET age = 1;\nANALYZE;", "missing-analyze"),
    danger("analyze-after-backfill", f"{_VISIT} CREATE INDEX i ON visit (lower(page));", "missing-analyze"),
    danger("duplicate-column-assignment", "UPDATE account SET tags[1] = 'a', tags[2] = 'b' WHERE id = 1;", "refused"),
    danger("security-definer", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql SECURITY INVOKER AS 'BEGIN RETURN 1; END';", "unpinned-search-path"),
    danger("prefer-robust / IF [NOT] EXISTS", "ALTER TABLE account ADD COLUMN x int;", "unrepeatable", "skipped-creation"),
    danger("prefer-robust / IF [NOT] EXISTS", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nALTER TABLE account ADD COLUMN y int;\nCOMMIT;", "unrepeatable"),
    danger("prefer-robust / IF [NOT] EXISTS", "SET lock_timeout = '1s';\nALTER TABLE account ADD COLUMN x int;\nRESET lock_timeout;", "unrepeatable"),
    danger("prefer-robust / IF [NOT] EXISTS", "ALTER TABLE account ADD COLUMN x int;\nALTER TABLE account ADD COLUMN y int;", "unrepeatable", one_string=True),
    danger("create-table-if-not-exists-existing", "CREATE TABLE IF NOT EXISTS k (a int);", "skipped-creation"),
    danger("naming / identifier length / quoted case / schema-qualified / comments / required columns", f"DROP TABLE IF EXISTS {_LONG};\nCREATE TEMPORARY TABLE k (a int);", "long-name", "misnamed", "uncommented-table", "uncommented-column", "missing-column"),
)  # fmt: skip

#: What is no question to a statement, and where it is answered.
ELSEWHERE = {
    "index-kind-advice": "which operator class or kind of index is best hangs on the queries, which `schemaguard record` knows and a migration does not",
    "orm-execute-opaque": "op.execute is read like all other SQL; what cannot be read is reported as unread",
    "migration-order": "several-heads, in tests/test_whole_migrations.py; what is applied already only the database knows",
    "suppression-hygiene": "idle-allow, in tests/test_whole_migrations.py; a comment without a reason is taken",
}  # fmt: skip

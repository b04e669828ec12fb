"""The cases: scripts, and which of their statements deserve a report, counted from 1."""
# ruff: noqa: E501 - a case a line

from dataclasses import dataclass

from schemaguard.phase import Phase

GIVEN = """
CREATE TABLE other (id bigint PRIMARY KEY, code text UNIQUE, note text);
CREATE TABLE account (
    id bigint PRIMARY KEY, email text, name varchar(20), age int, note text, born timestamp, seen timestamptz,
    score numeric(10, 2), other_id bigint, tags varchar(20)[], doc json, net cidr, bits bit(8), flag char(3),
    day date, n int NOT NULL DEFAULT 1
);
"""
#: A table that no history tells of.
UNKNOWN = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A script, and what is to be said of it."""

    title: str
    sql: str
    #: The statements of which an error or a warning is to be told. None other may have one.
    reported: frozenset[int] = frozenset()
    #: The statements of which it is to be told that it depends.
    depends: frozenset[int] = frozenset()
    given: str | None = GIVEN
    pg: int | None = None
    phase: Phase = Phase.EXPAND
    #: None: the runner's own time-outs are set.
    lock_timeout: int | None = 2_000


def safe(title: str, sql: str, *, given: str | None = GIVEN, pg: int | None = None, **more: object) -> Case:
    """Nobody waits, breaks or loses anything."""
    return Case(title=title, sql=sql, given=given, pg=pg, **more)  # type: ignore[arg-type]  # fields


def bad(
    title: str, sql: str, *at: int, given: str | None = GIVEN, pg: int | None = None, **more: object
) -> Case:
    """The statements ``at`` are dangerous; without any it is the last."""
    found = frozenset(at) if at else frozenset({sql.strip().rstrip(";").count(";\n") + 1})
    return Case(title=title, sql=sql, reported=found, given=given, pg=pg, **more)  # type: ignore[arg-type]


def hangs(
    title: str, sql: str, *at: int, given: str | None = UNKNOWN, pg: int | None = None, **more: object
) -> Case:
    """Of the statements ``at`` nobody can know without more facts; without any it is the last."""
    found = frozenset(at) if at else frozenset({sql.strip().rstrip(";").count(";\n") + 1})
    return Case(title=title, sql=sql, depends=found, given=given, pg=pg, **more)  # type: ignore[arg-type]


DEFAULTS = (
    safe("now() is stable", "ALTER TABLE account ADD COLUMN x timestamptz DEFAULT now();"),
    safe("CURRENT_TIMESTAMP is stable", "ALTER TABLE account ADD COLUMN x timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;"),
    safe("statement_timestamp() is stable", "ALTER TABLE account ADD COLUMN x timestamptz DEFAULT statement_timestamp();"),
    safe("date arithmetic", "ALTER TABLE account ADD COLUMN x timestamptz DEFAULT now() - interval '1 day';"),
    safe("an empty array", "ALTER TABLE account ADD COLUMN x int[] DEFAULT array[]::int[];"),
    safe("lower of a literal", "ALTER TABLE account ADD COLUMN x text DEFAULT lower('X');"),
    safe("jsonb_build_object()", "ALTER TABLE account ADD COLUMN x jsonb DEFAULT jsonb_build_object();"),
    safe("a cast literal", "ALTER TABLE account ADD COLUMN x jsonb NOT NULL DEFAULT '{}'::jsonb;"),
    safe("NULL", "ALTER TABLE account ADD COLUMN x text DEFAULT NULL;"),
    safe("current_user", "ALTER TABLE account ADD COLUMN x text DEFAULT current_user;"),
    safe("timezone('utc', now())", "ALTER TABLE account ADD COLUMN x timestamp DEFAULT timezone('utc', now());"),
    bad("random()", "ALTER TABLE account ADD COLUMN x float8 DEFAULT random();"),
    bad("clock_timestamp()", "ALTER TABLE account ADD COLUMN x timestamptz DEFAULT clock_timestamp();"),
    bad("timeofday()", "ALTER TABLE account ADD COLUMN x text DEFAULT timeofday();"),
    bad("gen_random_uuid()", "ALTER TABLE account ADD COLUMN x uuid DEFAULT gen_random_uuid();"),
    bad("gen_random_uuid() deep inside", "ALTER TABLE account ADD COLUMN x text DEFAULT 'u-' || md5(gen_random_uuid()::text);"),
    bad("uuidv7() of 18", "ALTER TABLE account ADD COLUMN x uuid DEFAULT uuidv7();", pg=18),
    bad("a sequence", "CREATE SEQUENCE s;\nALTER TABLE account ADD COLUMN x bigint DEFAULT nextval('s');", 2),
    bad("smallserial", "ALTER TABLE account ADD COLUMN x smallserial;"),
    bad("serial", "ALTER TABLE account ADD COLUMN x serial;"),
    bad("identity", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS IDENTITY;"),
    bad("stored generated", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (age * 2) STORED;"),
    safe("virtual generated", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (age * 2) VIRTUAL;", pg=18),
    safe("virtual is the default of 18", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (age * 2);", pg=18),
    bad("virtual NOT NULL", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (n * 2) VIRTUAL NOT NULL;", pg=18),
    bad("virtual CHECK", "ALTER TABLE account ADD COLUMN x int GENERATED ALWAYS AS (n * 2) VIRTUAL CHECK (x > 0);", pg=18),
    bad("a volatile PL/pgSQL function", "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';\nALTER TABLE account ADD COLUMN x int DEFAULT f();", 2),
    safe("a stable function of the user", "CREATE FUNCTION f() RETURNS int STABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';\nALTER TABLE account ADD COLUMN x int DEFAULT f();"),
    hangs("a function that nobody knows", "ALTER TABLE account ADD COLUMN x int DEFAULT mine();", given=UNKNOWN),
)  # fmt: skip

COLUMNS = (
    safe("a plain column", "ALTER TABLE account ADD COLUMN x text;"),
    bad("an inline CHECK reads all rows", "ALTER TABLE account ADD COLUMN x int CHECK (x > 0);"),
    safe("inline REFERENCES without default", "ALTER TABLE account ADD COLUMN x bigint REFERENCES other (id);"),
    bad("inline REFERENCES with DEFAULT NULL", "ALTER TABLE account ADD COLUMN x bigint DEFAULT NULL REFERENCES other (id);"),
    bad("inline UNIQUE", "ALTER TABLE account ADD COLUMN x text UNIQUE;"),
    bad("a constrained domain", "CREATE DOMAIN d AS int CHECK (VALUE > 0);\nALTER TABLE account ADD COLUMN x d;", 2),
    safe("a domain without constraints", "CREATE DOMAIN d AS int;\nALTER TABLE account ADD COLUMN x d;"),
    safe("an array of a constrained domain", "CREATE DOMAIN d AS int CHECK (VALUE > 0);\nALTER TABLE account ADD COLUMN x d[];"),
    safe("an enum", "CREATE TYPE mood AS ENUM ('good', 'bad');\nALTER TABLE account ADD COLUMN x mood DEFAULT 'good';"),
    hangs("a type that nobody knows", "ALTER TABLE account ADD COLUMN x mood;", given=UNKNOWN),
    bad("NOT NULL without default", "ALTER TABLE account ADD COLUMN x int NOT NULL;"),
    bad("NOT NULL of a column that was just added reads all rows", "ALTER TABLE account ADD COLUMN x int DEFAULT 1;\nALTER TABLE account ALTER COLUMN x SET NOT NULL;"),
    bad("an index on a column that was just added is still built", "ALTER TABLE account ADD COLUMN x int;\nCREATE INDEX ON account (x);"),
    bad("NOT NULL DEFAULT, and the default goes at once", "ALTER TABLE account ADD COLUMN x int NOT NULL DEFAULT 1;\nALTER TABLE account ALTER COLUMN x DROP DEFAULT;"),
    bad("IF NOT EXISTS of a column that is there still takes the lock", "ALTER TABLE account ADD COLUMN IF NOT EXISTS age int;", lock_timeout=0),
    bad("a column goes", "ALTER TABLE account DROP COLUMN note;"),
    safe("a column goes when no code uses it", "ALTER TABLE account DROP COLUMN note;", phase=Phase.CONTRACT),
    bad("a column is renamed", "ALTER TABLE account RENAME note TO remark;"),
    bad("a column under a view cannot go", "CREATE VIEW v AS SELECT note FROM account;\nALTER TABLE account DROP COLUMN note;", 2, phase=Phase.CONTRACT),
    bad("a column takes its multi-column unique constraint along", "ALTER TABLE account ADD CONSTRAINT u UNIQUE (age, note);\nALTER TABLE account DROP COLUMN note;", 1, 2),
)  # fmt: skip

TYPES = (
    safe("varchar grows", "ALTER TABLE account ALTER COLUMN name TYPE varchar(40);", phase=Phase.CONTRACT),
    safe("varchar to text", "ALTER TABLE account ALTER COLUMN name TYPE text;", phase=Phase.CONTRACT),
    safe("text to varchar", "ALTER TABLE account ALTER COLUMN note TYPE varchar;", phase=Phase.CONTRACT),
    safe("more digits", "ALTER TABLE account ALTER COLUMN score TYPE numeric(12, 2);", phase=Phase.CONTRACT),
    safe("no limit", "ALTER TABLE account ALTER COLUMN score TYPE numeric;", phase=Phase.CONTRACT),
    safe("cidr to inet", "ALTER TABLE account ALTER COLUMN net TYPE inet;", phase=Phase.CONTRACT),
    safe("bit to varbit", "ALTER TABLE account ALTER COLUMN bits TYPE varbit;", phase=Phase.CONTRACT),
    safe("the same type", "ALTER TABLE account ALTER COLUMN name TYPE varchar(20);"),
    safe("USING the column", "ALTER TABLE account ALTER COLUMN name TYPE text USING name::text;", phase=Phase.CONTRACT),
    safe("an array loses its limit", "ALTER TABLE account ALTER COLUMN tags TYPE varchar[];", phase=Phase.CONTRACT),
    bad("varchar shrinks", "ALTER TABLE account ALTER COLUMN name TYPE varchar(10);", phase=Phase.CONTRACT),
    bad("text to varchar(n)", "ALTER TABLE account ALTER COLUMN note TYPE varchar(100);", phase=Phase.CONTRACT),
    bad("char(n) to text", "ALTER TABLE account ALTER COLUMN flag TYPE text;", phase=Phase.CONTRACT),
    bad("char(n) grows", "ALTER TABLE account ALTER COLUMN flag TYPE char(5);", phase=Phase.CONTRACT),
    bad("int to bigint", "ALTER TABLE account ALTER COLUMN age TYPE bigint;", phase=Phase.CONTRACT),
    bad("another scale", "ALTER TABLE account ALTER COLUMN score TYPE numeric(12, 3);", phase=Phase.CONTRACT),
    bad("a coarser timestamp", "ALTER TABLE account ALTER COLUMN born TYPE timestamp(3);", phase=Phase.CONTRACT),
    bad("json to jsonb", "ALTER TABLE account ALTER COLUMN doc TYPE jsonb;", phase=Phase.CONTRACT),
    bad("an array's limit grows", "ALTER TABLE account ALTER COLUMN tags TYPE varchar(40)[];", phase=Phase.CONTRACT),
    bad("bit(8) to varbit(8)", "ALTER TABLE account ALTER COLUMN bits TYPE varbit(8);", phase=Phase.CONTRACT),
    bad("USING an expression", "ALTER TABLE account ALTER COLUMN name TYPE text USING lower(name);", phase=Phase.CONTRACT),
    safe("timestamptz under UTC", "SET timezone = 'UTC';\nALTER TABLE account ALTER COLUMN born TYPE timestamptz;", phase=Phase.CONTRACT),
    bad("timestamptz in another zone", "SET timezone = 'Europe/Paris';\nALTER TABLE account ALTER COLUMN born TYPE timestamptz;", 2, phase=Phase.CONTRACT),
    bad("timestamptz under UTC, with AT TIME ZONE", "SET timezone = 'UTC';\nALTER TABLE account ALTER COLUMN born TYPE timestamptz USING born AT TIME ZONE 'UTC';", 2, phase=Phase.CONTRACT),
    bad("the zone was set for a transaction that is over", "SET timezone = 'Europe/Paris';\nBEGIN;\nSET LOCAL timezone = 'UTC';\nCOMMIT;\nALTER TABLE account ALTER COLUMN born TYPE timestamptz;", 5, phase=Phase.CONTRACT),
    bad("a valid CHECK is read again", "ALTER TABLE account ADD CONSTRAINT c CHECK (name <> '') NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT c;\nALTER TABLE account ALTER COLUMN name TYPE text;", 3, phase=Phase.CONTRACT),
    safe("a CHECK that is not valid is not read", "ALTER TABLE account ADD CONSTRAINT c CHECK (name <> '') NOT VALID;\nALTER TABLE account ALTER COLUMN name TYPE text;", phase=Phase.CONTRACT),
    bad("an expression index is built anew", "CREATE INDEX CONCURRENTLY i ON account (lower(name));\nALTER TABLE account ALTER COLUMN name TYPE text;", 2, phase=Phase.CONTRACT),
    safe("a plain index is kept", "CREATE INDEX CONCURRENTLY i ON account (name);\nALTER TABLE account ALTER COLUMN name TYPE text;", phase=Phase.CONTRACT),
    bad("another collation builds the indexes anew", 'CREATE INDEX CONCURRENTLY i ON account (note);\nALTER TABLE account ALTER COLUMN note TYPE text COLLATE "C";', 2, phase=Phase.CONTRACT),
    bad("a view is in the way", "CREATE VIEW v AS SELECT name FROM account;\nALTER TABLE account ALTER COLUMN name TYPE text;", 2, phase=Phase.CONTRACT),
    hangs("the old type is not known", "ALTER TABLE account ALTER COLUMN name TYPE text;", phase=Phase.CONTRACT),
)  # fmt: skip

_PROOF = "ALTER TABLE account ADD CONSTRAINT p CHECK ({0}) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT p;\nALTER TABLE account ALTER COLUMN email SET NOT NULL;"
NOT_NULL = (
    bad("without proof", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;", phase=Phase.CONTRACT),
    safe("IS NOT NULL proves", _PROOF.format("email IS NOT NULL"), phase=Phase.CONTRACT),
    safe("AND proves", _PROOF.format("email IS NOT NULL AND age > 0"), phase=Phase.CONTRACT),
    safe("NOT IS NULL proves", _PROOF.format("NOT (email IS NULL)"), phase=Phase.CONTRACT),
    safe("IS DISTINCT FROM NULL proves", _PROOF.format("email IS DISTINCT FROM NULL"), phase=Phase.CONTRACT),
    bad("OR proves nothing", _PROOF.format("email IS NOT NULL OR age > 0"), 3, phase=Phase.CONTRACT),
    bad("a comparison proves nothing", _PROOF.format("email <> ''"), 3, phase=Phase.CONTRACT),
    bad("num_nonnulls proves nothing", _PROOF.format("num_nonnulls(email) = 1"), 3, phase=Phase.CONTRACT),
    bad("another column proves nothing", _PROOF.format("note IS NOT NULL"), 3, phase=Phase.CONTRACT),
    bad("not valid proves nothing", "ALTER TABLE account ADD CONSTRAINT p CHECK (email IS NOT NULL) NOT VALID;\nALTER TABLE account ALTER COLUMN email SET NOT NULL;", 2, phase=Phase.CONTRACT),
    bad("the proof goes in the same statement", "ALTER TABLE account ADD CONSTRAINT p CHECK (email IS NOT NULL) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT p;\nALTER TABLE account ALTER COLUMN email SET NOT NULL, DROP CONSTRAINT p;", 3, phase=Phase.CONTRACT),
    safe("the proof goes in the next statement", _PROOF.format("email IS NOT NULL") + "\nALTER TABLE account DROP CONSTRAINT p;", phase=Phase.CONTRACT),
    bad("validated in the same statement", "ALTER TABLE account ADD CONSTRAINT p CHECK (email IS NOT NULL) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT p, ALTER COLUMN email SET NOT NULL;", 2, phase=Phase.CONTRACT),
    safe("not null, not valid (18)", "ALTER TABLE account ADD CONSTRAINT p NOT NULL email NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT p;", pg=18, phase=Phase.CONTRACT),
    bad("SET NOT NULL over a constraint that is not valid (18)", "ALTER TABLE account ADD CONSTRAINT p NOT NULL email NOT VALID;\nALTER TABLE account ALTER COLUMN email SET NOT NULL;", 2, pg=18, phase=Phase.CONTRACT),
    bad("a plain NOT NULL constraint reads all rows (18)", "ALTER TABLE account ADD CONSTRAINT p NOT NULL email;", pg=18, phase=Phase.CONTRACT),
    safe("what is NOT NULL already", "ALTER TABLE account ALTER COLUMN n SET NOT NULL;"),
    hangs("of an unknown table", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;", phase=Phase.CONTRACT),
    bad("beside running code it may refuse what that writes", "ALTER TABLE account ALTER COLUMN email SET NOT NULL;"),
)  # fmt: skip

CONSTRAINTS = (
    bad("CHECK", "ALTER TABLE account ADD CHECK (age > 0);", phase=Phase.CONTRACT),
    safe("CHECK, not valid, then validated", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT c;", phase=Phase.CONTRACT),
    bad("NOT VALID of the other constraint", "ALTER TABLE account ADD CONSTRAINT a CHECK (age > 0), ADD CONSTRAINT b CHECK (n > 0) NOT VALID;", phase=Phase.CONTRACT),
    bad("validated in the same statement", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID, VALIDATE CONSTRAINT c;", phase=Phase.CONTRACT),
    bad("validated in the same transaction", "BEGIN;\nALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT c;\nCOMMIT;", 3, phase=Phase.CONTRACT),
    bad("a foreign key", "ALTER TABLE account ADD FOREIGN KEY (other_id) REFERENCES other (id);", phase=Phase.CONTRACT),
    safe("a foreign key, not valid, then validated", "CREATE INDEX CONCURRENTLY i ON account (other_id);\nALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT f;", phase=Phase.CONTRACT),
    bad("a foreign key validated in the same transaction", "BEGIN;\nALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id) NOT VALID;\nALTER TABLE account VALIDATE CONSTRAINT f;\nCOMMIT;", 3, phase=Phase.CONTRACT),
    safe("a foreign key in a new table", "CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint REFERENCES account);"),
    bad("a foreign key in a new table waits for writers of the other", "CREATE TABLE visit (id bigint PRIMARY KEY, account_id bigint REFERENCES account);", lock_timeout=0),
    bad("UNIQUE builds", "ALTER TABLE account ADD UNIQUE (email);", phase=Phase.CONTRACT),
    safe("UNIQUE USING INDEX", "CREATE UNIQUE INDEX CONCURRENTLY u ON account (email);\nALTER TABLE account ADD CONSTRAINT u UNIQUE USING INDEX u;", phase=Phase.CONTRACT),
    bad("PRIMARY KEY USING INDEX on a nullable column reads", "ALTER TABLE k ADD PRIMARY KEY USING INDEX k_a;", given="CREATE TABLE k (a int); CREATE UNIQUE INDEX k_a ON k (a);", phase=Phase.CONTRACT),
    safe("PRIMARY KEY USING INDEX on a NOT NULL column", "ALTER TABLE k ADD PRIMARY KEY USING INDEX k_a;", given="CREATE TABLE k (a int NOT NULL); CREATE UNIQUE INDEX k_a ON k (a);", phase=Phase.CONTRACT),
    bad("USING a partial index is refused", "ALTER TABLE k ADD CONSTRAINT u UNIQUE USING INDEX k_a;", given="CREATE TABLE k (a int NOT NULL); CREATE UNIQUE INDEX k_a ON k (a) WHERE a > 0;", phase=Phase.CONTRACT),
    bad("USING a descending index is refused", "ALTER TABLE k ADD CONSTRAINT u UNIQUE USING INDEX k_a;", given="CREATE TABLE k (a int NOT NULL); CREATE UNIQUE INDEX k_a ON k (a DESC);", phase=Phase.CONTRACT),
    bad("EXCLUDE has no gentle form", "ALTER TABLE account ADD EXCLUDE USING btree (age WITH =);", phase=Phase.CONTRACT),
    safe("the helper constraint goes", _PROOF.format("email IS NOT NULL") + "\nALTER TABLE account DROP CONSTRAINT p;", phase=Phase.CONTRACT),
    safe("NOT ENFORCED (18)", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT ENFORCED;", pg=18),
    bad("ALTER DOMAIN has no gentle form", "ALTER DOMAIN d ADD CHECK (VALUE > 0);", given="CREATE DOMAIN d AS int; CREATE TABLE k (a d);", phase=Phase.CONTRACT),
    bad("ALTER DOMAIN VALIDATE stops writes as well", "ALTER DOMAIN d ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID;\nALTER DOMAIN d VALIDATE CONSTRAINT c;", given="CREATE DOMAIN d AS int; CREATE TABLE k (a d);", phase=Phase.CONTRACT),
    bad("dropping a foreign key locks both tables", "ALTER TABLE account DROP CONSTRAINT f;", given=GIVEN + "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id);", lock_timeout=0, phase=Phase.CONTRACT),
    hangs("NOT VALID refuses new rows at once", "ALTER TABLE account ADD CONSTRAINT c CHECK (age > 0) NOT VALID;", given=GIVEN),
    bad("FOREIGN KEY NOT VALID of a partitioned table before 18", "ALTER TABLE k ADD FOREIGN KEY (a) REFERENCES other (id) NOT VALID;", given="CREATE TABLE other (id bigint PRIMARY KEY); CREATE TABLE k (a bigint) PARTITION BY RANGE (a);", pg=17, phase=Phase.CONTRACT),
    safe("FOREIGN KEY NOT VALID of a partitioned table in 18", "ALTER TABLE k ADD FOREIGN KEY (a) REFERENCES other (id) NOT VALID;", given="CREATE TABLE other (id bigint PRIMARY KEY); CREATE TABLE k (a bigint) PARTITION BY RANGE (a);", pg=18, phase=Phase.CONTRACT),
    bad("a unique key lacks the partition key", "ALTER TABLE k ADD UNIQUE (b);", given="CREATE TABLE k (a int, b int) PARTITION BY RANGE (a);", phase=Phase.CONTRACT),
)  # fmt: skip

INDEXES = (
    bad("a plain index", "CREATE INDEX i ON account (email);"),
    safe("CONCURRENTLY", "CREATE INDEX CONCURRENTLY i ON account (email);"),
    bad("CONCURRENTLY in a transaction", "BEGIN;\nCREATE INDEX CONCURRENTLY i ON account (email);\nCOMMIT;", 2),
    bad("DROP CONCURRENTLY in a transaction", "BEGIN;\nDROP INDEX CONCURRENTLY i;\nCOMMIT;", 2, given=GIVEN + "CREATE INDEX i ON account (email);"),
    bad("REINDEX CONCURRENTLY in a transaction", "BEGIN;\nREINDEX INDEX CONCURRENTLY i;\nCOMMIT;", 2, given=GIVEN + "CREATE INDEX i ON account (email);"),
    bad("VACUUM in a transaction", "BEGIN;\nVACUUM account;\nCOMMIT;", 2),
    safe("REFRESH CONCURRENTLY may be in a transaction", "BEGIN;\nREFRESH MATERIALIZED VIEW CONCURRENTLY m;\nCOMMIT;", given=GIVEN + "CREATE MATERIALIZED VIEW m AS SELECT id FROM account; CREATE UNIQUE INDEX ON m (id);"),
    bad("REFRESH stops readers", "REFRESH MATERIALIZED VIEW m;", given=GIVEN + "CREATE MATERIALIZED VIEW m AS SELECT id FROM account;"),
    bad("CONCURRENTLY on a partitioned table", "CREATE INDEX CONCURRENTLY i ON k (a);", given="CREATE TABLE k (a int) PARTITION BY RANGE (a);"),
    safe("ON ONLY builds nothing", "CREATE INDEX i ON ONLY k (a);", given="CREATE TABLE k (a int) PARTITION BY RANGE (a); CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (9);"),
    bad("on a partitioned table it is built on each partition", "CREATE INDEX i ON k (a);", given="CREATE TABLE k (a int) PARTITION BY RANGE (a); CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (9);"),
    bad("IF NOT EXISTS hides an invalid index", "CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON account (email);"),
    bad("CONCURRENTLY under a short lock_timeout", "SET lock_timeout = '2s';\nCREATE INDEX CONCURRENTLY i ON account (email);", lock_timeout=0),
    safe("CONCURRENTLY with the lock_timeout off", "SET lock_timeout = 0;\nCREATE INDEX CONCURRENTLY i ON account (email);"),
    bad("DROP INDEX locks the table", "DROP INDEX i;", given=GIVEN + "CREATE INDEX i ON account (email);", lock_timeout=0),
    bad("REINDEX stops writers, and who plans a query", "REINDEX TABLE account;"),
    safe("REINDEX CONCURRENTLY", "REINDEX TABLE CONCURRENTLY account;"),
    safe("renaming an index breaks nobody", "ALTER INDEX i RENAME TO j;", given=GIVEN + "CREATE INDEX i ON account (email);"),
    bad("the index of a constraint cannot go", "DROP INDEX account_pkey;", phase=Phase.CONTRACT),
)  # fmt: skip

NEWNESS = (
    safe("an index on a new table", "CREATE TABLE visit (id bigint PRIMARY KEY, a int);\nCREATE INDEX ON visit (a);"),
    bad("IF NOT EXISTS may make nothing", "CREATE TABLE IF NOT EXISTS visit (id bigint PRIMARY KEY, a int);\nCREATE INDEX ON visit (a);", given=UNKNOWN),
    bad("the new table was rolled back", "BEGIN;\nCREATE TABLE visit (id bigint);\nROLLBACK;\nCREATE INDEX ON account (age);", 4),
    bad("a table of that name in another schema", "CREATE SCHEMA s;\nCREATE TABLE s.account (id bigint);\nCREATE INDEX ON account (age);", 3),
    bad("a table of that name in quotes", 'CREATE TABLE "Account" (id bigint);\nCREATE INDEX ON account (age);', 2),
    safe("renamed after its creation", "CREATE TABLE draft (id bigint PRIMARY KEY, a int);\nALTER TABLE draft RENAME TO visit;\nCREATE INDEX ON visit (a);"),
    safe("CREATE TABLE AS", "CREATE TABLE visit AS SELECT id, age FROM account;\nCREATE INDEX ON visit (age);"),
    safe("a temporary table", "CREATE TEMP TABLE visit (id bigint, a int);\nCREATE INDEX ON visit (a);\nDROP TABLE visit;"),
    safe("a new table goes again", "CREATE TABLE visit (id bigint);\nDROP TABLE visit;"),
    bad("a temporary table hides none in another schema", "CREATE TEMP TABLE account (a int);\nCREATE INDEX ON public.account (age);", 2),
    safe("a temporary table hides the one of its name", "CREATE TEMP TABLE account (age int);\nCREATE INDEX ON account (age);"),
)  # fmt: skip

_PARTED = "CREATE TABLE k (a int NOT NULL) PARTITION BY RANGE (a); CREATE TABLE k1 PARTITION OF k FOR VALUES FROM (0) TO (9);"
PARTITIONS = (
    bad("CREATE TABLE PARTITION OF stops readers of the parent", "CREATE TABLE k2 PARTITION OF k FOR VALUES FROM (9) TO (19);", given=_PARTED, lock_timeout=0),
    bad("ATTACH reads the new partition", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", given=_PARTED + "CREATE TABLE k2 (a int NOT NULL);"),
    safe("ATTACH with a proof", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", given=_PARTED + "CREATE TABLE k2 (a int NOT NULL, CHECK (a >= 9 AND a < 19));"),
    bad("ATTACH reads the default partition", "ALTER TABLE k ATTACH PARTITION k2 FOR VALUES FROM (9) TO (19);", given=_PARTED + "CREATE TABLE kd PARTITION OF k DEFAULT; CREATE TABLE k2 (a int NOT NULL, CHECK (a >= 9 AND a < 19));"),
    bad("DETACH stops readers of the parent", "ALTER TABLE k DETACH PARTITION k1;", given=_PARTED, lock_timeout=0),
    safe("DETACH CONCURRENTLY", "ALTER TABLE k DETACH PARTITION k1 CONCURRENTLY;", given=_PARTED),
    bad("DETACH CONCURRENTLY in a transaction", "BEGIN;\nALTER TABLE k DETACH PARTITION k1 CONCURRENTLY;\nCOMMIT;", 2, given=_PARTED),
    bad("DETACH CONCURRENTLY beside a default partition", "ALTER TABLE k DETACH PARTITION k1 CONCURRENTLY;", given=_PARTED + "CREATE TABLE kd PARTITION OF k DEFAULT;"),
    bad("ALTER ONLY a partitioned parent", "ALTER TABLE ONLY k ADD COLUMN b int;", given=_PARTED),
    bad("a partition goes", "DROP TABLE k1;", given=_PARTED),
)  # fmt: skip

TRANSACTIONS = (
    bad("no lock_timeout", "ALTER TABLE account ADD COLUMN x int;", lock_timeout=0),
    bad("SET LOCAL outside of a transaction", "SET LOCAL lock_timeout = '2s';\nALTER TABLE account ADD COLUMN x int;", 1, 2, lock_timeout=0),
    bad("RESET", "SET lock_timeout = '2s';\nRESET lock_timeout;\nALTER TABLE account ADD COLUMN x int;", 3, lock_timeout=0),
    bad("RESET ALL", "SET lock_timeout = '2s';\nRESET ALL;\nALTER TABLE account ADD COLUMN x int;", 3, lock_timeout=0),
    bad("DISCARD ALL", "SET lock_timeout = '2s';\nDISCARD ALL;\nALTER TABLE account ADD COLUMN x int;", 3, lock_timeout=0),
    bad("set to 0", "SET lock_timeout = '2s';\nSET lock_timeout = 0;\nALTER TABLE account ADD COLUMN x int;", 3, lock_timeout=0),
    bad("the SET was rolled back", "BEGIN;\nSET lock_timeout = '2s';\nROLLBACK;\nALTER TABLE account ADD COLUMN x int;", 4, lock_timeout=0),
    bad("SET LOCAL ended with its transaction", "BEGIN;\nSET LOCAL lock_timeout = '2s';\nCOMMIT;\nALTER TABLE account ADD COLUMN x int;", 4, lock_timeout=0),
    safe("SET in a transaction outlasts it", "BEGIN;\nSET lock_timeout = '2s';\nCOMMIT;\nALTER TABLE account ADD COLUMN x int;", lock_timeout=0),
    bad("rolled back to before the SET", "BEGIN;\nSAVEPOINT s;\nSET lock_timeout = '2s';\nROLLBACK TO s;\nALTER TABLE account ADD COLUMN x int;\nCOMMIT;", 5, lock_timeout=0),
    bad("ALTER ROLE SET is for new sessions", "ALTER ROLE CURRENT_USER SET lock_timeout = '2s';\nALTER TABLE account ADD COLUMN x int;", 2, lock_timeout=0),
    safe("set_config() is a SET", "SELECT set_config('lock_timeout', '2s', false);\nALTER TABLE account ADD COLUMN x int;", lock_timeout=0),
    bad("the time-out comes too late", "ALTER TABLE account ADD COLUMN x int;\nSET lock_timeout = '2s';", 1, lock_timeout=0),
    safe("a new table needs no time-out", "CREATE TABLE visit (id bigint PRIMARY KEY);\nALTER TABLE visit ADD COLUMN x int;", lock_timeout=0),
    bad("rows are written under ACCESS EXCLUSIVE", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nUPDATE account SET x = 1;\nCOMMIT;", 3),
    bad("two tables in one transaction", "BEGIN;\nALTER TABLE account ADD COLUMN x int;\nALTER TABLE other ADD COLUMN x int;\nCOMMIT;", 3),
    bad("BEGIN without COMMIT", "BEGIN;\nALTER TABLE account ADD COLUMN x int;", 1),
    bad("an enum value is used in its own transaction", "BEGIN;\nALTER TYPE mood ADD VALUE 'so so';\nALTER TABLE k ALTER COLUMN m SET DEFAULT 'so so';\nCOMMIT;", 3, given="CREATE TYPE mood AS ENUM ('good'); CREATE TABLE k (m mood);"),
    safe("an enum value is added in a transaction", "BEGIN;\nALTER TYPE mood ADD VALUE IF NOT EXISTS 'good';\nCOMMIT;", given="CREATE TYPE mood AS ENUM ('good'); CREATE TABLE k (m mood);"),
    safe("an enum made in the transaction", "BEGIN;\nCREATE TYPE mood AS ENUM ('good');\nCREATE TABLE k (m mood DEFAULT 'good');\nCOMMIT;"),
    bad("an enum value is renamed", "ALTER TYPE mood RENAME VALUE 'good' TO 'fine';", given="CREATE TYPE mood AS ENUM ('good'); CREATE TABLE k (m mood);"),
    hangs("rows are waiting for their deferred foreign keys", "BEGIN;\nUPDATE account SET other_id = 1 WHERE id = 3;\nALTER TABLE account ADD COLUMN x int;\nCOMMIT;", 3, given=GIVEN + "ALTER TABLE account ADD CONSTRAINT f FOREIGN KEY (other_id) REFERENCES other (id) DEFERRABLE INITIALLY DEFERRED;"),
    bad("LOCK TABLE outside of a transaction", "LOCK TABLE account;"),
)  # fmt: skip

OTHERS = (
    bad("VACUUM FULL", "VACUUM FULL account;"),
    bad("CLUSTER", "CLUSTER account USING account_pkey;"),
    bad("TRUNCATE", "TRUNCATE account;"),
    bad("TRUNCATE CASCADE", "TRUNCATE other CASCADE;"),
    bad("SET UNLOGGED", "ALTER TABLE account SET UNLOGGED;"),
    safe("SET LOGGED of a table that is", "ALTER TABLE account SET LOGGED;"),
    safe("statistics", "ALTER TABLE account ALTER COLUMN age SET STATISTICS 500;"),
    safe("storage options", "ALTER TABLE account SET (fillfactor = 70);"),
    safe("a comment", "COMMENT ON TABLE account IS 'people';"),
    safe("statistics objects", "CREATE STATISTICS s ON age, note FROM account;"),
    safe("a function", "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';"),
    safe("a grant", "GRANT SELECT ON account TO PUBLIC;"),
    hangs("a revoke", "REVOKE SELECT ON account FROM PUBLIC;", given=GIVEN),
    bad("a table goes", "DROP TABLE account;"),
    bad("a table is renamed", "ALTER TABLE account RENAME TO person;"),
    bad("a table moves", "ALTER TABLE account SET SCHEMA elsewhere;", given=GIVEN + "CREATE SCHEMA elsewhere;"),
    bad("row security without a policy", "ALTER TABLE account ENABLE ROW LEVEL SECURITY;"),
    bad("DISABLE TRIGGER ALL", "ALTER TABLE account DISABLE TRIGGER ALL;"),
    bad("all rows are updated", "UPDATE account SET age = 1;"),
    bad("all rows are updated WHERE true", "UPDATE account SET age = 1 WHERE true;"),
    bad("all rows go", "DELETE FROM account;"),
    bad("a merge of a whole table", "MERGE INTO account USING other ON account.other_id = other.id WHEN MATCHED THEN UPDATE SET note = other.note;", pg=16),
    bad("rows go in a CTE", "WITH gone AS (DELETE FROM account RETURNING id) SELECT count(*) FROM gone;"),
    safe("one row is updated", "UPDATE account SET age = 1 WHERE id = 7;"),
    bad("dynamic SQL in a DO block", "DO $$ DECLARE t text; BEGIN FOR t IN SELECT tablename FROM pg_tables LOOP EXECUTE 'DROP TABLE ' || t; END LOOP; END $$;"),
    bad("plain SQL in a DO block", "DO $$ BEGIN CREATE INDEX i ON account (email); END $$;"),
    bad("a constant string in a DO block", "DO $$ BEGIN EXECUTE 'CREATE INDEX i ON account (email)'; END $$;"),
    safe("a type that may be there already", "DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_type WHERE typname = 'mood') THEN CREATE TYPE mood AS ENUM ('good'); END IF; END $$;"),
    bad("a default goes", "ALTER TABLE account ALTER COLUMN n DROP DEFAULT;"),
    bad("a sequence narrows", "ALTER SEQUENCE s AS smallint;", given="CREATE SEQUENCE s;"),
    bad("a view goes", "DROP VIEW v;", given=GIVEN + "CREATE VIEW v AS SELECT id FROM account;"),
    bad("a view loses a column", "CREATE OR REPLACE VIEW v AS SELECT id FROM account;", given=GIVEN + "CREATE VIEW v AS SELECT id, age FROM account;"),
    safe("a view gets a column", "CREATE OR REPLACE VIEW v AS SELECT id, age FROM account;", given=GIVEN + "CREATE VIEW v AS SELECT id FROM account;"),
    bad("DROP TYPE CASCADE takes columns along", "DROP TYPE mood CASCADE;", given="CREATE TYPE mood AS ENUM ('good'); CREATE TABLE k (m mood, a int);"),
    bad("always generated", "ALTER TABLE k ALTER COLUMN a SET GENERATED ALWAYS;", given="CREATE TABLE k (a int GENERATED BY DEFAULT AS IDENTITY);"),
)  # fmt: skip

CASES = (
    *DEFAULTS,
    *COLUMNS,
    *TYPES,
    *NOT_NULL,
    *CONSTRAINTS,
    *INDEXES,
    *NEWNESS,
    *PARTITIONS,
    *TRANSACTIONS,
    *OTHERS,
)

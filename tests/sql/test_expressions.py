"""What we know of expressions, asked of the server: what they name and prove, how volatile they are."""

import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

import schemaguard
from schemaguard.changes import AddColumn, CreateIndex
from schemaguard.schema import SchemaState, Volatility
from schemaguard.sql.expressions import facts
from schemaguard.sql.grammar import read_text
from schemaguard.sql.reject import Reject

TABLE = """
CREATE SCHEMA s;
CREATE TYPE s.mood AS ENUM ('sad', 'happy');
CREATE TYPE pair AS (x int, y text);
CREATE FUNCTION s.twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
CREATE TABLE t (
    a int, b int, f bool, v varchar(20), n numeric(10, 2), d date, ts timestamptz, j jsonb, arr int[],
    m s.mood, p pair, "Odd name" text, "order" int, i interval
);
"""

#: Each as the author writes it, and the columns that SET NOT NULL then believes to be present.
PROOFS = {
    "a IS NOT NULL": "a",
    "a NOTNULL": "a",
    "NOT (a IS NULL)": "a",
    "NOT a IS NULL": "a",
    "NOT (NOT (a IS NOT NULL))": "a",
    "a IS NOT NULL AND b > 0": "a",
    "b IS NOT NULL AND (a IS NOT NULL AND b = 1)": "ab",
    "a IS NOT NULL OR b > 0": "",
    "a IS NOT NULL OR (a IS NOT NULL AND b > 0)": "a",
    "(a IS NOT NULL AND b > 0) OR (a IS NOT NULL AND b < 0)": "a",
    "(a IS NOT NULL AND b IS NOT NULL) OR (b IS NOT NULL AND a IS NOT NULL)": "ab",
    "NOT (a IS NULL OR b IS NULL)": "ab",
    "NOT (a IS NULL AND b IS NULL)": "",
    "NOT a IS NOT NULL": "",
    "a IS DISTINCT FROM NULL": "a",
    "NOT (a IS NOT DISTINCT FROM NULL)": "a",
    "a IS NOT DISTINCT FROM NULL": "",
    "(a, b) IS NOT NULL": "ab",
    "ROW(a, b) IS NOT NULL": "ab",
    "ROW(a, 1) IS NOT NULL": "a",
    "NOT ((a, b) IS NULL)": "",
    "(t.a) IS NOT NULL": "a",
    "a IS NOT NULL AND f": "a",
    "(a IS NOT NULL) AND NULL": "a",
    "a > 0": "",
    "a = 5": "",
    "f": "",
    "f IS TRUE": "",
    "f IS NOT UNKNOWN": "",
    "(a IS NOT NULL) IS TRUE": "",
    "(a IS NULL) IS FALSE": "",
    "(a IS NOT NULL) IS NOT NULL": "",
    "(a + 0) IS NOT NULL": "",
    "length(v) IS NOT NULL": "",
    '(v COLLATE "C") IS NOT NULL': "",
    "v::text IS NOT NULL": "",
    "coalesce(a, 0) > 0": "",
    "coalesce(a IS NOT NULL, false)": "",
    "num_nulls(a) = 0": "",
    "CASE WHEN a IS NOT NULL THEN true ELSE false END": "",
    "a IS NOT NULL OR NULL": "",
    "a BETWEEN 1 AND 2 AND b IS NOT NULL": "b",
    "a IN (1, 2) AND a IS NOT NULL": "a",
    "a IS NOT NULL AND v LIKE 'x%' AND NOT f": "a",
    "((((a) IS NOT NULL)))": "a",
}
#: What the server proves by computing: we do not, and say once too often that the table is read.
BEYOND_US = [
    "a IS NOT NULL OR false",
    "(a IS NOT NULL) = true",
    "(a IS NULL) = false",
    "(a::int) IS NOT NULL",
]

#: More expressions of all sorts: what they name, comma-separated.
NAMED = {
    "a > 0 AND b <= a": "a,b",
    "v IN ('x', 'y') OR v IS NULL": "v",
    "v ~ '^[a-z]+$' AND length(v) > 3": "v",
    "v NOT LIKE '%x%' ESCAPE '!'": "v",
    "v SIMILAR TO 'x+' AND v NOT ILIKE 'y'": "v",
    "n BETWEEN 0.5 AND 100 AND n <> 1e1": "n",
    "a NOT BETWEEN SYMMETRIC b AND 5": "a,b",
    "extract(year FROM d) > 2000 AND date_part('month', ts) = 1": "d,ts",
    "d > date '2000-01-01' AND ts < '2030-01-01'::timestamptz": "d,ts",
    "ts AT TIME ZONE 'utc' > '2000-01-01'": "ts",
    "i > interval '1 day' AND i < interval '3' hour": "i",
    "(ts, i) OVERLAPS (ts, i)": "i,ts",
    "j ? 'key' AND j->>'x' = 'y' AND (j #> '{a,b}') IS NOT NULL": "j",
    "j @> '{\"a\": 1}'": "j",
    "arr[1] = 2 AND arr[1:2] = ARRAY[1, 2] AND a = ANY (arr)": "a,arr",
    "a = ALL (ARRAY[b, 3])": "a,b",
    "cardinality(arr) > 0 AND arr <> '{}'": "arr",
    "m = 'sad' OR m IN ('happy'::s.mood)": "m",
    "(p).x > 0 AND (p).y IS NOT NULL": "p",
    '"Odd name" <> \'\' AND "order" > 0': "Odd name,order",
    "substring(v FROM 1 FOR 3) = 'abc' AND position('x' IN v) > 0": "v",
    "trim(both 'x' FROM v) = v AND overlay(v PLACING 'y' FROM 2) <> upper(v)": "v",
    "CASE WHEN a > 0 THEN b IS NULL WHEN f THEN true ELSE v = 'x' END": "a,b,f,v",
    "CASE a WHEN 1 THEN b ELSE 2 END = 3": "a,b",
    "coalesce(a, b, 0) + greatest(a, 1) - least(b, 2) * nullif(a, 3) > 0": "a,b",
    "s.twice(a) > 1 AND pg_catalog.lower(v) = v": "a,v",
    "a::bigint > 0 AND CAST(b AS numeric(5, 2)) < 3 AND v::character varying(5) = 'x'": "a,b,v",
    "a OPERATOR(pg_catalog.+) b > - a": "a,b",
    "f IS NOT TRUE AND f IS DISTINCT FROM (a = 1)": "a,f",
    'v COLLATE "C" > \'x\' COLLATE pg_catalog."C"': "v",
    "v = E'a\\'b' AND v <> U&'\\0061' AND v > $$it's$$ || $x$y$x$": "v",
    "make_interval(days => a) > i": "a,i",
    "v = current_user OR v = CURRENT_CATALOG": "v",
    "ts > CURRENT_TIMESTAMP(3) AND d <= CURRENT_DATE": "d,ts",
    "t.a > 0 AND t.b < 5": "a,b",
    "NOT f AND (NOT (a > 1) OR b = 2)": "a,b,f",
    "num_nonnulls(a, b) = 1": "a,b",
    "jsonb_typeof(j) = 'object' AND jsonb_array_length(j -> 'x') > 0": "j",
    "v IS NORMALIZED": "v",
    "a # 5 > 0 AND ~ a < 0 AND |/ a > 1 AND @ a > 0": "a",
}
#: Functions in it are volatile, so that no CHECK may be made of it in an index; a default may have it.
DEFAULTS = {
    "1": (Volatility.CONSTANT, "int"),
    "'x'": (Volatility.CONSTANT, "text"),
    "'x'::text": (Volatility.CONSTANT, "text"),
    "-1.5": (Volatility.CONSTANT, "numeric"),
    "(1 + 2) * 3": (Volatility.CONSTANT, "int"),
    "NULL": (Volatility.CONSTANT, "text"),
    "true": (Volatility.CONSTANT, "bool"),
    "'{}'::jsonb": (Volatility.CONSTANT, "jsonb"),
    "ARRAY[]::text[]": (Volatility.CONSTANT, "text[]"),
    "'sad'::s.mood": (Volatility.CONSTANT, "s.mood"),
    "interval '1 day'": (Volatility.CONSTANT, "interval"),
    "lower('X')": (Volatility.CONSTANT, "text"),
    "jsonb_build_object('a', 1)": (Volatility.STABLE, "jsonb"),
    "md5('x')": (Volatility.CONSTANT, "text"),
    "now()": (Volatility.STABLE, "timestamptz"),
    "CURRENT_TIMESTAMP": (Volatility.STABLE, "timestamptz"),
    "CURRENT_TIMESTAMP(3)": (Volatility.STABLE, "timestamptz"),
    "CURRENT_DATE": (Volatility.STABLE, "date"),
    "LOCALTIMESTAMP": (Volatility.STABLE, "timestamp"),
    "current_user": (Volatility.STABLE, "text"),
    "transaction_timestamp()": (Volatility.STABLE, "timestamptz"),
    "statement_timestamp()": (Volatility.STABLE, "timestamptz"),
    "timezone('utc', now())": (Volatility.STABLE, "timestamp"),
    "(now() AT TIME ZONE 'utc')": (Volatility.STABLE, "timestamp"),
    "now() + interval '1 day'": (Volatility.STABLE, "timestamptz"),
    "now()::date": (Volatility.STABLE, "date"),
    "to_char(now(), 'YYYY')": (Volatility.STABLE, "text"),
    "date_trunc('day', now())": (Volatility.STABLE, "timestamptz"),
    "extract(epoch FROM now())": (Volatility.STABLE, "numeric"),
    "coalesce(current_setting('x.y', true), 'z')": (Volatility.STABLE, "text"),
    "clock_timestamp()": (Volatility.VOLATILE, "timestamptz"),
    "random()": (Volatility.VOLATILE, "float"),
    "(random() * 10)::int": (Volatility.VOLATILE, "int"),
    "gen_random_uuid()": (Volatility.VOLATILE, "uuid"),
    "pg_catalog.gen_random_uuid()": (Volatility.VOLATILE, "uuid"),
    "gen_random_uuid()::text": (Volatility.VOLATILE, "text"),
    "md5(random()::text)": (Volatility.VOLATILE, "text"),
    "timeofday()": (Volatility.VOLATILE, "text"),
    "nextval('q')": (Volatility.VOLATILE, "bigint"),
    "nextval('q'::regclass)": (Volatility.VOLATILE, "bigint"),
    "CASE WHEN true THEN random() ELSE 0 END": (Volatility.VOLATILE, "float"),
    "s.twice(1)": (Volatility.UNKNOWN, "int"),
    "s.chance()": (Volatility.UNKNOWN, "float"),
    "chance()": (Volatility.UNKNOWN, "float"),
}


@contextmanager
def told(conn: psycopg.Connection) -> Iterator[list[str]]:
    """What the server says of its work."""
    heard: list[str] = []

    def hear(diagnostic: psycopg.errors.Diagnostic) -> None:
        heard.append(diagnostic.message_primary or "")

    conn.add_notice_handler(hear)
    conn.execute("SET client_min_messages = debug1")
    yield heard
    conn.execute("RESET client_min_messages")
    conn.remove_notice_handler(hear)


def checked(conn: psycopg.Connection, expression: str) -> str:
    """Makes a CHECK of it; the answer is what the server makes of it."""
    conn.execute("ALTER TABLE t DROP CONSTRAINT IF EXISTS k")
    conn.execute(f"ALTER TABLE t ADD CONSTRAINT k CHECK ({expression})".encode())
    row = conn.execute(
        "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = 'k'"
    ).fetchone()
    assert row is not None
    return str(row[0])


def proven(conn: psycopg.Connection, column: str) -> bool:
    """Whether SET NOT NULL says that it needs no scan."""
    with told(conn) as heard, conn.transaction(force_rollback=True):
        conn.execute(sql.SQL("ALTER TABLE t ALTER {} SET NOT NULL").format(sql.Identifier(column)))
    scans = any("verifying table" in line for line in heard)
    believes = any("are sufficient to prove" in line for line in heard)
    assert scans != believes, heard
    return believes


@pytest.fixture
def table(conn: psycopg.Connection) -> psycopg.Connection:
    conn.execute(TABLE.encode())
    return conn


@pytest.mark.majors
def test_what_we_believe_of_a_check_the_server_believes_too(table: psycopg.Connection) -> None:
    for expression, present in PROOFS.items():
        kept = checked(table, expression)

        assert facts(expression).proves_present == set(present), expression
        assert facts(kept).proves_present == set(present), kept
        assert {column for column in "abfv" if proven(table, column)} == set(present), expression


@pytest.mark.majors
def test_what_the_server_computes_we_do_not(table: psycopg.Connection) -> None:
    for expression in BEYOND_US:
        checked(table, expression)

        assert proven(table, "a"), expression
        assert facts(expression).proves_present == set(), expression


@pytest.mark.majors
def test_the_servers_version_of_a_check_says_the_same_as_the_authors(table: psycopg.Connection) -> None:
    for expression, named in {**NAMED, **dict.fromkeys(PROOFS)}.items():
        kept = checked(table, expression)

        assert facts(kept) == facts(expression), f"{expression}\n{kept}"
        if named is not None:
            assert facts(expression).columns == set(named.split(",")), expression


def conditions(seed: int) -> Iterator[str]:
    """Random conditions on a, b and f."""
    rng = random.Random(seed)
    leaves = [
        "a IS NOT NULL",
        "a IS NULL",
        "b IS NOT NULL",
        "b NOTNULL",
        "a > 0",
        "f",
        "f IS NOT NULL",
        "a < b",
        "true",
        "(a, b) IS NOT NULL",
        "a IS DISTINCT FROM NULL",
        "f IS TRUE",
        "NULL",
        "b IS NOT DISTINCT FROM NULL",
    ]

    def made(depth: int) -> str:
        if depth == 0 or rng.random() < 0.15:
            return rng.choice(leaves)
        match rng.randrange(5):
            case 0 | 1:
                return f"{made(depth - 1)} AND {made(depth - 1)}"
            case 2 | 3:
                return f"({made(depth - 1)} OR {made(depth - 1)})"
            case _:
                return f"NOT ({made(depth - 1)})"

    while True:
        yield made(rng.randrange(1, 5))


def test_of_random_checks_we_never_believe_more_than_the_server(table: psycopg.Connection) -> None:
    source = conditions(7)
    proofs = 0
    for _ in range(150):
        expression = next(source)
        kept = checked(table, expression)
        believed = facts(expression).proves_present

        assert facts(kept) == facts(expression), f"{expression}\n{kept}"
        for column in believed:
            assert proven(table, column), f"{column}: {expression}"
        proofs += len(believed)

    assert proofs > 50


@pytest.mark.majors
def test_a_default_is_volatile_exactly_if_the_server_rewrites_the_table_for_it(
    conn: psycopg.Connection,
) -> None:
    conn.execute(TABLE.encode())
    conn.execute("CREATE SEQUENCE q")
    for schema in ("s", "public"):
        conn.execute(
            f"CREATE FUNCTION {schema}.chance() RETURNS float LANGUAGE sql AS 'SELECT random()'".encode()
        )
    conn.execute("INSERT INTO t (a) VALUES (1)")
    for default, (volatility, kind) in DEFAULTS.items():
        if kind == "s.mood" or volatility is Volatility.UNKNOWN:
            continue
        with told(conn) as heard:
            conn.execute(f"ALTER TABLE t ADD made {kind} DEFAULT {default}".encode())
        kept = conn.execute(
            "SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef JOIN pg_attribute ON attrelid = adrelid"
            " AND attnum = adnum WHERE attname = 'made'"
        ).fetchone()
        conn.execute("ALTER TABLE t DROP made")

        assert facts(default).volatility is volatility, default
        assert any("rewriting table" in line for line in heard) == (volatility is Volatility.VOLATILE), (
            default
        )
        if kept is not None:
            again = facts(kept[0]).volatility
            assert (again is Volatility.VOLATILE) == (volatility is Volatility.VOLATILE), kept
            assert again is not Volatility.UNKNOWN, kept


@pytest.mark.parametrize("default", DEFAULTS)
def test_volatility_is_read_from_the_functions_called(default: str) -> None:
    assert facts(default).volatility is DEFAULTS[default][0]


OF_A_USER = """
a <=> b
1 OPERATOR(s.+) 2
s.filter(1)
zone(1)
s.json(1)
escape('x')
s.coalesce(1)
"row"(1)
over(1)
'x'::text::s.mood
now()::public.citext
CAST('a' || 'b' AS s.mood)
(1, 2)::s.pair
uuid_generate_v4()
""".strip()


@pytest.mark.parametrize("default", OF_A_USER.splitlines())
def test_what_a_user_may_have_made_is_of_unknown_volatility(default: str) -> None:
    assert facts(default).volatility is Volatility.UNKNOWN


@pytest.mark.parametrize(
    "default",
    ["1 = ANY (ARRAY[1])", "'a' LIKE ('b')", "1 IN (2)", "coalesce(NULL, 1)", "1 OPERATOR(pg_catalog.+) 2"],
)
def test_syntax_is_no_call(default: str) -> None:
    assert facts(default).volatility is Volatility.CONSTANT


def test_a_time_with_time_zone_in_another_zone_is_volatile() -> None:
    assert facts("timezone('utc', CURRENT_TIME)").volatility is Volatility.VOLATILE
    assert facts("CURRENT_TIME").volatility is Volatility.STABLE


@pytest.mark.parametrize(
    "text",
    ["", "a >", "a b", "(a", "a)", ":name", "$1", "%(x)s", "{{ x }}", "(SELECT 1)", "EXISTS (SELECT 1)", "*",
     "xmlforest(a)", "json_object('a': b)", "CASE END", "a[1", "'abc", "/* x", "a IN ()", "DEFAULT"],
)  # fmt: skip
def test_what_is_not_understood_is_rejected(text: str) -> None:
    with pytest.raises(Reject):
        facts(text)


@pytest.mark.majors
def test_types_are_spelled_as_the_server_spells_them(conn: psycopg.Connection) -> None:
    conn.execute("CREATE SCHEMA s")
    conn.execute("CREATE TYPE s.mood AS ENUM ('sad')")
    conn.execute("CREATE TYPE \"My Type\" AS ENUM ('sad')")
    written = [
        "int",
        "INT4",
        "integer",
        "smallint",
        "int8",
        "bool",
        "BOOLEAN",
        "float",
        "float(24)",
        "float(25)",
        "real",
        "double precision",
        "float4",
        "numeric",
        "numeric(5)",
        "decimal(7, 2)",
        "dec",
        "char",
        "char(3)",
        "character(2)",
        "varchar",
        "varchar(20)",
        "character varying(7)",
        "nchar(2)",
        "national character varying(3)",
        "bpchar",
        "bpchar(4)",
        '"char"',
        "text",
        "name",
        "bytea",
        "bit",
        "bit(3)",
        "bit varying",
        "varbit(4)",
        '"bit"',
        "date",
        "time",
        "time(3)",
        "time with time zone",
        "timetz(2)",
        "timestamp",
        "timestamp(3) with time zone",
        "timestamptz",
        "timestamp without time zone",
        "interval",
        "interval(3)",
        "interval year",
        "interval second(3)",
        "interval day to second",
        "interval day to second(2)",
        "interval year to month",
        "uuid",
        "json",
        "jsonb",
        "inet",
        "int[]",
        "int[3][3]",
        "int ARRAY[4]",
        "text ARRAY",
        "varchar(3)[]",
        "numeric(3,1)[]",
        "s.mood",
        "s.mood[]",
        '"My Type"',
        "pg_catalog.int4",
        "pg_catalog.varchar(3)",
        "pg_catalog.bpchar",
        'pg_catalog."char"',
        "oid",
        "regclass",
        "tsvector",
        "int4range",
        "xid8",
        "pg_lsn",
        "point",
        "money",
        "int2vector",
        "timestamp(0)[]",
    ]
    for kind in written:
        conn.execute("DROP TABLE IF EXISTS made")
        conn.execute(f"CREATE TABLE made (a {kind})".encode())
        row = conn.execute(
            "SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attname = 'a'"
            " AND attrelid = 'made'::regclass"
        ).fetchone()
        (change,) = read_text(f"ALTER TABLE x ADD a {kind}")

        assert isinstance(change, AddColumn)
        assert row == (str(change.column.type),), kind


@pytest.mark.majors
def test_indexes_without_names_get_the_servers_names(table: psycopg.Connection) -> None:
    written = [
        "(a)",
        "(a, b)",
        "(lower(v))",
        "(lower(v), (a + 1), (b + 2))",
        "((a + b), a)",
        "((v::text))",
        "((a::numeric))",
        "(coalesce(a, b))",
        "((v || 'x'))",
        "(substring(v FROM 1 FOR 2), trim(v))",
        "((ts AT TIME ZONE 'utc'))",
        "(((ts AT TIME ZONE 'utc')::date))",
        "((j->>'x'))",
        "(((j->>'x')::int))",
        "((arr[1]))",
        "(((p).x))",
        "(extract(year FROM d))",
        "((CASE WHEN f THEN a END))",
        "((CASE WHEN f THEN 1 ELSE a END))",
        "((a IS NULL))",
        "(greatest(a, b), least(a, b), nullif(a, b))",
        "(cast(a AS bigint))",
        "(((a)))",
        "(a) INCLUDE (b, v)",
        '("Odd name", "order")',
        "(s.twice(a))",
        '((v COLLATE "C"))',
        "(date_trunc('day', ts AT TIME ZONE 'utc'))",
        "((NOT f))",
        "((- a))",
        "(lower(v), lower(v))",
        "(rtrim(v), ltrim(v))",
        "(trim(leading 'x' FROM v))",
        "((d + interval '1 day'))",
        "(((a + 1)::smallint))",
    ]
    for elements in written:
        text = f"CREATE INDEX ON t {elements}"
        table.execute(text.encode())
        row = table.execute(
            "SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 't'::regclass"
        ).fetchone()
        (change,) = read_text(text)

        assert isinstance(change, CreateIndex)
        assert row is not None
        assert row[0].strip('"') == change.chosen_name(SchemaState()).name, text
        table.execute(f"DROP INDEX {row[0]}".encode())


PLAIN_MIGRATION = """
import sys
from schemaguard.sql.grammar import read_text
for text in (
    "CREATE TABLE t (id bigserial PRIMARY KEY, at timestamptz DEFAULT now(), n int CHECK (n > 0))",
    "ALTER TABLE t ADD c uuid DEFAULT gen_random_uuid(), ALTER n TYPE bigint USING n::bigint",
    "ALTER TABLE t ADD CONSTRAINT k CHECK (c IS NOT NULL AND (n BETWEEN 1 AND 5)) NOT VALID",
    "CREATE UNIQUE INDEX CONCURRENTLY i ON t (lower(x), (a->>'b')) WHERE d IS NULL",
    "UPDATE t SET a = split_part(name, ' ', 1) WHERE a IS NULL",
    "INSERT INTO t (a, b) VALUES (1, 'x'), (2, 'y')",
):
    read_text(text)
for name in ("sqlglot", "sqlalchemy", "alembic", "psycopg"):
    assert name not in sys.modules, name
read_text("UPDATE t SET a = (SELECT max(b) FROM u)")
assert "sqlglot" in sys.modules
"""


def test_a_plain_migration_is_read_without_sqlglot() -> None:
    done = subprocess.run(
        [sys.executable, "-c", PLAIN_MIGRATION], capture_output=True, text=True, check=False
    )

    assert done.stderr == ""
    assert done.returncode == 0


def test_one_module_alone_knows_sqlglot() -> None:
    home = Path(schemaguard.__file__).parent
    users = {
        str(path.relative_to(home))
        for path in home.rglob("*.py")
        if any(word in path.read_text() for word in ("import sqlglot", "from sqlglot"))
    }

    assert users == {"sql/expressions.py"}

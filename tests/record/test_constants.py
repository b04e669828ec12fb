"""A statement without its constants means the same: asked of a server, which describes both."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.record.constants import Unsure, without_constants

SCHEMA = """
CREATE TYPE state AS ENUM ('new', 'done');
CREATE TABLE t (a int, b text, c numeric(10, 2), d date, e jsonb, f int[], g bool, h state, i timestamptz);
CREATE UNIQUE INDEX ON t (lower(b), coalesce(a, 0)) WHERE h = 'new';
CREATE SEQUENCE s;
"""

INDEX = "ON CONFLICT (lower(b), coalesce(a, 0)) WHERE h = 'new'"

SAME = [
    ("SELECT b FROM t WHERE a = 1 AND b > 'x' LIMIT 10", "SELECT b FROM t WHERE a = $1 AND b > $2 LIMIT $3"),
    ("SELECT 1, 'x', 1.5, 3000000000, 1e3, -1, NULL, true FROM t", None),
    ("SELECT a / 2, c * 1.5, a - -1, f[1], f[1:2] FROM t", None),
    (
        "SELECT coalesce(a, 0), sum(c) FROM t GROUP BY coalesce(a, 0), 1 ORDER BY 1 DESC, sum(c) + 1",
        "SELECT coalesce(a, $1), sum(c) FROM t GROUP BY coalesce(a, $1), 1 ORDER BY 1 DESC, sum(c) + $2",
    ),
    (
        "SELECT date_trunc('day', i), count(*) FROM t GROUP BY date_trunc('day', i) HAVING count(*) > 1",
        "SELECT date_trunc('day', i), count(*) FROM t GROUP BY date_trunc('day', i) HAVING count(*) > $1",
    ),
    ("SELECT DISTINCT a + 1 FROM t ORDER BY a + 1", "SELECT DISTINCT a + $1 FROM t ORDER BY a + $1"),
    ("SELECT DISTINCT ON (b || 'x') a FROM t ORDER BY b || 'x', a", None),
    (
        "INSERT INTO t (a, b) VALUES (1, 'x'), (2, NULL), (3, 'y'), (4, 'z'), (5, lower('U'))",
        "INSERT INTO t (a, b) VALUES ($1, $2), ($3, $4), ($5, lower($6))",
    ),
    (
        f"INSERT INTO t (a, b) VALUES (1, 'x') {INDEX} DO UPDATE SET b = 'z' WHERE t.a > 5",
        f"INSERT INTO t (a, b) VALUES ($1, $2) {INDEX} DO UPDATE SET b = $3 WHERE t.a > $4",
    ),
    ("UPDATE t SET a = NULL, g = true, h = 'done', f = '{1}' WHERE g = false OR a IS NULL", None),
    ("WITH q AS (SELECT 1), r AS MATERIALIZED (SELECT 'y') SELECT a FROM t, q, r WHERE a IN (1, 2)", None),
    (
        "SELECT a::numeric(10, 2), b::varchar(20), CAST('5' AS numeric(5)), '{2}'::int[3], a::char(3) FROM t",
        "SELECT a::numeric(10, 2), b::varchar(20), CAST($1 AS numeric(5)), $2::int[3], a::char(3) FROM t",
    ),
    (
        "SELECT i - interval '1 day', date '2020-01-01' FROM t WHERE d > DATE '2020-01-01'",
        "SELECT i - CAST($1 AS interval), CAST($2 AS date) FROM t WHERE d > CAST($3 AS DATE)",
    ),
    ("SELECT e ? 'k', e ->> 'name', e #>> '{a,b}', e @> '{}', E'a\\'b', $$x$$, U&'x' FROM t", None),
    (
        "SELECT nextval('s'), 's'::regclass, extract('year' FROM i), i AT TIME ZONE 'UTC' FROM t",
        "SELECT nextval('s'), 's'::regclass, extract('year' FROM i), i AT TIME ZONE 'UTC' FROM t",
    ),
    ("SELECT i AT TIME ZONE 'Europe/Paris' FROM t", "SELECT i AT TIME ZONE $1 FROM t"),
    ("SELECT i - INTERVAL '1' DAY FROM t", "SELECT i - CAST($1 AS INTERVAL DAY) FROM t"),
    ("SELECT json_build_object('name', b, 'n', 5), concat('x', a), format('%s', 'y') FROM t", None),
    ("SELECT a FROM t ORDER BY a FETCH FIRST 5 ROWS ONLY", None),
    ("SELECT a FROM t ORDER BY a OFFSET 5 ROWS FETCH NEXT 5 ROWS ONLY", None),
    ("SELECT sum(a) OVER (ORDER BY b ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) FROM t", None),
    ("SELECT a FROM t WHERE a = ANY(ARRAY[1, 2]) AND b = ANY('{x}') AND a BETWEEN 1 AND 2", None),
    ("SELECT a FROM t WHERE b LIKE 'x%' ESCAPE '!' OR b SIMILAR TO 'y' OR b ILIKE 'z'", None),
    ("SELECT CASE WHEN a = 1 THEN 'one' ELSE 'more' END, NULLIF(b, ''), greatest(a, 5) FROM t", None),
    ("SELECT substring(b FROM 1 FOR 2), position('x' IN b), trim(BOTH 'x' FROM b) FROM t", None),
    ("SELECT a, 'x' FROM t UNION SELECT 2, b FROM t", None),
    ("SELECT v.y FROM (VALUES (1, 'x'), (2, 'y')) v (x, y) JOIN t ON a = 1 WHERE v.x = 1", None),
    ("SELECT a FROM t TABLESAMPLE BERNOULLI (10) REPEATABLE (1) FOR UPDATE", None),
    ("SELECT x.n FROM json_to_recordset('[]') AS x (n numeric(5, 2), m varchar(3))", None),
    ("SELECT count(*) FILTER (WHERE a > 1), string_agg(b, ',' ORDER BY a) FROM t", None),
    ("COPY t FROM STDIN WITH (DELIMITER ',')", "COPY t FROM STDIN WITH (DELIMITER ',')"),
]  # fmt: skip


@pytest.mark.majors
def test_the_server_describes_both_alike(database_with: Callable[[str], str]) -> None:
    with psycopg.connect(database_with(SCHEMA), autocommit=True) as conn:
        for number, (sql, expected) in enumerate(SAME):
            made = without_constants(sql)
            assert made.sql == expected or expected is None
            if not sql.startswith("COPY"):
                oids = [conn.adapters.types[type_].oid if type_ else 0 for type_, _ in made.types[0].values()]
                assert described(conn, f"with_{number}", made.sql, oids) == described(
                    conn, f"{number}", sql, []
                )


def described(
    conn: psycopg.Connection, name: str, sql: str, oids: list[int]
) -> list[tuple[bytes | None, int]]:
    prepared = conn.pgconn.prepare(name.encode(), sql.encode(), oids)
    assert prepared.status == psycopg.pq.ExecStatus.COMMAND_OK, (sql, prepared.error_message)
    result = conn.pgconn.describe_prepared(name.encode())
    return [(result.fname(column), result.ftype(column)) for column in range(result.nfields)]


def test_the_types_of_rows_that_are_left_out_are_kept() -> None:
    made = without_constants("INSERT INTO t VALUES (1, 'x'), (2, NULL), (3000000000, 'z'), (4, NULL)")

    assert made.sql == "INSERT INTO t VALUES ($1, $2), ($3, $4)"
    assert [(types["1"], types["2"]) for types in made.types] == [
        (("int4", False), ("", False)),
        (("int8", False), ("", False)),
        (("int4", False), ("", True)),
    ]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("SELECT interval '1' day to second", "after the word INTERVAL"),
        ("SELECT timestamp with time zone '2020-01-01'", "after the word ZONE"),
        ("SELECT numeric(3) '1'", "after `)`"),
        ("SELECT B'101'", "B'...'"),
        ("SELECT a FROM t WHERE b = $1 AND a = 2", "parameters of its own"),
        ("COPY (SELECT a FROM t WHERE b = 'x') TO STDOUT", "COPY takes no parameters"),
        ("COPY t FROM STDIN WHERE a > 3", "COPY takes no parameters"),
    ],
)
def test_where_nobody_can_be_sure_that_is_said(sql: str, why: str) -> None:
    with pytest.raises(Unsure) as raised:
        without_constants(sql)

    assert why in str(raised.value)

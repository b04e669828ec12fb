"""Shapes of tables that a plan once took for plain ones."""

from collections.abc import Callable

import pytest

from schemaguard.errors import InputError, Refused, SchemaguardError
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.write_sql import one_batch
from schemaguard.postgres.connect import connect
from schemaguard.recipe import Backfill
from tests.plan.walking import Case, apply, plan_of, run

RETYPE = "ALTER TABLE t ALTER COLUMN n TYPE bigint;"
ATTACH = "ALTER TABLE e ATTACH PARTITION p FOR VALUES IN ('a');"


@pytest.mark.parametrize(
    ("given", "sql", "why"),
    [
        (
            "CREATE TABLE t (n int); CREATE TABLE u (m int) INHERITS (t);",
            RETYPE,
            "tables inherit from public.t",
        ),
        (
            "CREATE TABLE t (k int, n int) PARTITION BY LIST (k); CREATE INDEX ON t (n);",
            "ALTER TABLE t RENAME n TO m;",
            "an index of the partitioned table is over it",
        ),
        ("CREATE TABLE t (n int UNIQUE DEFERRABLE);", RETYPE, "more than a plain UNIQUE"),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ADD COLUMN n_retyped text; " + RETYPE,
            "adds a column n_retyped",
        ),
        ("CREATE TABLE t (n int, m int);", RETYPE + "ALTER TABLE t DROP COLUMN n;", "this release drops it"),
        ("CREATE TABLE t (n int, m int);", RETYPE + "DROP TABLE t;", "this release drops its table"),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ADD COLUMN m int; ALTER TABLE t DROP COLUMN m;",
            "column m of public.t is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int, m int);",
            "ALTER TABLE t ADD UNIQUE (n); ALTER TABLE t DROP COLUMN n;",
            "constraint t_n_key of public.t is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int, m int);",
            "CREATE INDEX i ON t (m); DROP INDEX i;",
            "index i of public.t is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int, m int);",
            "ALTER TABLE t ALTER n SET NOT NULL; ALTER TABLE t DROP COLUMN n;",
            "NOT NULL of public.t.n is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ALTER n SET NOT NULL; ALTER TABLE t ALTER n DROP NOT NULL;",
            "NOT NULL of public.t.n is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ALTER n SET NOT NULL; DROP TABLE t;",
            "NOT NULL of public.t.n is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ADD COLUMN m int; ALTER TABLE t ALTER m SET NOT NULL; DROP TABLE t;",
            "column m of public.t is gone when the release ends",
        ),
        (
            "CREATE TABLE t (n int, m int); CREATE INDEX i ON t (m);",
            "CREATE INDEX j ON t (m); DROP INDEX j; CREATE INDEX j ON t (m);",
            "index j of public.t is dropped and made again by the same release",
        ),
        ("CREATE TABLE t (n int, EXCLUDE (n WITH =));", RETYPE, "the EXCLUDE constraint t_n_excl is over it"),
        (
            "CREATE TABLE t (n int, m int, CONSTRAINT e EXCLUDE (n WITH =) WHERE (m > 0));",
            "ALTER TABLE t RENAME m TO o;",
            "the EXCLUDE constraint e is over it",
        ),
        ("CREATE TABLE t (n real);", "ALTER TABLE t ALTER COLUMN n TYPE numeric;", "values become others"),
        (
            "CREATE TABLE t (n int);",
            "ALTER TABLE t ALTER n TYPE float8 USING n * random();",
            "its USING gives another value each time",
        ),
        (
            "CREATE TABLE t (n int, m int);",
            "ALTER TABLE t ALTER m TYPE bigint; ALTER TABLE t ALTER n TYPE text USING n || '/' || m;",
            "its USING names m, which this release adds or changes",
        ),
        (
            "CREATE TABLE t (n int PRIMARY KEY); CREATE TABLE u (n int REFERENCES t);",
            "ALTER TABLE t ALTER n TYPE bigint USING n * 10;",
            "it is part of the key t_pkey",
        ),
        (
            "CREATE TABLE t (id int PRIMARY KEY, c varchar(40));",
            "ALTER TABLE t RENAME c TO d; ALTER TABLE t ALTER COLUMN d TYPE text;",
            "public.t.d is kept in step with another column",
        ),
        (
            "CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 1, m int, UNIQUE (n, m));",
            "ALTER TABLE t DROP COLUMN n;",
            "rows that leave public.t.n out have the same value there, as the unique index public.t_n_m_key",
        ),
        (
            "CREATE TABLE t (id int, n int DEFAULT 1); CREATE UNIQUE INDEX i ON t (id) WHERE n = 1;",
            "DROP INDEX i; ALTER TABLE t DROP COLUMN n;",
            "as the unique index public.i sees them",
        ),
        (
            "CREATE TABLE e (c text) PARTITION BY LIST (lower(c)); CREATE TABLE p (c text);",
            ATTACH,
            "public.e is partitioned by an expression",
        ),
        (
            (
                "CREATE TABLE e (c text) PARTITION BY LIST (c);"
                "CREATE TABLE p (c text CONSTRAINT p_within_bound CHECK (c <> ''));"
            ),
            ATTACH,
            "has a constraint p_within_bound of its own",
        ),
    ],
)
def test_what_a_second_column_or_a_check_cannot_stand_in_for_is_refused(
    given: str, sql: str, why: str
) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(Case(given=given, sql=sql))


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE t DROP COLUMN n; ALTER TABLE t ADD COLUMN n text;",
        "ALTER TABLE t DROP COLUMN n, ADD COLUMN n text;",
        "ALTER TABLE t RENAME n TO o; ALTER TABLE t ADD COLUMN n text;",
        "ALTER TABLE t DROP COLUMN n; ALTER TABLE t RENAME m TO n;",
    ],
)
def test_a_name_that_goes_does_not_come_again_in_one_release(sql: str) -> None:
    with pytest.raises(InputError, match=r"public\.t\.n goes in this release, and another of its name comes"):
        plan_of(Case(given="CREATE TABLE t (id int PRIMARY KEY, n int, m int);", sql=sql))


@pytest.mark.majors
def test_a_written_backfill_leaves_the_rows_of_other_partitions_alone(
    database_with: Callable[[str], str],
) -> None:
    url = database_with(
        "CREATE TABLE e (k int, c text) PARTITION BY LIST (k);"
        "CREATE TABLE e1 PARTITION OF e FOR VALUES IN (1); CREATE TABLE e2 PARTITION OF e FOR VALUES IN (2);"
        "INSERT INTO e SELECT 1, NULL FROM generate_series(1, 5);"
        "INSERT INTO e SELECT 2, 'real' FROM generate_series(1, 9);"
    )

    run(url, one_batch(Backfill(table=Relation("public", "e"), values={"c": "'none'"}, where="c IS NULL")))

    with connect(url) as conn:
        found = conn.execute("SELECT k, c, count(*) FROM e GROUP BY 1, 2 ORDER BY 1").fetchall()
    assert found == [(1, "none", 5), (2, "real", 9)]


@pytest.mark.majors
@pytest.mark.parametrize(
    "more",
    [
        "CREATE INDEX i ON t (n); COMMENT ON INDEX i IS 'ours';",
        "ALTER TABLE t ADD CHECK (n > 0); COMMENT ON CONSTRAINT t_n_check ON t IS 'ours';",
        "CREATE STATISTICS s ON n, m FROM t;",
        (
            "ALTER TABLE t ALTER n SET NOT NULL; CREATE UNIQUE INDEX i ON t (n);"
            "ALTER TABLE t REPLICA IDENTITY USING INDEX i;"
        ),
        "CREATE INDEX i ON t (n); ALTER TABLE t CLUSTER ON i;",
    ],
)
def test_what_a_second_column_would_lose_stops_the_release_before_it_begins(
    more: str, database_with: Callable[[str], str]
) -> None:
    given = "CREATE TABLE t (id int PRIMARY KEY, n int, m int);" + more
    url = database_with(given)

    with pytest.raises(SchemaguardError, match=r"of its own|statistics"):
        apply(url, plan_of(Case(given=given, sql=RETYPE)), Phase.EXPAND)


@pytest.mark.majors
def test_the_owner_of_a_table_owns_the_view_of_its_new_name(database_with: Callable[[str], str]) -> None:
    given = "CREATE TABLE t (n int);"
    url = database_with(given)
    run(url, "CREATE ROLE landlord; ALTER TABLE t OWNER TO landlord;")
    try:
        apply(url, plan_of(Case(given=given, sql="ALTER TABLE t RENAME TO u;")), Phase.EXPAND)
        with connect(url) as conn:
            conn.execute("SET ROLE landlord")
            conn.execute("INSERT INTO u VALUES (1)")
            assert conn.execute("SELECT n FROM u").fetchall() == [(1,)]
    finally:
        run(url, "DROP OWNED BY landlord; DROP ROLE landlord;")

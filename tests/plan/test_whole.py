"""Releases about whole tables and types: who may do what meanwhile, and what is refused with which words."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.postgres.connect import connect
from tests.plan.cases_whole import MEASURES, ORDERS
from tests.plan.walking import Case, apply, plan_of, run

RENAME = Case(given=ORDERS, sql="ALTER TABLE orders RENAME TO purchase;")


RIGHTS = """
CREATE ROLE manager;
CREATE ROLE clerk;
GRANT SELECT ON orders TO manager WITH GRANT OPTION;
GRANT SELECT (id), INSERT ON orders TO clerk;
INSERT INTO customer VALUES (1);
"""
ATTACH = "ALTER TABLE measure ATTACH PARTITION measure_2026 FOR VALUES FROM ('2026-01-01') TO (MAXVALUE);"


@pytest.mark.majors
def test_who_may_use_the_table_may_use_its_new_name(database_with: Callable[[str], str]) -> None:
    url = database_with(ORDERS)
    run(url, RIGHTS)
    try:
        apply(url, plan_of(RENAME), Phase.EXPAND)

        with connect(url) as conn:
            conn.execute("SET ROLE manager")
            conn.execute("SELECT total FROM purchase")
            conn.execute("RESET ROLE; SET ROLE clerk")
            conn.execute("INSERT INTO purchase (customer_id) VALUES (1)")
            conn.execute("SELECT id FROM purchase")
            for denied in ("SELECT total FROM purchase", "DELETE FROM purchase"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    conn.execute(denied)
    finally:
        run(url, "DROP OWNED BY manager, clerk; DROP ROLE manager, clerk;")


@pytest.mark.parametrize(
    ("case", "why"),
    [
        (
            Case(given=ORDERS, sql=RENAME.sql + "ALTER TABLE purchase ADD COLUMN note text;"),
            "other statements of this release are about it",
        ),
        (
            Case(given=ORDERS + "CREATE POLICY mine ON orders USING (total > 1);", sql=RENAME.sql),
            "it has policies, which a view passes by before PostgreSQL 15",
        ),
        (
            Case(
                given=ORDERS,
                sql="""
                ALTER TABLE line ADD COLUMN total int;
                UPDATE line SET total = o.total FROM orders o WHERE o.id = line.order_id;
                ALTER TABLE orders DROP COLUMN total;
                """,
            ),
            "order_id of public.line is no primary key and not UNIQUE",
        ),
        (
            Case(given="CREATE TYPE mood AS ENUM ('a');", sql="ALTER TYPE mood RENAME TO feeling;"),
            "To take a value out of it, make a type of another name",
        ),
        (
            Case(given="CREATE VIEW orders AS SELECT 1 AS a;", sql=RENAME.sql),
            "running code may need public.orders, and there is no recipe for it yet",
        ),
        (
            Case(
                given="CREATE TABLE a (n int, m int) PARTITION BY RANGE (n, m); CREATE TABLE b (LIKE a);",
                sql="ALTER TABLE a ATTACH PARTITION b FOR VALUES FROM (1, 1) TO (2, 2);",
            ),
            "no CHECK that we can write proves this bound",
        ),
        (
            Case(
                given="""
                CREATE TABLE a (n int) PARTITION BY RANGE (abs(n));
                CREATE TABLE a_rest PARTITION OF a DEFAULT;
                CREATE TABLE b (n int);
                """,
                sql="ALTER TABLE a ATTACH PARTITION b FOR VALUES FROM (1) TO (2);",
            ),
            "proves this bound, for public.a is partitioned by an expression",
        ),
        (
            Case(
                given=MEASURES
                + """
                DROP TABLE measure_2026;
                CREATE TABLE measure_2026 (at date NOT NULL, value int) PARTITION BY LIST (value);
                """,
                sql=ATTACH,
            ),
            "public.measure_2026 lacks an index of public.measure",
        ),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_cannot_be_done_gently_is_refused_with_the_reason(case: Case, why: str) -> None:
    with pytest.raises(Refused, match=why):
        plan_of(case)

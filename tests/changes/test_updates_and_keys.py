"""Which other tables an UPDATE looks at, for foreign keys: only those whose columns it assigns."""

import psycopg
import pytest

from schemaguard.names import Relation
from schemaguard.postgres.observe import observe
from schemaguard.scripts import frames_of
from schemaguard.server import Server

SHOP = """
CREATE TABLE region (id int PRIMARY KEY, code text UNIQUE);
CREATE TABLE customer (id int PRIMARY KEY, name text, region int REFERENCES region,
    code text REFERENCES region (code) ON UPDATE CASCADE);
CREATE TABLE orders (id int PRIMARY KEY, customer int REFERENCES customer ON UPDATE CASCADE);
CREATE TABLE line (id int, orders int REFERENCES orders ON UPDATE CASCADE);
CREATE TABLE part (id int, day int, customer int REFERENCES customer, PRIMARY KEY (id, day))
    PARTITION BY LIST (day);
CREATE TABLE part1 PARTITION OF part FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF part FOR VALUES IN (2);
CREATE TABLE of_part (id int, day int, FOREIGN KEY (id, day) REFERENCES part);
"""
ROWS = """
INSERT INTO region VALUES (1, 'a'), (2, 'b');
INSERT INTO customer VALUES (1, 'x', 1, 'a'), (2, 'y', 2, 'b');
INSERT INTO orders VALUES (1, 1);
INSERT INTO line VALUES (1, 1);
INSERT INTO part VALUES (1, 1, 2);
"""


@pytest.mark.majors
@pytest.mark.parametrize(
    ("sql", "others"),
    [
        ("UPDATE customer SET name = 'z'", set()),
        ("UPDATE customer SET region = 2", {"region"}),
        ("UPDATE customer SET id = 9 WHERE id = 1", {"orders", "part", "part1", "part2"}),
        ("UPDATE region SET code = 'c' WHERE id = 1", {"customer"}),
        ("UPDATE orders SET id = 8", {"line"}),
        ("UPDATE part SET day = 2", {"part1", "part2", "customer", "of_part"}),
        (
            "INSERT INTO customer VALUES (1, 'x', 1), (3, 'q', 1) ON CONFLICT (id) DO UPDATE SET name = 'w'",
            {"region"},
        ),
        (
            "INSERT INTO orders VALUES (1, 1), (2, 1) ON CONFLICT (id) DO UPDATE SET id = 7",
            {"customer", "line"},
        ),
    ],
)
def test_other_tables_are_looked_at_only_for_keys_whose_columns_are_assigned(
    conn: psycopg.Connection, major: int, sql: str, others: set[str]
) -> None:
    conn.execute(SHOP + ROWS)

    said = frames_of(sql, given=SHOP, server=Server(major=major))[-1].costs
    seen = observe(conn, sql)

    own = {frames_of(sql, given=SHOP)[-1].statement.changes[0].table.name}  # type: ignore[union-attr]
    assert _tables(said) == own | others
    assert _tables(seen) == own | others


@pytest.mark.parametrize(
    ("action", "others"),
    [
        ("WHEN MATCHED THEN UPDATE SET name = r.code", set()),
        ("WHEN MATCHED THEN UPDATE SET id = r.id + 1", {"orders", "part", "part1", "part2"}),
        ("WHEN MATCHED THEN DELETE", {"orders", "line", "part", "part1", "part2", "of_part", "customer"}),
    ],
)
def test_merge_looks_at_what_its_actions_ask_for(action: str, others: set[str]) -> None:
    sql = f"MERGE INTO customer USING region r ON r.id = customer.id {action}"

    assert _tables(frames_of(sql, given=SHOP)[-1].costs) == {"customer", "region"} | others


def test_merge_that_assigns_a_column_twice_is_refused() -> None:
    sql = "MERGE INTO customer c USING region r ON true WHEN MATCHED THEN UPDATE SET name = '', name = 'x'"

    assert "42601" in [refusal.sqlstate for refusal in frames_of(sql, given=SHOP)[-1].refusals]


def _tables(costs: object) -> set[str]:
    return {cost.table.name for cost in costs if isinstance(cost.table, Relation)}  # type: ignore[attr-defined]

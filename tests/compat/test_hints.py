"""Which column a parameter has to do with."""

import pytest

from schemaguard.compat.hints import Role, read_hints

CASES = [
    ("SELECT * FROM t WHERE a = $1", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE t.a = $1::INTEGER AND b = 2", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE $1 = a", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE a IN (1, $1)", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE b = 1 AND lower(a) = lower($1)", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE a ILIKE '%' || $1 || '%'", Role.COMPARED, "a"),
    ("SELECT * FROM t WHERE a >= $1", Role.LOWER, "a"),
    ("SELECT * FROM t WHERE a < $1", Role.UPPER, "a"),
    ("SELECT * FROM t WHERE a BETWEEN $1 AND 9", Role.LOWER, "a"),
    ("SELECT * FROM t WHERE a BETWEEN 1 AND $1", Role.UPPER, "a"),
    ("SELECT * FROM t ORDER BY b LIMIT $1", Role.LIMIT, ""),
    ("INSERT INTO t (b, a) VALUES (now(), $1::VARCHAR)", Role.INSERTED, "a"),
    ("INSERT INTO t (b, a) VALUES (1, 2), (3, lower($1))", Role.INSERTED, "a"),
    ("INSERT INTO t (b, a) SELECT c, $1 FROM s", Role.INSERTED, "a"),
    (
        "INSERT INTO t (b, a) SELECT p0::INT, p1::INT FROM (VALUES (1, $1, 0)) AS x(p0, p1, n) ORDER BY n",
        Role.INSERTED,
        "a",
    ),
    ("INSERT INTO t (b) VALUES (1) ON CONFLICT (b) DO UPDATE SET a = $1", Role.ASSIGNED, "a"),
    ("UPDATE t SET b = 1, a = $1 WHERE c = 2", Role.ASSIGNED, "a"),
    ("UPDATE t SET b = 1 WHERE a = $1", Role.COMPARED, "a"),
    ("UPDATE t SET a = a + $1 WHERE c = 2", Role.FREE, "a"),
    ("SELECT $1::int", Role.FREE, ""),
]


@pytest.mark.parametrize(("sql", "role", "column"), CASES)
def test_a_parameter_is_seen_beside_its_column(sql: str, role: Role, column: str) -> None:
    use = read_hints(sql).uses[1]

    assert use.role is role
    assert (use.columns[0].name if use.columns else "") == column


def test_a_parameter_of_any_is_an_array_of_the_columns_values() -> None:
    assert read_hints("SELECT 1 FROM t WHERE a = ANY ($1)").uses[1].array


def test_an_insert_without_columns_gives_the_places() -> None:
    hints = read_hints("INSERT INTO s.t VALUES ($1, $2)")

    assert (hints.target, hints.uses[1].place, hints.uses[2].place) == ("t", 0, 1)


def test_tables_are_known_by_their_aliases() -> None:
    hints = read_hints('SELECT 1 FROM a AS x, s.b y JOIN "C d" ON true WHERE y.q = $1')

    assert hints.tables == {"x": ("", "a"), "y": ("s", "b"), "C d": ("", "C d")}
    assert hints.uses[1].columns[0].qualifier == "y"

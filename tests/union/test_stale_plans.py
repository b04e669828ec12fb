"""What the page of stale-plan says of prepared statements, on servers."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.postgres.connect import connect

PREPARED = {
    "star": "SELECT * FROM t",
    "named": "SELECT b FROM t",
    "written": "INSERT INTO t (b) VALUES ('y')",
    "returned": "INSERT INTO t (b) VALUES ('y') RETURNING *",
}


def refused(conn: psycopg.Connection) -> set[str]:
    """The prepared statements that fail with 0A000."""
    found = set()
    for name in PREPARED:
        try:
            conn.execute(f"EXECUTE {name}".encode())
        except psycopg.errors.FeatureNotSupported:
            found.add(name)
    return found


@pytest.mark.majors
@pytest.mark.parametrize(
    ("change", "stale"),
    [
        ("ALTER TABLE t ADD COLUMN c int", {"star", "returned"}),
        ("ALTER TABLE t ALTER b TYPE varchar(9)", {"star", "named", "returned"}),
        ("ALTER TABLE t ALTER b TYPE text", {"star", "named", "returned"}),
        ("ALTER TABLE t ALTER b SET DEFAULT 'z'", set()),
    ],
)
def test_prepared_statements_whose_result_changes_fail(
    database_with: Callable[[str], str], change: str, stale: set[str]
) -> None:
    dsn = database_with("CREATE TABLE t (a int, b varchar(5))")
    with connect(dsn) as session, connect(dsn) as migration:
        for name, text in PREPARED.items():
            session.execute(f"PREPARE {name} AS {text}".encode())

        migration.execute(change.encode())

        assert refused(session) == stale
        session.execute("DISCARD PLANS")
        assert refused(session) == stale

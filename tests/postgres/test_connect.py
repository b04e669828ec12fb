"""Connections to a server that others have settings and statements on."""

from collections.abc import Callable

from schemaguard.postgres.connect import connect


def test_nothing_is_lost_with_the_statements_that_discard_all_takes_away(
    database_with: Callable[[str], str],
) -> None:
    with connect(database_with("")) as conn:
        for _ in range(10):
            conn.execute("SELECT %s::int", (1,))
        prepared = conn.execute("SELECT count(*) FROM pg_prepared_statements").fetchone()
        conn.execute("DISCARD ALL")
        row = conn.execute("SELECT %s::int", (1,)).fetchone()

    assert (prepared, row) == ((0,), (1,))

"""PostgreSQL takes the foreign keys between the types that we say it takes, and refuses the others."""

from collections.abc import Callable

import psycopg
import pytest

from schemaguard.column_types import canonical
from schemaguard.key_types import KNOWN, comparable
from schemaguard.postgres.connect import connect


@pytest.mark.majors
def test_each_pair_of_types_is_taken_or_refused(database_with: Callable[[str], str]) -> None:
    given = "".join(
        f"CREATE TABLE target_{n} (id {name} PRIMARY KEY); CREATE TABLE source_{n} (id {name});"
        for n, name in enumerate(KNOWN)
    )
    wrong = []
    with connect(database_with(given)) as conn:
        for n, referring in enumerate(KNOWN):
            for m, referred in enumerate(KNOWN):
                said = comparable(canonical(referring), canonical(referred))
                if said is not _takes(
                    conn, f"ALTER TABLE source_{n} ADD FOREIGN KEY (id) REFERENCES target_{m}"
                ):
                    wrong.append(f"{referring} to {referred}: said {said}")

    assert wrong == []


def _takes(conn: psycopg.Connection, sql: str) -> bool:
    try:
        with conn.transaction(force_rollback=True):
            conn.execute(sql.encode())
    except psycopg.errors.DatatypeMismatch:
        return False
    return True

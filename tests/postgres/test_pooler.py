"""A pooler in transaction mode is refused before anything is made; one in session mode is not."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from schemaguard.errors import Refused
from schemaguard.phase import Phase
from schemaguard.postgres import preflight
from schemaguard.postgres.connect import connect
from schemaguard.postgres.embedded import Server
from schemaguard.postgres.preflight import Severity
from schemaguard.postgres.taking_back import Consent, take_back
from schemaguard.postgres.uninstalling import uninstall
from tests.postgres.applying import GIVEN, apply_phase, hand_made
from tests.postgres.pooled import PORT, pooled


@pytest.fixture
def directory() -> Iterator[Path]:
    """One whose name is short enough for a socket, and which a program of another user may enter."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o777)
        yield Path(name)


def nothing_is_made(url: str) -> bool:
    with psycopg.connect(url) as conn:
        row = conn.execute(
            "SELECT to_regclass('schemaguard.journal') IS NULL"
            " AND NOT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory')"
        ).fetchone()
        return row == (True,)


@pytest.mark.majors
@pytest.mark.parametrize("sessions", [1, 2, 5])
def test_a_pooler_that_hands_transactions_to_several_sessions_is_refused(
    server: Server, database_with: Callable[[str], str], directory: Path, sessions: int
) -> None:
    direct = database_with(GIVEN)
    with pooled(server.socket, directory, sessions=sessions) as socket:
        url = make_conninfo(direct, host=str(socket), port=PORT)
        with pytest.raises(Refused, match="pooler in transaction mode"):
            apply_phase(url, Phase.EXPAND)
        with connect(url) as conn, pytest.raises(Refused, match="pooler in transaction mode"):
            take_back(conn, hand_made(), watch=lambda _: None, consent=Consent())
        with connect(url) as conn, pytest.raises(Refused, match="pooler in transaction mode"):
            uninstall(conn, abandon=True, lock_deadline=1)

    assert nothing_is_made(direct)
    apply_phase(direct, Phase.EXPAND)


def test_where_there_is_no_second_connection_it_is_told_that_nobody_knows(
    database_with: Callable[[str], str],
) -> None:
    url = database_with(GIVEN)
    with psycopg.connect(url, autocommit=True) as conn:
        role = f"lonely_{conn.info.dbname}"
        conn.execute(f"CREATE ROLE {role} LOGIN CONNECTION LIMIT 1".encode())
    with connect(make_conninfo(url, user=role)) as conn:
        findings = preflight.look(conn, hand_made(), Phase.EXPAND)

    assert [one.severity for one in findings if one.check == "pooler"] == [Severity.NOTE]

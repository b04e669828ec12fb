"""A full disk in the middle of a backfill: said plainly, nothing lost, and gone on with afterwards."""

import os
import pwd
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from schemaguard.errors import DatabaseError
from schemaguard.phase import Phase
from schemaguard.postgres import journal
from tests.postgres.applying import apply_phase

MEBIBYTES = 2
GIVEN = """
CREATE TABLE customer (id bigint PRIMARY KEY, mail text NOT NULL) TABLESPACE small;
INSERT INTO customer SELECT n, 'c' || n || '@example.org' FROM generate_series(1, 20000) AS n;
"""


@pytest.fixture
def small() -> Iterator[Path]:
    """A directory of the server's user on a file system of a few mebibytes."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a small file system: a full disk was not tested")
    # Not pytest's own place for files: the server's user may not go there.
    folder = Path(tempfile.mkdtemp(prefix="schemaguard-small-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEBIBYTES}m", "tmpfs", str(folder)], check=False
    )
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a file system: a full disk was not tested")
    try:
        space = folder / "space"
        space.mkdir()
        os.chown(space, pwd.getpwnam("nobody").pw_uid, -1)
        yield space
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
        folder.rmdir()


def test_a_backfill_that_fills_the_disk_goes_on_when_there_is_room(small: Path, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(f"CREATE TABLESPACE small LOCATION '{small}'".encode())
    try:
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute(GIVEN)
        apply_phase(database, Phase.EXPAND)

        with pytest.raises(DatabaseError, match=r"(?i)no space left on device|could not extend") as full:
            apply_phase(database, Phase.BACKFILL)

        assert "Free space" in full.value.advice
        with psycopg.connect(database) as conn:
            assert journal.steps(conn, "email")["backfill-01"].state == "failed"
            row = conn.execute("SELECT count(*), count(email) FROM customer").fetchone()
        assert row is not None
        assert row[0] == 20_000
        assert row[1] > 0
        subprocess.run(["mount", "-o", "remount,size=64m", str(small.parent)], check=True)

        apply_phase(database, Phase.BACKFILL)

        with psycopg.connect(database) as conn:
            row = conn.execute("SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail").fetchone()
        assert row == (0,)
    finally:
        with psycopg.connect(database, autocommit=True) as conn:
            conn.execute("DROP TABLE IF EXISTS customer")
            conn.execute("DROP TABLESPACE small")

"""A migration without its history: the schema before it comes from a dump."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.cli import main
from tests.plan.walking import rows, run

DUMP = """
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.item (id bigint NOT NULL, name text NOT NULL);
ALTER TABLE ONLY public.item ADD CONSTRAINT item_pkey PRIMARY KEY (id);
"""
MIGRATION = "ALTER TABLE item RENAME COLUMN name TO label;"


@pytest.fixture
def migration(tmp_path: Path) -> Path:
    (tmp_path / "dump.sql").write_text(DUMP)
    (tmp_path / "migrations").mkdir()
    path = tmp_path / "migrations" / "0007.sql"
    path.write_text(MIGRATION)
    return path


@pytest.mark.parametrize(
    ("sql", "code"), [(MIGRATION, 1), ("ALTER TABLE item ALTER COLUMN name SET DEFAULT 'new';", 3)]
)
def test_without_it_what_is_missing_is_said(
    sql: str, code: int, migration: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migration.write_text(sql)

    assert main(["split", str(migration), "--unproved"]) == code
    assert "--schema FILE, written by `pg_dump --schema-only`" in capsys.readouterr().err


def test_it_is_split_and_proved_over_a_dump(migration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(migration), "--schema", str(migration.parents[1] / "dump.sql")]) == 0
    assert "proved" in capsys.readouterr().out


def test_it_is_applied_over_a_dump(migration: Path, database_with: Callable[[str], str]) -> None:
    url = database_with("CREATE TABLE item (id bigint PRIMARY KEY, name text NOT NULL);")
    run(url, "INSERT INTO item VALUES (1, 'one')")
    words = [str(migration), "--schema", str(migration.parents[1] / "dump.sql"), "--database-url", url]

    for phase in ("expand", "backfill"):
        assert main(["apply", "--phase", phase, *words]) == 0
    assert rows(url, "SELECT name, label FROM item") == [("one", "one")]


def test_a_dump_that_is_not_there_is_told_of(migration: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["split", str(migration), "--schema", "gone.sql"]) == 2
    assert "gone.sql" in capsys.readouterr().err

"""Several migrations that follow each other are one release."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.cli import main
from schemaguard.postgres.embedded import Server
from schemaguard.sources.alembic_project import find_project, read_headers
from tests.plan.branched import ROWS, Branched
from tests.plan.test_branches_run import url_of
from tests.plan.walking import rows, run, shape

__all__ = ["url_of"]

RELEASES = {
    "0002": """
op.add_column("customer", sa.Column("email", sa.Text()))
op.execute("UPDATE customer SET email = mail")
""",
    "0003": '# schemaguard: down = email\nop.drop_column("customer", "mail")',
    "0004": "op.execute(\"UPDATE orders SET currency = 'EUR' WHERE currency IS NULL\")\n"
    'op.alter_column("orders", "currency", nullable=False)',
}


@pytest.fixture
def project(tmp_path: Path) -> Branched:
    return Branched(tmp_path / "project")


def written(project: Branched) -> list[Path]:
    """The revisions of a release."""
    follows, paths = "0001", []
    for name, upgrade in RELEASES.items():
        paths.append(project.write(name, follows, upgrade))
        follows = name
    return paths


@pytest.mark.parametrize("layout", ["linear", "branches"])
def test_revisions_of_a_release_become_one_expand_and_one_contract(
    layout: str,
    project: Branched,
    tmp_path: Path,
    server: Server,
    database_with: Callable[[str], str],
    url_of: Callable[[str], str],
) -> None:
    """What is dropped in a later revision is kept in step with what came in an earlier one."""
    naive, originals = Branched(tmp_path / "naive"), written(project)
    written(naive)
    split, whole = database_with("SELECT 1"), database_with("SELECT 2")
    for one, database in ((project, split), (naive, whole)):
        one.alembic(url_of(database), "upgrade", "0001")
        run(database, ROWS)

    command = ["split", *map(str, originals), "--layout", layout, "--shadow-url", server.url()]
    assert main([*command, "--write", str(project.versions)]) == 0
    for original in originals:
        original.unlink()
    project.alembic(url_of(split), "upgrade", "heads")
    naive.alembic(url_of(whole), "upgrade", "head")

    found = find_project(project.root)
    assert found is not None
    assert {header.id for header in read_headers(found)} == {
        "0001", "0004_expand", "0004_backfill", "0004",
    }  # fmt: skip
    assert shape(split) == shape(whole)
    for query in ("SELECT id, email FROM customer ORDER BY 1", "SELECT id, currency FROM orders ORDER BY 1"):
        assert rows(split, query) == rows(whole, query)
    assert rows(split, "SELECT version_num FROM alembic_version") == [("0004",)]


def test_apply_runs_them_as_one(
    project: Branched, database_with: Callable[[str], str], url_of: Callable[[str], str]
) -> None:
    originals, database = written(project), database_with("SELECT 1")
    project.alembic(url_of(database), "upgrade", "0001")
    run(database, ROWS)
    url = url_of(database).replace("+psycopg", "")

    command = ["apply", *map(str, originals), "--database-url", url]
    assert main([*command, "--phase", "expand"]) == 0
    assert main(["apply", "--release", "0004", "--database-url", url, "--phase", "backfill"]) == 0

    assert rows(database, "SELECT count(*) FROM customer WHERE email IS DISTINCT FROM mail") == [(0,)]
    assert rows(database, "SELECT version_num FROM alembic_version") == [("0001",)]


def test_sql_files_are_one_release_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "0001_before.sql").write_text("CREATE TABLE t (id int PRIMARY KEY, a text);")
    (tmp_path / "0002_add.sql").write_text("ALTER TABLE t ADD COLUMN b text;\nUPDATE t SET b = a;")
    (tmp_path / "0003_drop.sql").write_text("-- schemaguard: down = b\nALTER TABLE t DROP COLUMN a;")
    files = [str(tmp_path / "0002_add.sql"), str(tmp_path / "0003_drop.sql")]

    assert main(["split", *files, "--unproved", "--write", str(tmp_path / "written")]) == 0

    assert "keeps it in step with a" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "written").iterdir()) == [
        "0003_drop_1_expand.sql", "0003_drop_2_backfill.sql", "0003_drop_3_contract.sql",
    ]  # fmt: skip


def test_what_is_left_out_between_them_is_told(
    project: Branched, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, _, third = written(project)
    elsewhere = tmp_path / "0002_alone.sql"
    elsewhere.write_text("CREATE TABLE u (id int);")

    assert main(["split", str(first), str(third), "--unproved"]) == 2
    assert "0004 follows 0003, and not 0002" in capsys.readouterr().err
    assert main(["split", str(first), str(elsewhere), "--unproved"]) == 2
    assert "not of one history" in capsys.readouterr().err


def test_a_file_between_them_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in (1, 2, 3):
        (tmp_path / f"000{number}_t.sql").write_text(f"CREATE TABLE t{number} (id int PRIMARY KEY);")

    assert main(["split", str(tmp_path / "0001_t.sql"), str(tmp_path / "0003_t.sql"), "--unproved"]) == 2
    assert "0002_t.sql comes between the migrations that are named" in capsys.readouterr().err


def test_the_order_on_the_command_line_does_not_count(tmp_path: Path) -> None:
    for number in (1, 2):
        (tmp_path / f"000{number}_t.sql").write_text(f"CREATE TABLE t{number} (id int PRIMARY KEY);")
    said = [
        subprocess.run(
            [sys.executable, "-m", "schemaguard", "split", *files, "--unproved"],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for files in (["0001_t.sql", "0002_t.sql"], ["0002_t.sql", "0001_t.sql"])
    ]

    assert said[0] == said[1]
    assert said[0].startswith("release 0002_t")

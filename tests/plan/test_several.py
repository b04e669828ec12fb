"""Several migrations that follow each other are one release."""

import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.cli import main
from tests.plan.branched import Branched

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

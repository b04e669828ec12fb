"""A plan written for each migration tool: its own names, and files that its way of sending can run."""

import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import psycopg
import pytest

from schemaguard.cli import main
from schemaguard.postgres.connect import connect
from schemaguard.sources.files import detect_layout, read_directory
from tests.plan.cases import CASES
from tests.plan.test_written import bad
from tests.plan.tools import TOOLS, Tool
from tests.plan.walking import naive, plan_of, rows, run, shape

GIVEN = "CREATE TABLE t (id int PRIMARY KEY, a text);\nCREATE TABLE u (id int PRIMARY KEY);\n"
each_tool = pytest.mark.parametrize("name", TOOLS)


def lay_out(project: Path, tool: Tool, given: str, release: str) -> Path:
    """A project with the migration before and the release; the release's file."""
    for name, text in (
        (tool.before, tool.wrap(given)),
        (tool.original, tool.wrap(release)),
        *tool.more,
    ):
        file = project / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return project / tool.original


def split(project: Path, original: Path) -> None:
    """Put what the release is split into in its place."""
    assert main(["split", str(original), "--unproved", "--write", str(project)]) == 0
    original.unlink()
    if original.name in ("up.sql", "migration.sql"):
        original.parent.rmdir()
    plan = project / "sqitch.plan"
    if plan.exists():
        names = [path.stem for path in sorted((project / "deploy").glob("release_*.sql"))]
        lines = plan.read_text().splitlines()[:-1]
        lines += [f"{name} 2024-02-01T12:00:00Z A <a@b.c>" for name in names]
        plan.write_text("\n".join(lines) + "\n")


def send(url: str, messages: Iterable[str]) -> None:
    with connect(url) as conn:
        for message in messages:
            conn.execute(message.encode())


@each_tool
@pytest.mark.parametrize(
    "case",
    ["split a column", "indexes", "what tightens", "odd names in another schema", "a column of a wider type"],
)
def test_each_tool_runs_its_files_and_the_linter_finds_nothing(
    name: str, case: str, tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    tool, release = TOOLS[name], CASES[case]
    unsplit, url = database_with(release.setup), database_with(release.setup)
    run(unsplit, *naive(release), *plan_of(release).ends_apart)
    original = lay_out(tmp_path, tool, release.given, release.sql)
    assert detect_layout(original) == name

    split(tmp_path, original)

    files = tool.migrations(tmp_path)[1:]
    assert bad([tmp_path]) == []
    for source, file in zip(read_directory(tmp_path)[1:], files, strict=True):
        assert source.phase is not None
        assert f"_{source.phase.value}" in named(file)
    for file in files:
        send(url, tool.sends(file.read_text()))
    assert shape(url) == shape(unsplit)
    for query in release.same:
        assert rows(url, query) == rows(unsplit, query), query


def there_and_back(url: str, tool: Tool, files: Sequence[Path]) -> None:
    """Send the files, and take them back, the last first: then all is as it was."""
    assert tool.down is not None
    before = shape(url)
    for file in files:
        send(url, tool.sends(file.read_text()))
    assert shape(url) != before
    for file in reversed(files):
        send(url, tool.sends_down(tool.down(file).read_text()))
    assert shape(url) == before


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if tool.down])
@pytest.mark.parametrize("case", ["split a column", "indexes", "drop a column that has to be given"])
def test_an_expand_is_taken_back_and_a_contract_says_that_it_cannot(
    name: str, case: str, tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    tool, release = TOOLS[name], CASES[case]
    url = database_with(release.setup)
    split(tmp_path, lay_out(tmp_path, tool, release.given, release.sql))
    assert tool.down is not None
    expand = [path for path in tool.migrations(tmp_path) if "expand" in str(path.relative_to(tmp_path))]
    contract = [path for path in tool.migrations(tmp_path) if "contract" in str(path.relative_to(tmp_path))]

    there_and_back(url, tool, expand)

    final = [file for file in contract if "this cannot be taken back" in tool.down(file).read_text()]
    assert final
    lasting = "|".join(re.escape(step.title) for step in plan_of(release).steps if step.undo is None)
    with pytest.raises(psycopg.errors.RaiseException, match=f"this cannot be taken back: ({lasting})"):
        send(url, tool.sends_down(tool.down(final[-1]).read_text()))


@pytest.mark.parametrize("name", [name for name, tool in TOOLS.items() if tool.down])
@pytest.mark.parametrize(
    "case", ["attach a partition", "attach a partition of listed values", "NOT NULL goes"]
)
def test_what_the_runner_takes_back_in_turns_a_file_takes_back_as_well(
    name: str, case: str, tmp_path: Path, database_with: Callable[[str], str]
) -> None:
    tool, release = TOOLS[name], CASES[case]
    url = database_with(release.setup)
    split(tmp_path, lay_out(tmp_path, tool, release.given, release.sql))

    there_and_back(url, tool, tool.migrations(tmp_path)[1:])


TIMES = ("20240131235959", "20240201000000", "20240201000001")
DASHED = ("2024-01-31-235959", "2024-02-01-000000", "2024-02-01-000001")
PARTS = ("expand", "expand", "contract")


def numbered(numbers: Iterable[str], end: str = "") -> list[str]:
    """The names where an index has a migration of its own."""
    return [f"{number}_release_{part}{end}" for number, part in zip(numbers, PARTS, strict=True)]


NAMES = {
    "golang_migrate": numbered(("000002", "000003", "000004"), ".up.sql"),
    "dbmate": numbered(TIMES, ".sql"),
    "diesel": numbered(DASHED),
    "prisma": numbered(TIMES),
    "goose": [f"{TIMES[0]}_release_expand.sql", f"{TIMES[1]}_release_contract.sql"],
    "flyway": ["V2.1__release_expand.sql", "V2.2__release_contract.sql"],
    "plain": ["0002_release_1_expand.sql", "0002_release_3_contract.sql"],
    "sqitch": ["release_1_expand.sql", "release_3_contract.sql"],
}


def named(file: Path) -> str:
    """What a migration is called: its file, or its directory."""
    return file.parent.name if file.name in ("up.sql", "migration.sql") else file.name


@each_tool
def test_the_names_are_the_tools_own(name: str, tmp_path: Path) -> None:
    tool = TOOLS[name]
    release = "ALTER TABLE t ADD COLUMN b text;\nCREATE INDEX t_a ON t (a);\nDROP TABLE u;\n"
    original = lay_out(tmp_path, tool, GIVEN, release)

    split(tmp_path, original)

    assert [named(file) for file in tool.migrations(tmp_path)[1:]] == NAMES[name]


@pytest.mark.parametrize("name", ["golang_migrate", "diesel"])
def test_a_number_that_is_taken_is_told(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tool = TOOLS[name]
    original = lay_out(tmp_path, tool, GIVEN, "CREATE INDEX t_a ON t (a);\nDROP TABLE u;\n")
    later = {"golang_migrate": "000003_later.up.sql", "diesel": "2024-02-01-000000_later/up.sql"}[name]
    (tmp_path / later).parent.mkdir(exist_ok=True)
    (tmp_path / later).write_text("SELECT 1;")

    code = main(["split", str(original), "--unproved", "--write", str(tmp_path / "written")])

    assert code == 2
    said = capsys.readouterr().err
    assert "becomes 2 migrations" in said
    assert later.split("/")[0] in said
    assert not (tmp_path / "written").exists()


def test_a_repeatable_migration_cannot_be_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "V1__before.sql").write_text(GIVEN)
    (tmp_path / "R__index.sql").write_text("CREATE INDEX t_a ON t (a);")

    code = main(["split", str(tmp_path / "R__index.sql"), "--unproved", "--write", str(tmp_path)])

    assert code == 2
    assert "is no versioned migration of Flyway" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["R__index.sql", "V1__before.sql"]

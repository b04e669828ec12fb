"""The cache of lint's answers: what was asked before is answered at once, and never from what has changed."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard import known_answers

BLOCKING = "CREATE INDEX a_b ON a (b);\n"
HARMLESS = "COMMENT ON TABLE a IS 'all of them';\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A directory of two migrations."""
    place = tmp_path / "project"
    (place / "m").mkdir(parents=True)
    (place / "m/001_a.sql").write_text("CREATE TABLE a (b int);\n")
    (place / "m/002_index.sql").write_text(BLOCKING)
    return place


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Where answers are kept."""
    return tmp_path / "cache" / "answers"


Ask = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ask(project: Path, answers: Path) -> Ask:
    """Asks lint of the second migration, with what Python tells of its imports on standard error."""

    def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "schemaguard", "lint", *(words or ("m/002_index.sql",))],
            capture_output=True,
            text=True,
            cwd=project,
            env={
                **os.environ,
                "SCHEMAGUARD_CACHE_DIR": str(answers.parent),
                "PYTHONPROFILEIMPORTTIME": "1",
                **environment,
            },
            check=False,
            timeout=60,
        )

    return run


def was_known(done: subprocess.CompletedProcess[str]) -> bool:
    return "schemaguard.cli" not in done.stderr


def test_the_second_answer_is_the_first_without_what_takes_time(ask: Ask) -> None:
    first, second = ask(), ask()

    assert (first.stdout, first.returncode) == (second.stdout, second.returncode)
    assert "blocking-index" in second.stdout
    assert second.returncode == 1
    assert not was_known(first)
    assert was_known(second)
    for slow in ("argparse", "dataclasses", "pathlib", "hashlib", "sqlglot", "schemaguard.lint"):
        assert f" {slow}\n" not in second.stderr, slow


def test_no_fast_path_imports_a_database_driver_or_a_framework(ask: Ask) -> None:
    first = ask()

    for slow in ("sqlalchemy", "alembic", "psycopg", "sqlglot"):
        assert f" {slow}\n" not in first.stderr, slow


def test_a_run_that_compiles_modules_is_kept_as_any_other(ask: Ask, tmp_path: Path) -> None:
    compiled = {"PYTHONPYCACHEPREFIX": str(tmp_path / "compiled"), "PYTHONDONTWRITEBYTECODE": ""}

    ask(**compiled)

    assert list((tmp_path / "compiled").rglob("*.pyc"))
    assert was_known(ask(**compiled))


def change_of_the_migration(project: Path) -> None:
    (project / "m/002_index.sql").write_text(HARMLESS)


def change_of_the_history(project: Path) -> None:
    (project / "m/001_a.sql").write_text("CREATE TABLE a (b bigint, c int);\n")


def another_migration(project: Path) -> None:
    (project / "m/001_0_more.sql").write_text(HARMLESS)


def one_migration_less(project: Path) -> None:
    (project / "m/001_a.sql").unlink()


def configuration(project: Path) -> None:
    (project / "pyproject.toml").write_text('[tool.schemaguard]\nignore = ["blocking-index"]\n')


def configuration_above(project: Path) -> None:
    (project.parent / "pyproject.toml").write_text('[tool.schemaguard]\nignore = ["blocking-index"]\n')


def configuration_of_its_own(project: Path) -> None:
    (project / "m/schemaguard.toml").write_text('ignore = ["blocking-index"]\n')


def another_layout(project: Path) -> None:
    (project / "m/flyway.conf").write_text("flyway.locations=filesystem:.\n")


def another_time_with_the_same_size(project: Path) -> None:
    file = project / "m/002_index.sql"
    before = file.stat()
    file.write_text(BLOCKING.replace("a (b)", "b (a)"))
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        change_of_the_migration,
        change_of_the_history,
        another_migration,
        one_migration_less,
        configuration,
        configuration_above,
        configuration_of_its_own,
        another_layout,
        another_time_with_the_same_size,
    ],
)
def test_what_has_changed_is_asked_anew(ask: Ask, project: Path, change: Callable[[Path], None]) -> None:
    ask()
    assert was_known(ask())
    change(project)

    told, fresh = ask(), ask("m/002_index.sql", "--no-cache")

    assert not was_known(told)
    assert (told.stdout, told.returncode) == (fresh.stdout, fresh.returncode)


@pytest.mark.parametrize(
    ("words", "environment"),
    [
        (("m/002_index.sql", "--format", "json"), {}),
        (("m/002_index.sql", "--pg", "14"), {}),
        (("m/001_a.sql",), {}),
        ((), {"NO_COLOR": "1"}),
        ((), {"SCHEMAGUARD_TRACEBACK": "1"}),
        ((), {"PYTHONIOENCODING": "ascii"}),
    ],
)
def test_another_question_has_its_own_answer(
    ask: Ask, words: tuple[str, ...], environment: dict[str, str]
) -> None:
    ask()

    assert not was_known(ask(*words, **environment))
    assert was_known(ask(*words, **environment))


def test_a_file_that_was_named_besides_is_watched_too(ask: Ask, project: Path) -> None:
    (project / "schema.sql").write_text("CREATE TABLE a (b int);\n")
    words = ("m/002_index.sql", "--schema", "schema.sql")
    ask(*words)
    assert was_known(ask(*words))

    (project / "schema.sql").write_text("CREATE TABLE other (b int);\n")

    assert not was_known(ask(*words))


def test_what_comes_through_a_pipe_is_left_to_the_run(project: Path, answers: Path) -> None:
    words = ("m/002_index.sql", "--schema", "/dev/stdin", "--format", "json")
    environment = {**os.environ, "SCHEMAGUARD_CACHE_DIR": str(answers.parent)}
    told = [
        subprocess.run(
            [sys.executable, "-m", "schemaguard", "lint", *words],
            input=schema,
            capture_output=True,
            text=True,
            cwd=project,
            env=environment,
            check=False,
        )
        for schema in ("CREATE TABLE a (b int);", "CREATE TABLE other (b int);")
    ]

    assert ["refused" in one.stdout for one in told] == [False, True], told
    assert not answers.exists()


def test_what_stands_beside_our_own_files_is_not_taken_for_one() -> None:
    beside = Path(known_answers.__file__).parent.with_name("schemaguard_rules_of_others") / "x.sql"
    watch = known_answers._Watch()
    watch._on = True

    watch._note("content", str(beside))

    assert [path for _, path, _ in watch.inputs() if path == str(beside)]


@pytest.mark.parametrize("shortened", ["--no-c", "--no-cach"])
def test_a_shortened_option_is_the_same(ask: Ask, shortened: str) -> None:
    ask()

    assert not was_known(ask("m/002_index.sql", shortened))
    assert not was_known(ask("m/002_index.sql", shortened))


@pytest.mark.parametrize("words", [("none.sql",), ("m/002_index.sql", "--pg", "9"), ("--what",)])
def test_an_error_is_no_answer(ask: Ask, answers: Path, words: tuple[str, ...]) -> None:
    assert ask(*words).returncode == 2
    assert not was_known(ask(*words))
    assert not answers.exists() or list(answers.iterdir()) == []


def test_without_the_cache_nothing_is_kept(ask: Ask, answers: Path) -> None:
    ask("m/002_index.sql", "--no-cache")

    assert not answers.exists()


@pytest.mark.parametrize("words", [("--fix",), ("--fix", "--diff")])
def test_what_writes_files_is_never_answered_from_the_cache(
    ask: Ask, answers: Path, words: tuple[str, ...]
) -> None:
    ask("m/001_a.sql", *words)

    assert not was_known(ask("m/001_a.sql", *words))
    assert not answers.exists()


@pytest.mark.parametrize("damage", [b"", b"x" * 40, None])
def test_a_damaged_answer_is_given_anew(ask: Ask, answers: Path, damage: bytes | None) -> None:
    first = ask()
    (kept,) = answers.iterdir()
    kept.write_bytes(kept.read_bytes()[:-9] if damage is None else damage)

    again = ask()

    assert not was_known(again)
    assert (again.stdout, again.returncode) == (first.stdout, first.returncode)
    assert was_known(ask())


def test_where_nothing_can_be_kept_lint_answers_all_the_same(ask: Ask, answers: Path) -> None:
    answers.parent.write_text("a file where the directory should be")

    assert ask().returncode == 1
    assert ask().returncode == 1


def test_many_at_once_all_get_the_answer(project: Path, answers: Path) -> None:
    command = [sys.executable, "-m", "schemaguard", "lint", "m/002_index.sql"]
    environment = {**os.environ, "SCHEMAGUARD_CACHE_DIR": str(answers.parent)}
    running = [
        subprocess.Popen(command, cwd=project, env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]
    told = {(one.communicate(timeout=60)[0], one.returncode) for one in running}

    assert len(told) == 1
    assert {code for _, code in told} == {1}
    assert [path.name.count(".") for path in answers.iterdir()] == [0]


def test_what_runs_other_programs_is_not_kept(ask: Ask, project: Path, answers: Path) -> None:
    (project / "r.py").write_text(
        "from alembic import op\nrevision = 'aa'\ndown_revision = None\n"
        "def upgrade():\n    op.execute('SELECT 1')\n"
    )

    assert ask("r.py").returncode == 0
    assert not answers.exists()


def test_an_answer_is_kept_although_the_schema_of_a_long_history_is_kept_beside_it(
    ask: Ask, project: Path, answers: Path
) -> None:
    for number in range(100, 130):
        (project / f"m/{number}_t.sql").write_text(f"CREATE TABLE t{number} (b int);\n")
    (project / "m/130_index.sql").write_text("CREATE INDEX ON t101 (b); ALTER TABLE t101 ADD c int;\n")
    answers.parent.mkdir()

    first, second = ask("m/130_index.sql"), ask("m/130_index.sql")

    assert len(list((answers.parent / "schemas").iterdir())) == 1
    assert not was_known(first)
    assert was_known(second)
    assert (first.stdout, first.returncode) == (second.stdout, second.returncode)

    (project / "m/101_t.sql").write_text("CREATE TABLE t101 (c int);\n")
    third = ask("m/130_index.sql")
    assert not was_known(third)
    assert "t101 has a column c already" in third.stdout

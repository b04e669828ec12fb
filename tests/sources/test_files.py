"""SQL files: found, put in order, decoded, and each statement at its place."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.errors import InputError
from schemaguard.phase import Phase
from schemaguard.sources import decode
from schemaguard.sources.files import (
    all_layouts,
    detect_layout,
    find_sql,
    read_directory,
    read_sql_file,
    read_with_history,
)
from schemaguard.text import Source

FIXTURES = Path(__file__).parents[2] / "fixtures" / "sql"


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., Source]:
    """Writes a file, and reads it."""

    def write_and_read(content: bytes | str, name: str = "001.sql") -> Source:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_sql_file(path)

    return write_and_read


def texts(source: Source) -> list[str]:
    return [piece.text for piece in source.pieces]


def starts(source: Source) -> list[tuple[int, int]]:
    return [(piece.place.line, piece.place.column) for piece in source.pieces]


def messages(source: Source) -> list[str]:
    return [problem.message for problem in source.problems]


# Places


def test_lines_and_columns_count_characters_from_one(read: Callable[..., Source]) -> None:
    source = read("-- é\nSELECT 'äöü'; SELECT '🐘'; SELECT 3\n  + 4;\n")

    assert starts(source) == [(2, 1), (2, 15), (2, 27)]
    last = source.pieces[-1].place
    assert (last.end_line, last.end_column) == (3, 6)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_marks_and_line_ends_do_not_move_a_statement(
    mark: str, newline: str, read: Callable[..., Source]
) -> None:
    source = read(mark + newline.join(["SELECT 1;", "", "  SELECT '2", "';"]))

    assert starts(source) == [(1, 1), (3, 3)]
    assert texts(source) == ["SELECT 1", f"SELECT '2{newline}'"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_says_the_encoding(encoding: str, read: Callable[..., Source]) -> None:
    source = read("SELECT 'ä';\nSELECT '🐘';".encode(encoding))

    assert texts(source) == ["SELECT 'ä'", "SELECT '🐘'"]
    assert starts(source) == [(1, 1), (2, 1)]


def test_an_unsaved_text_is_read_instead_of_the_file(tmp_path: Path) -> None:
    source = read_sql_file(tmp_path / "not_there.sql", "SELECT 1")

    assert texts(source) == ["SELECT 1"]


# What cannot be read


def test_bytes_that_are_not_utf_8_are_refused_with_their_place(read: Callable[..., Source]) -> None:
    with pytest.raises(InputError, match="byte 21 cannot be decoded") as caught:
        read(b"SELECT 1;\nSELECT 'M\xc3\xbc\xfcller'")

    assert (caught.value.line, caught.value.column) == (2, 11)
    assert "iconv" in caught.value.advice


def test_a_broken_utf_16_file_is_refused(read: Callable[..., Source]) -> None:
    with pytest.raises(InputError, match="not UTF-16-LE"):
        read(b"\xff\xfeS\x00\x00\xd8")


def test_a_binary_file_is_refused(read: Callable[..., Source]) -> None:
    with pytest.raises(InputError, match="not a text file: byte 6 is zero"):
        read(b"SQLite\x00 format 3")


def test_a_file_above_the_limit_is_refused(
    read: Callable[..., Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decode, "MAX_BYTES", 8)

    with pytest.raises(InputError, match="9 bytes: too large to read, the limit is 8"):
        read("SELECT 1;")


def test_a_file_of_fifty_megabytes_is_read(tmp_path: Path) -> None:
    path = tmp_path / "001.sql"
    row = "(1, 'it''s; a (row)', NULL, now()),\n"
    path.write_text("INSERT INTO a VALUES\n" + row * (50_000_000 // len(row)) + "(2);\nSELECT 1;")
    code = (
        "import resource, sys\nfrom pathlib import Path\n"
        "from schemaguard.sources.files import read_sql_file\n"
        "source = read_sql_file(Path(sys.argv[1]))\n"
        "print(len(source.pieces), source.pieces[-1].place.line)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=120
    )

    statements, line, megabytes = map(int, done.stdout.split())
    assert (statements, line) == (2, 50_000_000 // len(row) + 3)
    assert megabytes < 500


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file or directory"):
        read_sql_file(tmp_path / "a.sql")


@pytest.mark.parametrize("place", ["", "a.sql"])
def test_what_one_may_not_read_is_refused(place: str, tmp_path: Path) -> None:
    # Root may read everything: a child process that is nobody asks.
    (tmp_path / "a.sql").write_text("SELECT 1")
    (tmp_path / place).chmod(0o000)
    code = (
        "import os, sys\n"
        "from schemaguard.sources.files import all_layouts, read_directory\n"
        "from pathlib import Path\n"
        "all_layouts()\n"
        "if os.getuid() == 0: os.setuid(65534)\n"
        "try: read_directory(Path(sys.argv[1]))\n"
        "except Exception as error: print(type(error).__name__, error)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / place)], capture_output=True, text=True, check=False
    )
    (tmp_path / place).chmod(0o700)

    assert done.stdout.startswith("InputError"), done.stderr
    assert "no permission to read it" in done.stdout


def test_a_directory_without_migrations_says_what_was_looked_for(tmp_path: Path) -> None:
    (tmp_path / "readme.txt").write_text("no")

    with pytest.raises(InputError, match="there are no migrations here") as caught:
        read_directory(tmp_path)

    assert all(layout.files in caught.value.advice for layout in all_layouts().values())


def test_a_directory_of_two_tools_is_refused(tmp_path: Path) -> None:
    (tmp_path / "V1__a.sql").write_text("SELECT 1;")
    (tmp_path / "1_a.up.sql").write_text("SELECT 1;")

    with pytest.raises(InputError, match="several tools: flyway, golang_migrate"):
        read_directory(tmp_path)


@pytest.mark.parametrize(
    ("first", "second"),
    [("1_a.up.sql", "01_b.up.sql"), ("V1__a.sql", "V1.0__b.sql"), ("1-1_a/up.sql", "11_b/up.sql")],
)
def test_two_migrations_of_one_version_are_refused(first: str, second: str, tmp_path: Path) -> None:
    for name in (first, second):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SELECT 1;")

    with pytest.raises(InputError, match="has the same version as"):
        find_sql(tmp_path)


# Finding


@pytest.mark.parametrize("layout", sorted(all_layouts()))
def test_every_layout_has_a_project_that_is_recognised(layout: str) -> None:
    assert detect_layout(FIXTURES / layout) == layout
    assert {detect_layout(path) for path in find_sql(FIXTURES / layout)} == {layout}
    assert not [problem for source in read_directory(FIXTURES / layout) for problem in source.problems]


@pytest.mark.parametrize(
    ("layout", "names"),
    [
        ("plain", ["001_create_account", "002_index_email", "010_drop_name"]),
        (
            "flyway",
            ["V1__create_account", "V1.2.9__add_email", "V1.2.10__index_email", "V2__reindex", "R__visits"],
        ),
        ("golang_migrate", ["1_create_account.up", "2_index_email.up", "10_two_indexes.up"]),
        ("sqitch", ["account", "visits@v1", "email", "visits"]),
        ("goose", ["00001_create_account", "00002_index_email"]),
    ],
)
def test_migrations_come_in_the_order_of_their_tool(layout: str, names: list[str]) -> None:
    assert [path.stem for path in find_sql(FIXTURES / layout)] == names


def test_plain_files_come_in_natural_order_with_those_below(tmp_path: Path) -> None:
    for name in ("10.sql", "9.sql", "9.down.sql", "b/2.sql", "a/1.sql", ".git/3.sql", "node_modules/x.sql"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("SELECT 1;")
    (tmp_path / "a" / "round").symlink_to(tmp_path, target_is_directory=True)

    assert [str(path.relative_to(tmp_path)) for path in find_sql(tmp_path)] == [
        "9.sql",
        "10.sql",
        "a/1.sql",
        "b/2.sql",
    ]


def test_a_tool_below_is_read_as_its_own(tmp_path: Path) -> None:
    (tmp_path / "db" / "1_a").mkdir(parents=True)
    (tmp_path / "db" / "1_a" / "up.sql").write_text("SELECT 1;")
    (tmp_path / "db" / "1_a" / "down.sql").write_text("SELECT 2;")

    (source,) = read_directory(tmp_path)

    assert texts(source) == ["SELECT 1"]
    assert source.pieces[0].block == 0


def test_each_transaction_of_a_directory_has_a_number_of_its_own() -> None:
    sources = read_directory(FIXTURES / "golang_migrate")

    assert [[piece.block for piece in source.pieces] for source in sources] == [[0, 0], [None], [1, 1]]


def test_a_file_is_read_with_the_history_it_is_part_of() -> None:
    history = read_with_history(FIXTURES / "golang_migrate" / "2_index_email.up.sql")

    assert [Path(source.path).name for source in history] == [
        "1_create_account.up.sql",
        "2_index_email.up.sql",
        "10_two_indexes.up.sql",
    ]


def test_a_plain_file_without_a_number_stands_alone(tmp_path: Path) -> None:
    for name in ("a.sql", "b.sql", "1.sql", "2.sql"):
        (tmp_path / name).write_text("SELECT 1;")

    assert [Path(source.path).name for source in read_with_history(tmp_path / "b.sql")] == ["b.sql"]
    assert [Path(source.path).name for source in read_with_history(tmp_path / "2.sql")] == ["1.sql", "2.sql"]


# Directives


@pytest.mark.parametrize(
    "top",
    [
        "-- schemaguard: phase=contract\nSELECT 1;",
        "-- (c)\n\n-- schemaguard: phase=contract\n\nSELECT 1;",
        "/* of us\n * schemaguard: phase = contract\n */\nSELECT 1;",
        "-- schemaguard: phase=contract\n-- migrate:up\nSELECT 1;\n-- migrate:down\n",
        "-- schemaguard: phase=contract\n-- +goose Up\nSELECT 1;\n",
        "-- +goose Up\n-- schemaguard: phase=contract\nSELECT 1;\n",
    ],
)
def test_the_top_of_a_file_says_its_phase(top: str, read: Callable[..., Source]) -> None:
    source = read(top)

    assert source.phase is Phase.CONTRACT
    assert not source.problems


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- schemaguard: phase=contrakt\nSELECT 1;", "no phase 'contrakt'; did you mean 'contract'?"),
        ("-- schemaguard: phase=xyz\nSELECT 1;", "no phase 'xyz'; there are expand, backfill, contract"),
        ("-- SchemaGuard: fase=contract\nSELECT 1;", "no directive 'fase'; did you mean 'phase'?"),
        ("-- schemagaurd: phase=contract\nSELECT 1;", "to 'schemagaurd'; did you mean 'schemaguard'?"),
        (
            "-- schema-guard: allow drop-table\nDROP TABLE a;",
            "to 'schema-guard'; did you mean 'schemaguard'?",
        ),
        ("DROP TABLE a; /* Shemaguard : down a.b = c */", "to 'Shemaguard'; did you mean 'schemaguard'?"),
        ("SELECT 1;\n-- schemaguard: phase=contract\nSELECT 2;", "belongs to its top"),
        ("-- schemaguard: phase=expand\n-- schemaguard: phase=contract\nSELECT 1;", "above it is another"),
        ("-- schemaguard: allow drop-table (old)\n\nSELECT 1;", "'allow' belongs right above a statement"),
    ],
)
def test_a_directive_without_effect_is_a_problem(
    text: str, message: str, read: Callable[..., Source]
) -> None:
    (problem,) = read(text).problems

    assert problem.message.startswith("schemaguard: ")
    assert message in problem.message


@pytest.mark.parametrize(
    "comment",
    [
        "schema: this table is the first",
        "schema guard: nobody may write here",
        "see schemagaurd: allow drop-table",
        "the schema guards: up to five, = none",
        "schema_guards say: down = up",
    ],
)
def test_prose_is_no_directive(comment: str, read: Callable[..., Source]) -> None:
    assert not read(f"-- {comment}\nSELECT 1;").problems


def test_other_directives_stay_in_the_comments_of_their_statement(read: Callable[..., Source]) -> None:
    source = read("-- schemaguard: allow drop-table (old)\nDROP TABLE a; -- schemaguard: up b = lower(a)\n")

    assert source.pieces[0].comments == (
        "schemaguard: allow drop-table (old)",
        "schemaguard: up b = lower(a)",
    )
    assert not source.problems


def test_what_cannot_be_split_is_a_problem_at_its_place(read: Callable[..., Source]) -> None:
    source = read("SELECT 1;\n\\i other.sql\nSELECT 'never ended;\n")

    assert [(p.place.line, p.place.column, p.place.end_line) for p in source.problems] == [
        (2, 1, 2),
        (3, 8, 4),
    ]
    assert texts(source) == ["SELECT 1"]

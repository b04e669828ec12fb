"""dbmate and goose: both directions in one file, told apart by comments."""

from collections.abc import Callable
from pathlib import Path

import pytest

from schemaguard.sources.files import read_directory
from schemaguard.text import Source
from tests.sources.test_files import messages, read, starts, texts
from tests.sources.test_layouts import blocks

__all__ = ["read"]


# dbmate


def test_dbmate_runs_what_is_above_the_down_mark_in_a_transaction(read: Callable[..., Source]) -> None:
    source = read("-- migrate:up\nSELECT 1;\nSELECT 2;\n-- migrate:down\nSELECT 3;\n")

    assert texts(source) == ["SELECT 1", "SELECT 2"]
    assert starts(source) == [(2, 1), (3, 1)]
    assert blocks(source) == [0, 0]


def test_dbmate_without_a_transaction_still_sends_one_message(read: Callable[..., Source]) -> None:
    one = read("-- migrate:up transaction:false\nSELECT 1;\n-- migrate:down transaction:false\n")
    two = read("-- migrate:up transaction:false\nSELECT 1;SELECT 2;\n-- migrate:down\n")

    assert blocks(one) == [None]
    assert blocks(two) == [0, 0]


def test_dbmate_begins_another_transaction_for_each_up_mark(read: Callable[..., Source]) -> None:
    source = read("-- migrate:up\nSELECT 1;\n-- migrate:down\n--migrate:up\r\nSELECT 2;\n-- migrate:down\n")

    assert texts(source) == ["SELECT 1", "SELECT 2"]
    assert blocks(source) == [0, 1]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT 1;\n-- migrate:up\nSELECT 2;\n", "statements above `-- migrate:up`"),
        ("-- migrate:down\nSELECT 1;\n-- migrate:up\nSELECT 2;\n", "wants `-- migrate:up` above"),
    ],
)
def test_what_dbmate_refuses_is_a_problem(text: str, message: str, read: Callable[..., Source]) -> None:
    source = read(text)

    assert message in messages(source)[0]
    assert texts(source) == ["SELECT 2"]


def test_a_file_among_dbmate_s_without_a_mark_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("-- migrate:up\nSELECT 1;\n-- migrate:down\n")
    (tmp_path / "2_b.sql").write_text("SELECT 2;\n")

    first, second = read_directory(tmp_path)

    assert not first.problems
    assert "without `-- migrate:up`" in messages(second)[0]


# goose


def test_goose_runs_the_up_part_in_a_transaction(read: Callable[..., Source]) -> None:
    source = read("-- +goose Up\nSELECT 1;\n\n-- why\nSELECT 2\n  ;\n-- +goose Down\nSELECT 3;\n")

    assert texts(source) == ["SELECT 1", "SELECT 2"]
    assert starts(source) == [(2, 1), (5, 1)]
    assert source.pieces[1].comments == ("why",)
    assert blocks(source) == [0, 0]


def test_goose_without_a_transaction_sends_piece_by_piece(read: Callable[..., Source]) -> None:
    source = read("-- +goose NO TRANSACTION\n-- +goose Up\nSELECT 1;\nSELECT 2; SELECT 3;\nSELECT 4;\n")

    assert blocks(source) == [None, 0, 0, None]


def test_goose_sends_what_is_between_begin_and_end_as_one_piece(read: Callable[..., Source]) -> None:
    text = "-- +goose NO TRANSACTION\n-- +goose Up\n-- +goose StatementBegin\n{}\n-- +goose StatementEnd\n"

    assert blocks(read(text.format("SELECT 1;\nSELECT 2;"))) == [0, 0]
    function = read(text.format("CREATE FUNCTION f() AS $$\nSELECT 1;\n$$"))
    assert starts(function) == [(4, 1)]
    assert function.pieces[0].comments == ()
    assert not function.problems


def test_goose_after_a_commit_of_the_script_commits_each_statement(read: Callable[..., Source]) -> None:
    source = read("-- +goose Up\nSELECT 1;\nCOMMIT;\nSELECT 2;\nSELECT 3;\n")

    assert blocks(source) == [0, 0, None, None]


def test_goose_cuts_a_body_that_is_not_marked(read: Callable[..., Source]) -> None:
    source = read("-- +goose Up\nCREATE FUNCTION f() AS $$\nSELECT 1;\n$$;\n")

    assert "StatementBegin and StatementEnd" in messages(source)[0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("-- +goose Up\nSELECT 1", "without a semicolon at the end of its line"),
        ("-- +goose Up\nSELECT 1; /* x */\n", "without a semicolon at the end of its line"),
        ("-- +goose Up\n-- +goose StatementBegin\nSELECT 1;\n", "StatementEnd` is missing"),
        ("-- +goose Up\n-- +goose StatementEnd\nSELECT 1;\n", "StatementEnd after StatementBegin"),
        ("-- +goose Up\n-- +goose Up\nSELECT 1;\n", "a second `-- +goose Up`"),
        ("-- +goose Down\n-- +goose Up\nSELECT 1;\n", "wants `-- +goose Up` above"),
        ("SELECT 0;\n-- +goose Up\nSELECT 1;\n", "statements above `-- +goose Up`"),
        ("-- +goose Up\n -- +goose StatementBegin\nSELECT 1;\n", "annotations that do not begin the line"),
        ("-- +goose Up\n-- +goose NOTRANSACTION\nSELECT 1;\n", "knows no `+goose NOTRANSACTION`"),
    ],
)
def test_what_goose_refuses_is_a_problem(text: str, message: str, read: Callable[..., Source]) -> None:
    source = read(text)

    assert [found for found in messages(source) if message in found]
    assert texts(source) == ["SELECT 1"]


def test_what_goose_takes_from_the_environment_is_not_exact(read: Callable[..., Source]) -> None:
    source = read("-- +goose Up\n-- +goose ENVSUB ON\nSELECT '${A}';\n-- +goose ENVSUB OFF\n")

    assert source.approximate == ("goose fills in environment variables",)


def test_a_migration_in_go_is_a_problem_at_its_place_in_the_order(tmp_path: Path) -> None:
    (tmp_path / "1_a.sql").write_text("-- +goose Up\nSELECT 1;\n")
    (tmp_path / "2_b.go").write_text("package migrations\n")
    (tmp_path / "2_b_test.go").write_text("package migrations\n")
    (tmp_path / "10_c.sql").write_text("-- +goose Up\nSELECT 1;\n")

    sources = read_directory(tmp_path)

    assert [Path(source.path).name for source in sources] == ["1_a.sql", "2_b.go", "10_c.sql"]
    assert messages(sources[1]) == ["a migration written in Go: what it runs is not known"]

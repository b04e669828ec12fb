"""The settings with which a project says how it names things, and what each table has."""

from pathlib import Path

import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.config import read_config
from schemaguard.errors import ConfigError


def messages(tmp_path: Path, sql: str, settings: str, rule: str) -> list[str]:
    config = tmp_path / "schemaguard.toml"
    config.write_text(settings)
    script = tmp_path / "change.sql"
    script.write_text(sql)
    return [found.message for found in lint_paths([script], config=config).reported if found.rule == rule]


TABLE = "CREATE TABLE visit (id bigint PRIMARY KEY, page text);"


def test_a_convention_that_is_not_set_is_not_asked_about(tmp_path: Path) -> None:
    for rule in ("misnamed", "missing-column", "wide-index"):
        assert messages(tmp_path, TABLE, "", rule) == []


@pytest.mark.parametrize(
    ("sql", "settings", "misnamed"),
    [
        (TABLE, 'table = "[a-z]+s"', "table visit"),
        (TABLE, 'table = "[a-z]+"', ""),
        (TABLE, 'index = "x"', ""),
        (TABLE, 'primary-key = "pk_{table}"', "primary-key visit_pkey of public.visit"),
        (f"{TABLE} CREATE INDEX ix_visit_page ON visit (page);", 'index = "ix_{table}_{columns}"', ""),
        (
            f"{TABLE} CREATE INDEX visit_page ON visit (page);",
            'index = "ix_{table}_{columns}"',
            "index visit_page of public.visit",
        ),
        (
            f"{TABLE} ALTER TABLE visit RENAME COLUMN page TO at_page;",
            'column = "(?!at_).*"',
            "column at_page of public.visit",
        ),
        (f"{TABLE} ALTER TABLE visit RENAME TO hit;", 'table = "visit"', "table hit"),
        # The columns of a table under another name have the names that they had.
        (f"{TABLE} ALTER TABLE visit RENAME TO hit;", 'column = "id|page"', ""),
        (f"{TABLE} CREATE VIEW pages AS SELECT page FROM visit;", 'view = "v_.*"', "view pages"),
        ("CREATE TYPE state AS ENUM ('open');", 'type = "[a-z]+_t"', "type state"),
    ],
)
def test_a_name_has_to_fit_the_pattern_of_its_kind(
    tmp_path: Path, sql: str, settings: str, misnamed: str
) -> None:
    found = messages(tmp_path, sql, f"[names]\n{settings}\n", "misnamed")

    assert [message.split(" is not named")[0] for message in found] == ([misnamed] if misnamed else [])


def test_required_columns_are_those_of_the_project(tmp_path: Path) -> None:
    settings = 'required-columns = ["tenant", "page"]'

    assert messages(tmp_path, TABLE, settings, "missing-column") == ["public.visit has no column tenant"]


def test_how_many_columns_are_many_is_the_project_s_to_say(tmp_path: Path) -> None:
    sql = f"{TABLE} CREATE INDEX found ON visit (page, id);"

    assert messages(tmp_path, sql, "max-index-columns = 2", "wide-index") == []
    assert len(messages(tmp_path, sql, "max-index-columns = 1", "wide-index")) == 1


def test_a_family_is_selected_whole_less_what_is_ignored(tmp_path: Path) -> None:
    chosen = 'select = ["hygiene"]'

    assert messages(tmp_path, TABLE, chosen, "uncommented-table") == ["public.visit has no comment"]
    ignoring = f'{chosen}\nignore = ["uncommented-table"]'
    assert messages(tmp_path, TABLE, ignoring, "uncommented-table") == []


@pytest.mark.parametrize(
    "line",
    [
        'names = "[a-z]+"',
        'names = {tables = "[a-z]+"}',
        'names = {table = "["}',
        "names = {table = 3}",
        'required-columns = "created_at"',
        "max-index-columns = 0",
    ],
)
def test_a_convention_of_another_form_is_refused(tmp_path: Path, line: str) -> None:
    file = tmp_path / "schemaguard.toml"
    file.write_text(line)

    with pytest.raises(ConfigError, match="is not possible"):
        read_config(tmp_path, file)

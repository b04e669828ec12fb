"""The settings that say what is small, what is too much, and which phase a file belongs to."""

from pathlib import Path

import pytest

from schemaguard.commands.linting import lint_paths
from schemaguard.config import read_config
from schemaguard.errors import ConfigError
from schemaguard.server import Limits


def settings(tmp_path: Path, *lines: str) -> Path:
    file = tmp_path / "schemaguard.toml"
    file.write_text("".join(f"{line}\n" for line in lines))
    return file


def test_without_settings_the_limits_are_their_defaults() -> None:
    config = read_config(Path("/"))

    assert config.limits == Limits()
    assert "large-release" not in config.chosen


def test_a_file_declares_its_phase_by_where_it_is_unless_it_says_so_itself(tmp_path: Path) -> None:
    patterns = settings(tmp_path, 'phases = {contract = ["sql/contract/*"], backfill = ["sql/*"]}')
    folder = tmp_path / "sql" / "contract"
    folder.mkdir(parents=True)
    plain, other, said = folder / "plain.sql", tmp_path / "other.sql", folder / "said.sql"
    plain.write_text("DROP TABLE account;")
    other.write_text("DROP TABLE account;")
    said.write_text("-- schemaguard: phase=expand\n\nDROP TABLE account;")

    rules = {
        file.name: {finding.rule for finding in lint_paths([file], config=patterns).reported}
        for file in (plain, other, said)
    }

    assert "dropped-table" not in rules["plain.sql"]
    assert "dropped-table" in rules["other.sql"]
    assert "dropped-table" in rules["said.sql"]


@pytest.mark.parametrize(
    "line", ['phases = {later = ["x"]}', 'phases = ["x"]', "phases = {expand = 3}", "phases = {expand = [3]}"]
)
def test_phases_of_another_form_are_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match=r"phases = .* is not possible"):
        read_config(tmp_path, settings(tmp_path, line))


def test_a_limit_switches_its_rule_on(tmp_path: Path) -> None:
    file = tmp_path / "change.sql"
    file.write_text("ALTER TABLE account ADD COLUMN a int, ADD COLUMN b int;")
    wide = lint_paths([file], config=settings(tmp_path, "max-changes = 2"))
    narrow = lint_paths([file], config=settings(tmp_path, "max-changes = 1"))

    assert "large-release" not in {finding.rule for finding in wide.reported}
    assert "large-release" in {finding.rule for finding in narrow.reported}


@pytest.mark.parametrize("line", ["max-changes = 0", "max-tables = true", "small-table-rows = -1"])
def test_an_impossible_limit_is_refused(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="is not possible"):
        read_config(tmp_path, settings(tmp_path, line))

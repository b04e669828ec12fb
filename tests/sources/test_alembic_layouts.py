"""Where projects keep their revisions, what they declare, and who runs them."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.errors import ConfigError, UsageError
from schemaguard.phase import Phase
from schemaguard.sources.alembic_project import find_project, find_projects, read_project
from tests.sources.revisions import Revisions, messages, read, texts


@pytest.mark.parametrize(
    ("top", "phase"),
    [
        ("schemaguard_phase = 'contract'", Phase.CONTRACT),
        ("branch_labels = ('shop_expand',)", Phase.EXPAND),
        ("branch_labels = ('expanded',)", None),
        ("", None),
    ],
)
def test_a_revision_may_declare_its_phase(revisions: Revisions, top: str, phase: Phase | None) -> None:
    revisions.add("one", top=top)

    assert read(revisions)["one"].phase == phase


def test_a_phase_that_does_not_exist_is_a_problem(revisions: Revisions) -> None:
    revisions.add("one", top="schemaguard_phase = 'later'")

    assert messages(read(revisions)["one"]) == [
        "schemaguard_phase is 'later': it must be one of expand, backfill, contract"
    ]


def test_a_naming_convention_in_env_py_names_constraints(tmp_path: Path) -> None:
    revisions = Revisions(
        tmp_path, environment="naming_convention = {'uq': 'unique_%(table_name)s'}\nimport the_app\n"
    )
    revisions.add("one", "op.create_unique_constraint(None, 'a', ['b'])")

    assert texts(read(revisions)["one"]) == ["ALTER TABLE a ADD CONSTRAINT unique_a UNIQUE (b)"]


def test_a_naming_convention_is_found_where_the_metadata_is_made(revisions: Revisions) -> None:
    models = "NAMES = {'uq': 'unique_%(table_name)s'}\nmetadata = sa.MetaData(naming_convention=NAMES)\n"
    (revisions.root / "models.py").write_text(models)
    revisions.add("one", "op.create_unique_constraint(None, 'a', ['b'])")

    source = read(revisions)["one"]

    assert texts(source) == ["ALTER TABLE a ADD CONSTRAINT unique_a UNIQUE (b)"]
    assert source.approximate == ()


def test_constraints_are_approximate_if_there_are_several_naming_conventions(revisions: Revisions) -> None:
    for name in ("one", "two"):
        (revisions.root / f"{name}.py").write_text(f"naming_convention = {{'uq': '{name}_%(table_name)s'}}\n")
    revisions.add("unique", "op.create_unique_constraint(None, 'a', ['b'])")
    revisions.add("column", "op.add_column('a', sa.Column('c', sa.Text))")

    found = read(revisions)

    assert "several" in found["unique"].approximate[0]
    assert found["column"].approximate == ()


def test_a_versions_directory_or_one_revision_is_enough(revisions: Revisions) -> None:
    path = revisions.add("one")

    from_root = find_project(revisions.root)

    assert from_root is not None
    assert find_project(revisions.versions) == from_root
    assert find_project(path) == from_root
    assert find_project(revisions.root / "alembic.ini") == from_root


def test_a_versions_directory_without_configuration_is_a_project(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path)
    revisions.add("one", "op.execute('SELECT 1')")
    (tmp_path / "alembic.ini").unlink()
    project = find_project(revisions.versions)
    assert project is not None

    (source,) = read_project(project)

    assert texts(source) == ["SELECT 1"]
    assert project.environment == revisions.versions.parent / "env.py"


def test_each_section_of_the_ini_file_is_a_history(tmp_path: Path) -> None:
    one = "[one]\nscript_location = a\nversion_locations = %(here)s/a/versions %(here)s/a/more\n"
    two = "[two]\nscript_location = b\npath_separator = newline\nversion_locations =\n  b/here\n  b/there\n"
    for directory in ("a/versions", "a/more", "b/here", "b/there"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "alembic.ini").write_text(one + two)

    projects = find_projects(tmp_path)

    assert [
        (project.section, [str(v.relative_to(tmp_path)) for v in project.versions]) for project in projects
    ] == [
        ("one", ["a/versions", "a/more"]),
        ("two", ["b/here", "b/there"]),
    ]


def test_pyproject_toml_may_configure_a_project(tmp_path: Path) -> None:
    revisions = Revisions(tmp_path)
    revisions.add("one", "op.execute('SELECT 1')")
    (tmp_path / "alembic.ini").unlink()
    (tmp_path / "pyproject.toml").write_text('[tool.alembic]\nscript_location = "%(here)s/migrations"\n')

    assert texts(read(revisions)["one"]) == ["SELECT 1"]


def test_a_directory_without_revisions_is_no_project(tmp_path: Path) -> None:
    (tmp_path / "helper.py").write_text("x = 1\n")

    assert find_project(tmp_path) is None
    assert find_project(tmp_path / "nothing") is None


def test_a_configured_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "alembic.ini").write_text("[alembic]\nscript_location = gone\n")

    with pytest.raises(ConfigError, match="there is no directory gone"):
        find_project(tmp_path)


def test_an_interpreter_without_alembic_is_refused_with_advice(revisions: Revisions, tmp_path: Path) -> None:
    revisions.add("one")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)

    with pytest.raises(UsageError, match="No module named 'sqlalchemy'"):
        read(revisions, python=str(tmp_path / "bare" / "bin" / "python"))


@pytest.mark.parametrize("python", ["/nowhere/python", "no-such-python"])
def test_an_interpreter_that_is_not_there_is_refused(revisions: Revisions, python: str) -> None:
    revisions.add("one")

    with pytest.raises(UsageError, match=python):
        read(revisions, python=python)


def test_paths_are_shown_from_here(revisions: Revisions, monkeypatch: pytest.MonkeyPatch) -> None:
    path = revisions.add("one", "op.execute('SELECT 1')")
    monkeypatch.chdir(revisions.root)

    source = read(revisions)["one"]

    assert source.path == str(path.relative_to(revisions.root)) == source.pieces[0].place.path


def test_the_extractor_can_be_read_by_python_3_9() -> None:
    directory = Path(find_project.__code__.co_filename).parent.parent / "extract"
    for file in directory.glob("*.py"):
        ast.parse(file.read_text(), feature_version=(3, 9))

    assert (directory / "__main__.py").exists()

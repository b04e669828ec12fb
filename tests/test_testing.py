"""The harness as others use it: as a plugin, on rules of their own, noticing what is wrong with them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from schemaguard.errors import InputError
from schemaguard.postgres.witness import wrong_schema
from schemaguard.scripts import frames_of, pieces_of, schema_of

CONFTEST = 'pytest_plugins = ["schemaguard.testing"]\n'
TESTS = """
from theirs import rule_file
from schemaguard.rule import NamedRule
from schemaguard.testing import RuleTests


class TestTheirs(RuleTests):
    rules = (NamedRule("no-fax", "theirs", rule_file.__doc__, rule_file.RULE),)
"""
RULE = '''
"""
A column for fax numbers is a sign of old age.

## Why

Nobody has one.

## Instead

Leave it out.
"""

from schemaguard.changes import AddColumn
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Good, Rule, Severity


def check(frame):
    for change, lock in frame.each(AddColumn, costing=Lock):
        if change.column.name == "fax":
            yield Finding(message="a fax", because=lock)


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="1",
    given="CREATE TABLE account (id int PRIMARY KEY);",
    examples=(
        Bad("fax", "ALTER TABLE account ADD COLUMN fax text; ALTER TABLE account DROP COLUMN %s;"),
        Good("none", "SELECT 1;"),
    ),
)
'''


def run_theirs(place: Path, rule: str) -> str:
    (place / "theirs").mkdir()
    (place / "conftest.py").write_text(CONFTEST)
    (place / "test_theirs.py").write_text(TESTS)
    (place / "theirs/__init__.py").touch()
    (place / "theirs/rule_file.py").write_text(rule)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly"],
        cwd=place,
        env={name: value for name, value in os.environ.items() if "PYTEST" not in name}
        | {"PYTHONPATH": str(place)},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def test_a_rule_of_others_gets_the_same_tests(tmp_path: Path) -> None:
    good = RULE.replace('DROP COLUMN %s;"),', 'ALTER COLUMN fax SET DEFAULT 1;"),').replace(
        '"SELECT 1;"', '"ALTER TABLE account ADD COLUMN phone text;", ends_elsewhere="there is a phone"'
    )
    told = run_theirs(tmp_path, good)

    assert "6 passed" in told, told


def test_an_example_that_another_rule_reports_is_noticed(tmp_path: Path) -> None:
    told = run_theirs(tmp_path, RULE.replace("%s", "id"))

    assert "test_bad_is_reported_and_good_is_not[no-fax-fax]" in told, told
    assert "no other rule reports it" in told


def test_a_schema_cannot_be_told_from_what_cannot_be_read() -> None:
    with pytest.raises(InputError, match="FROBNICATE"):
        schema_of("CREATE TABLE a (id int); ALTER TABLE a FROBNICATE;")


def test_a_script_that_cannot_be_cut_is_an_error() -> None:
    with pytest.raises(InputError) as raised:
        list(pieces_of("SELECT 1;\nSELECT 'never ends"))

    assert raised.value.line == 2


def test_a_schema_says_where_it_differs() -> None:
    one = schema_of("CREATE TABLE a (id int PRIMARY KEY, b text)")
    other = schema_of("CREATE TABLE a (id int PRIMARY KEY, b text NOT NULL); CREATE INDEX i ON a (b)")
    (column, index) = wrong_schema(one, other)

    assert "public.a.columns" in column
    assert "'id'" not in column, "what is alike is not told"
    assert index.startswith("indexes public.i: said None")
    assert wrong_schema(one, one) == []


def test_frames_begin_where_the_given_ends() -> None:
    (frame,) = frames_of("DROP TABLE a;", given="CREATE TABLE a (id int)")

    assert frame.before == schema_of("CREATE TABLE a (id int)")
    assert not frame.young

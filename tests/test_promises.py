"""Every promise names a test that exists, and each hard situation all that are about it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "promises.md").read_text()
NAMED = re.compile(r"`((?:src|tests|bench)/[^`]*[^/`])`")
KEPT_BY = NAMED.findall(PAGE)
#: A row of the hard situations.
SITUATION = re.compile(r"^\| (A\d+) \|.*\| ([^|]+) \|$", re.MULTILINE)


@pytest.mark.parametrize("named", [name for name in KEPT_BY if not name.startswith("tests/test_promises")])
def test_the_test_that_keeps_a_promise_exists(named: str) -> None:
    path, _, test = named.partition("::")

    assert (ROOT / path).is_file()
    assert not test or f"def {test}(" in (ROOT / path).read_text()


def labelled() -> Iterator[tuple[str, str]]:
    """Each situation that a test says it is about, with the test."""
    for path in sorted((ROOT / "tests" / "acceptance").glob("test_*.py")):
        module = ast.parse(path.read_text())
        assert "pytestmark = pytest.mark.majors" in map(ast.unparse, module.body), path
        for test in module.body:
            if isinstance(test, ast.FunctionDef) and test.name.startswith("test_"):
                label = ast.get_docstring(test) or ""
                assert re.fullmatch(r"A\d+(, A\d+)*\.", label), test.name
                for situation in label.rstrip(".").split(", "):
                    yield situation, f"{path.relative_to(ROOT).as_posix()}::{test.name}"


def test_each_hard_situation_is_tried_and_says_where() -> None:
    listed = SITUATION.findall(PAGE)

    assert [situation for situation, _ in listed] == [f"A{number}" for number in range(1, 24)]
    told = {(situation, test) for situation, tests in listed for test in NAMED.findall(tests)}
    assert told == set(labelled())

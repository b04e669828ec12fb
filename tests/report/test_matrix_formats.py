"""The matrix for systems that show tests, below a pull request, and one cell of it."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State
from schemaguard.compat.verdict import Red
from schemaguard.compat.workload import Workload, query
from schemaguard.errors import UsageError
from schemaguard.phase import Phase
from schemaguard.report.colour import Paint
from schemaguard.report.markdown_text import ROOM
from schemaguard.report.matrix_cell import explain_cell, read_place
from schemaguard.report.matrix_junit import matrix_junit
from schemaguard.report.matrix_markdown import matrix_markdown
from tests.report.test_matrix import BASELINE, BROKEN, CANARY, OK, WITNESS, matrix

SCHEMA = "CREATE TABLE t (a int, b int);"
BOTH = (BASELINE, CANARY)


def test_each_statement_at_each_state_is_a_test_case() -> None:
    root = ET.fromstring(matrix_junit(BROKEN, SCHEMA))

    suites = root.findall("testsuite")
    assert [
        {key: suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped")}
        for suite in suites
    ] == [
        {"name": "baseline shop 1", "tests": "4", "failures": "1", "errors": "0", "skipped": "1"},
        {"name": "canary shop 2", "tests": "4", "failures": "0", "errors": "1", "skipped": "2"},
    ]
    failed = root.find("testsuite/testcase[@name='shop.find@E2']/failure")
    assert failed is not None
    assert failed.get("message") == '42703 column "b" does not exist'
    assert failed.text is not None
    assert SCHEMA in failed.text
    assert "EXECUTE witness ('7');" in failed.text
    error = root.find("testsuite/testcase[@name='shop.find@K1']/error")
    assert error is not None
    assert error.get("message") == "never ran"


def test_a_version_of_which_nothing_is_known_is_an_error() -> None:
    root = ET.fromstring(matrix_junit(replace(BROKEN, cells=())))

    assert len(root.findall("testsuite/testcase/error")) == 2


def test_what_xml_cannot_hold_is_told_in_words() -> None:
    red = Red(replace(WITNESS, message="a \x01 and <b> ]]> \ufffe"))
    root = ET.fromstring(matrix_junit(matrix([OK, red, OK, OK], [OK] * 4)))

    failed = root.find("testsuite/testcase/failure")
    assert failed is not None
    assert failed.get("message") == "42703 a #x01 and <b> ]]> #xFFFE"


def test_a_pull_request_gets_the_table_the_acts_and_what_breaks() -> None:
    lines = matrix_markdown(BROKEN, SCHEMA).splitlines()

    assert lines[0] == "### ❌ schemaguard check"
    assert "| baseline shop 1 | ✅ ok | ✅ ok | ❌ RED | n.a. |" in lines
    assert "| canary shop 2 | n.a. | n.a. | ✅ ok | ❔ ? |" in lines
    assert "| no | no | yes | no | unknown |" in lines
    assert lines.count("```sql") == 1
    assert SCHEMA in lines
    assert sum(line.startswith("<details>") for line in lines) == sum(line == "</details>" for line in lines)


def test_only_the_first_are_shown_and_never_more_than_a_comment_may_hold() -> None:
    evil = "</details>|`*\n" * 400
    asked = tuple(query(f"SELECT {n} -- ````{'x' * 5000}", f"{n}{evil}") for n in range(40))
    one = Participant(Side.BASELINE, Workload(version="1", statements=asked))
    states = (BEFORE, *(State(name=f"e{n}", title=evil, phase=Phase.EXPAND) for n in range(60)))
    cells = [
        Cell(
            participant=one,
            state=state,
            query=asking.id,
            name=asking.name,
            verdict=Red(replace(WITNESS, sql=asking.sql, message=evil)),
        )
        for asking in asked
        for state in states
    ]

    text = matrix_markdown(Matrix(states=states, participants=(one,), cells=tuple(cells)), SCHEMA * 99)

    assert len(text) < ROOM
    lines = text.splitlines()
    assert sum(line.startswith("<details>") for line in lines) == lines.count("</details>") > 2
    assert "30 more are not green." in text or "(cut: it is longer" in text


def explained(place: str) -> str:
    return "\n".join(explain_cell(BROKEN, read_place(place, BOTH), SCHEMA, Paint(on=False)))


def test_a_cell_is_told_with_all_that_is_known_of_it() -> None:
    text = explained("baseline:shop.find@E2")

    assert text.startswith("baseline shop 1: shop.find (shop.py:3)\nat E2, drop b, where it must work\n")
    assert '  legacy   new  RED  RESOLVE describe 42703 column "b" does not exist' in text
    assert text.index(SCHEMA) < text.index("EXECUTE witness ('7');")
    assert "canary" not in text


def test_a_cell_of_no_side_is_told_for_both_and_one_history_alone() -> None:
    lines = explained("shop.find@e2").splitlines()

    assert [line for line in lines if line.endswith("shop.find (shop.py:3)") and line[0] != "-"] == [
        "baseline shop 1: shop.find (shop.py:3)",
        "canary shop 2: shop.find (shop.py:3)",
    ]
    assert "legacy" in explained("shop.find@E2:legacy")
    assert "RED" not in explained("shop.find@E2:canary")


@pytest.mark.parametrize(
    ("place", "meant"),
    [
        ("shop.fnd@E2", "there is no statement shop.fnd\n  Did you mean `shop.find`?"),
        ("baselin:shop.find@E2", "Did you mean `shop.find`?"),
        ("shop.find@E22", "there is no state E22\n  Did you mean `E2`?"),
        ("shop.find@E2:legcy", "Did you mean `legacy`?"),
        ("shop.find@zz", "There are: S0, E1, E2, K1"),
        ("shop.find", "Write STATEMENT@STATE"),
    ],
)
def test_a_misspelt_cell_is_told_what_was_meant(place: str, meant: str) -> None:
    with pytest.raises(UsageError) as told:
        explained(place)

    assert meant in str(told.value)

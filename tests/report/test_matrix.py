"""The matrix as people and programs get it."""

import json
from dataclasses import replace

from schemaguard.compat.cells import BEFORE, Cell, Matrix, Participant, Side, State
from schemaguard.compat.verdict import Kind, Red, Tested, Unknown, Verdict, Witness
from schemaguard.compat.workload import Workload, query
from schemaguard.phase import Phase
from schemaguard.report.colour import Paint
from schemaguard.report.matrix import render_matrix
from schemaguard.report.matrix_json import matrix_json

FIND = query("SELECT a FROM t WHERE b = $1", "shop.find", origin=("shop.py:3",))
BASELINE = Participant(Side.BASELINE, Workload(version="1", app="shop", statements=(FIND,)))
CANARY = Participant(Side.CANARY, Workload(version="2", app="shop", statements=(FIND,)))
STATES = (
    BEFORE,
    State(name="e1", title="add c", phase=Phase.EXPAND),
    State(name="e2", title="drop b", phase=Phase.EXPAND),
    State(name="c1", title="drop d", phase=Phase.CONTRACT),
)
WITNESS = Witness(
    kind=Kind.RESOLVE,
    query="shop.find",
    sql=FIND.sql,
    types=("int2",),
    values=("7",),
    sqlstate="42703",
    message='column "b" does not exist',
)


def matrix(baseline: list[Verdict], canary: list[Verdict]) -> Matrix:
    cells = [
        Cell(
            participant=participant,
            state=state,
            query=FIND.id,
            name=FIND.name,
            origin="shop.py:3",
            verdict=verdict,
        )
        for participant, verdicts in ((BASELINE, baseline), (CANARY, canary))
        for state, verdict in zip(STATES, verdicts, strict=True)
    ]
    return Matrix(states=STATES, participants=(BASELINE, CANARY), cells=tuple(cells), notes=("mind the gap",))


OK = Tested(3)
RED = Red(WITNESS)
BROKEN = matrix([OK, OK, RED, RED], [RED, RED, OK, Unknown("never ran")])


def test_the_table_shows_each_version_at_each_state() -> None:
    lines = list(render_matrix(BROKEN, Paint(on=False)))

    assert lines[:3] == [
        "                  S0   E1   E2   K1",
        "baseline shop 1   ok   ok  RED n.a.",
        "canary shop 2   n.a. n.a.   ok    ?",
    ]
    assert "  E2  expand: drop b" in lines
    assert "  note  mind the gap" in lines


def test_each_red_comes_with_its_statement_its_place_and_a_witness() -> None:
    text = "\n".join(render_matrix(BROKEN, Paint(on=False)))

    assert 'red baseline shop 1: shop.find (shop.py:3) at E2\n  42703 column "b" does not exist\n' in text
    assert "PREPARE witness (int2) AS SELECT a FROM t WHERE b = $1;\n    EXECUTE witness ('7');" in text
    assert "unknown canary shop 2: shop.find (shop.py:3) at K1\n  never ran" in text
    assert text.endswith("2 statements at 4 states, 8 cells, 87 % decided: 1 statement breaks")


def test_a_red_that_need_not_be_green_is_not_listed() -> None:
    text = "\n".join(render_matrix(matrix([OK, OK, OK, RED], [RED, RED, OK, OK]), Paint(on=False)))

    assert "42703" not in text
    assert text.endswith("green where it must be")


def test_green_where_nobody_asks_is_told_as_well() -> None:
    lines = list(render_matrix(matrix([OK] * 4, [OK] * 4), Paint(on=False)))

    assert lines[1] == "baseline shop 1   ok   ok   ok (ok)"


def test_without_a_workload_the_report_says_that_nothing_is_known() -> None:
    text = "\n".join(render_matrix(Matrix(states=STATES, participants=(), cells=()), Paint(on=False)))

    assert text.endswith("unknown: there is no workload, so nothing is known")


def test_colours_are_only_where_they_are_wanted() -> None:
    assert "\x1b[31m  RED\x1b[0m" in "\n".join(render_matrix(BROKEN, Paint(on=True)))
    assert "\x1b" not in "\n".join(render_matrix(BROKEN, Paint(on=False)))


def test_the_states_of_a_problem_are_put_together() -> None:
    lines = "\n".join(render_matrix(matrix([OK, RED, RED, OK], [OK] * 4), Paint(on=False)))

    assert "at E1, E2" in lines


def test_programs_get_the_cells_and_every_witness_as_a_script() -> None:
    told = json.loads(matrix_json(BROKEN, "CREATE TABLE t (a int, b int);"))

    assert told["version"] == 1
    assert told["verdict"] == "red"
    assert [state["id"] for state in told["states"]] == ["S0", "E1", "E2", "K1"]
    baseline = [cell for cell in told["cells"] if cell["workload"] == "baseline"]
    assert [cell["verdict"] for cell in baseline] == ["TESTED", "TESTED", "RED", "RED"]
    red = baseline[2]
    assert {key: red[key] for key in ("statement", "state", "history", "session", "level", "detector")} == {
        "statement": "shop.find",
        "state": "E2",
        "history": "legacy",
        "session": "new",
        "level": "RESOLVE",
        "detector": "describe",
    }
    assert red["sqlstate"] == "42703"
    assert "CREATE TABLE t" in red["witness"]
    assert told["acts"] == {
        "expand": "no",
        "canary": "no",
        "promote": "yes",
        "rollback": "no",
        "contract": "unknown",
    }


def test_programs_are_told_apart_green_and_unknown() -> None:
    green = matrix([OK] * 4, [OK] * 4)
    empty = replace(green, cells=())

    assert json.loads(matrix_json(green))["verdict"] == "green"
    assert json.loads(matrix_json(empty))["verdict"] == "unknown"

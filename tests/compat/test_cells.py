"""Which cells must be green, and what they add up to."""

from datetime import date

import pytest

from schemaguard.compat.cells import (
    BEFORE,
    Acceptance,
    Cell,
    Matrix,
    Participant,
    Side,
    State,
    turning_point,
)
from schemaguard.compat.verdict import Accepted, Kind, Red, Tested, Unknown, Verdict, Witness
from schemaguard.compat.witnesses import witness_script
from schemaguard.compat.workload import Workload, query
from schemaguard.phase import Phase

FIND = query("SELECT a FROM t WHERE b = $1", "find")
BASELINE = Participant(Side.BASELINE, Workload(version="1", statements=(FIND,)))
CANARY = Participant(Side.CANARY, Workload(version="2", statements=(FIND,)))
EXPAND = State(name="e", title="expand", phase=Phase.EXPAND, sql=("ALTER TABLE t ADD c int",))
FILL = State(name="b", title="fill", phase=Phase.BACKFILL)
CONTRACT = State(name="c", title="contract", phase=Phase.CONTRACT)
STATES = (BEFORE, EXPAND, FILL, CONTRACT)
RED = Red(
    Witness(
        kind=Kind.RESOLVE,
        query="find",
        sql=FIND.sql,
        types=("int2",),
        values=("it's",),
        sqlstate="42703",
        message='column "b" does not exist',
    )
)


def matrix(verdicts: dict[tuple[Participant, State], Verdict]) -> Matrix:
    cells = tuple(
        Cell(
            participant=participant,
            state=state,
            query=FIND.id,
            name="find",
            verdict=verdicts.get((participant, state), Tested(1)),
        )
        for participant in (BASELINE, CANARY)
        for state in STATES
    )
    return Matrix(states=STATES, participants=(BASELINE, CANARY), cells=cells)


def test_the_baseline_is_needed_up_to_the_contract_and_the_canary_from_the_backfill_on() -> None:
    m = matrix({})

    assert [m.required(BASELINE, state) for state in STATES] == [True, True, True, False]
    assert [m.required(CANARY, state) for state in STATES] == [False, False, True, True]


def test_a_release_that_only_contracts_is_needed_by_both_from_the_start() -> None:
    assert turning_point((BEFORE, CONTRACT)) == 0


def test_a_migration_without_phases_turns_at_its_end() -> None:
    assert turning_point((BEFORE, EXPAND, EXPAND)) == 2


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ({}, 0),
        ({(BASELINE, CONTRACT): RED, (CANARY, BEFORE): RED, (CANARY, EXPAND): Unknown("?")}, 0),
        ({(BASELINE, EXPAND): RED}, 1),
        ({(CANARY, FILL): RED, (BASELINE, FILL): Unknown("?")}, 1),
        ({(CANARY, CONTRACT): Unknown("?")}, 3),
    ],
)
def test_only_what_must_be_green_decides(
    verdicts: dict[tuple[Participant, State], Verdict], code: int
) -> None:
    assert matrix(verdicts).exit_code == code


def test_without_any_workload_nothing_is_known() -> None:
    assert Matrix(states=STATES, participants=(), cells=()).exit_code == 3


def test_a_version_without_a_cell_is_unknown() -> None:
    m = Matrix(states=STATES, participants=(BASELINE,), cells=())

    assert isinstance(m.summary(BASELINE, BEFORE), Unknown)
    assert m.exit_code == 3


def test_what_somebody_accepted_counts_until_the_day_it_runs_out() -> None:
    m = matrix({(BASELINE, EXPAND): RED})
    accepted = Acceptance(query=FIND.id, state="e", by="ada", reason="off at night", until=date(2030, 1, 31))

    assert isinstance(m.accepting([accepted], date(2030, 1, 31)).summary(BASELINE, EXPAND), Accepted)
    assert m.accepting([accepted], date(2030, 1, 31)).exit_code == 0
    assert m.accepting([accepted], date(2030, 2, 1)).exit_code == 1


def test_a_witness_tells_schema_rows_steps_and_statement() -> None:
    m = matrix({(BASELINE, EXPAND): RED})
    cell = next(m.failing())

    script = witness_script(m, cell, "CREATE TABLE t (a int);")

    assert script.index("CREATE TABLE") < script.index("ALTER TABLE t ADD c int;") < script.index("PREPARE")
    assert "PREPARE witness (int2) AS SELECT a FROM t WHERE b = $1;\nEXECUTE witness ('it''s');" in script

"""Plans lead where the naive migration leads, and nobody on the way is refused a write: on a real server."""

from collections.abc import Callable

import pytest

from schemaguard.phase import Phase
from schemaguard.plan import Plan, fingerprint
from schemaguard.postgres.catalog import read_schema
from schemaguard.postgres.connect import connect
from schemaguard.postgres.runner import Event
from tests.plan.cases import CASES
from tests.plan.walking import Case, answers, apply, error_of, plan_of, rows, run, shape, undo

each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)
MakeDatabase = Callable[[str], str]


class Interrupted(Exception):
    pass


def found(url: str, plan: Plan) -> str:
    with connect(url) as conn:
        return fingerprint(read_schema(conn), plan.tables)


@pytest.mark.majors
@each_case
def test_a_plan_ends_where_the_naive_migration_ends(case: Case, database_with: MakeDatabase) -> None:
    naive, gentle = database_with(case.setup), database_with(case.setup)
    run(naive, case.naive or case.sql)
    plan = plan_of(case)
    assert found(gentle, plan) == plan.starts_from

    apply(gentle, plan)

    assert shape(gentle) == shape(naive)
    assert found(gentle, plan) == plan.ends_at
    for query in case.same:
        assert rows(gentle, query) == rows(naive, query), query


@each_case
def test_both_versions_write_at_every_state(case: Case, database_with: MakeDatabase) -> None:
    url, plan = database_with(case.setup), plan_of(case)
    left = {phase: [step.id for step in plan.of(phase)] for phase in Phase}

    def write(event: Event) -> None:
        if event.kind not in ("done", "found"):
            return
        next(ids for ids in left.values() if event.step in ids).remove(event.step)
        statements = () if event.step.startswith("contract") else case.baseline
        statements += () if left[Phase.EXPAND] else case.canary
        statements += () if left[Phase.EXPAND] or left[Phase.BACKFILL] else case.late
        for statement in statements:
            error = error_of(url, statement)
            assert error is None, f"after {event.step}: {statement}: {error}"

    apply(url, plan, watch=write)

    assert not any(left.values())
    assert found(url, plan) == plan.ends_at


@each_case
def test_each_probe_tells_whether_its_step_is_done(case: Case, database_with: MakeDatabase) -> None:
    url, plan = database_with(case.setup), plan_of(case)
    with_sql = {step.id: step for step in plan.steps if step.sql}
    for step in with_sql.values():
        assert not answers(url, step.probe), step.id

    ran: list[str] = []
    apply(url, plan, watch=lambda event: ran.append(event.step) if event.kind == "done" else None)

    assert [id_ for id_ in ran if id_ in with_sql] == list(with_sql)
    for step in plan.steps:
        assert answers(url, step.probe), step.id


@each_case
def test_a_plan_that_was_followed_has_nothing_left_to_do(case: Case, database_with: MakeDatabase) -> None:
    url, plan = database_with(case.setup), plan_of(case)
    apply(url, plan)
    before = shape(url)
    events: list[Event] = []

    apply(url, plan, watch=events.append)

    assert {event.kind for event in events} == {"found"}
    assert shape(url) == before


@pytest.mark.parametrize("moment", ["begin", "done"])
@each_case
def test_a_plan_that_is_stopped_anywhere_ends_the_same(
    case: Case, moment: str, database_with: MakeDatabase
) -> None:
    naive, url, plan = (
        database_with(case.setup),
        database_with(case.setup),
        plan_of(case),
    )
    run(naive, case.naive or case.sql)
    stopped: set[str] = set()

    def stop(event: Event) -> None:
        # Each step is stopped once: the runner comes back after each.
        if event.kind == moment and event.step not in stopped:
            stopped.add(event.step)
            raise Interrupted

    for phase in Phase:
        for _ in range(len(plan.steps) + 1):
            try:
                apply(url, plan, phase, watch=stop)
                break
            except Interrupted:
                continue

    assert stopped >= {step.id for step in plan.steps if step.sql}
    assert shape(url) == shape(naive)
    for query in case.same:
        assert rows(url, query) == rows(naive, query), query


@each_case
def test_expand_can_be_taken_back(case: Case, database_with: MakeDatabase) -> None:
    url, plan = database_with(case.setup), plan_of(case)
    before, expand = shape(url), plan.of(Phase.EXPAND)
    assert all(step.undo is not None for step in expand) is case.undoable
    if not case.undoable:
        return
    apply(url, plan, Phase.EXPAND)

    undo(url, expand)

    assert shape(url) == before

"""On the way of a plan nobody is refused a write, of neither version: on a real server."""

from collections.abc import Callable

import pytest

from schemaguard.phase import Phase
from schemaguard.postgres.events import Event
from tests.plan.cases import CASES
from tests.plan.walking import Case, apply, error_of, plan_of

MakeDatabase = Callable[[str], str]


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
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

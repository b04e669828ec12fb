"""Every release of the plan tests is taken back, and begun anew: nobody waits, and all is as it was."""

from collections.abc import Callable
from itertools import takewhile

import pytest

from schemaguard.costs import Rewrite, blocks
from schemaguard.phase import Phase
from schemaguard.plan import Plan
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.observe import observe
from schemaguard.postgres.shape import differences
from schemaguard.postgres.taking_back import Consent, take_back
from schemaguard.postgres.undoing import undo
from schemaguard.recipe import Step
from tests.plan.cases import CASES
from tests.plan.walking import Case, apply, nothing, plan_of, run, shape

Make = Callable[[str], str]
ALL = Consent(unused=True, discard=True)
each_case = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def taken_back(url: str, plan: Plan, consent: Consent = ALL) -> list[Step]:
    """The steps that are said to stay."""
    events: list[Event] = []
    with connect(url) as conn:
        take_back(conn, plan, watch=events.append, consent=consent, lock_deadline=20)
    stay = {event.step for event in events if event.kind == "stays"}
    return [step for step in plan.steps if step.id in stay]


@pytest.mark.majors
@pytest.mark.variations
@each_case
def test_all_is_as_it_was_but_for_what_is_said_to_stay_and_it_can_be_begun_anew(
    case: Case, database_with: Make
) -> None:
    plan, url, other = plan_of(case), database_with(case.setup), database_with(case.setup)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    there = shape(url)

    stay = taken_back(url, plan)

    run(other, *(sql for step in stay if step.phase is Phase.EXPAND for sql in step.sql))
    assert list(differences(shape(other), shape(url))) == []
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    assert list(differences(there, shape(url))) == []
    apply(url, plan, Phase.CONTRACT)


@pytest.mark.majors
@pytest.mark.variations
@each_case
def test_nobody_waits_for_the_length_of_a_scan_while_it_is_taken_back(
    case: Case, database_with: Make
) -> None:
    plan, url = plan_of(case), database_with(case.setup)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    waits: list[str] = []

    with connect(url, repeats=True) as conn:

        def look(statement: str) -> None:
            costs = observe(conn, statement)
            waits.extend(
                f"{cost}: {statement}" for cost in costs if blocks(cost) or isinstance(cost, Rewrite)
            )

        before = [step for step in plan.steps if step.phase is not Phase.CONTRACT]
        undo(conn, [step for step in before if step.undo is not None], look)

    assert waits == []


def begun_contract(plan: Plan) -> tuple[Step, ...]:
    """The steps of the contract before the first that cannot be taken back."""
    return tuple(takewhile(lambda step: step.undo is not None, plan.of(Phase.CONTRACT)))


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(one, id=name)
        for name, one in CASES.items()
        if any(s.undo for s in begun_contract(plan_of(one)))
    ],
)
def test_as_long_as_the_contract_has_dropped_nothing_it_leads_back_as_well(
    case: Case, database_with: Make
) -> None:
    plan, url, other = plan_of(case), database_with(case.setup), database_with(case.setup)
    apply(url, plan, Phase.EXPAND, Phase.BACKFILL)
    with connect(url) as conn:
        journal.deploy(conn, "2", "shop-2", (plan.release,))
        options = runner.Options(to=begun_contract(plan)[-1].id)
        runner.apply(conn, plan, Phase.CONTRACT, watch=nothing, options=options)
        journal.retire(conn, "2")

    stay = taken_back(url, plan)

    run(other, *(sql for step in stay if step.phase is Phase.EXPAND for sql in step.sql))
    assert list(differences(shape(other), shape(url))) == []

"""A plan, or a migration as it stands, on a shadow database: does the code work at every state?"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from schemaguard.compat.cells import Matrix, Participant, State
from schemaguard.names import quote
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.plan.proof import Proof
from schemaguard.postgres import proving
from schemaguard.postgres.check_states import Builder, Servers, check_states
from schemaguard.postgres.known_checks import known_check
from schemaguard.postgres.walk import Watch
from schemaguard.recipe import Backfill, Scope, Step
from schemaguard.sql.lexer import Kind, tokens

_CONCURRENTLY = re.compile(r"\s*CREATE\s+(?:UNIQUE\s+)?INDEX\s+CONCURRENTLY\b", re.IGNORECASE)


def check(
    steps: Iterable[Step],
    before: str | Builder,
    participants: Sequence[Participant],
    server: Servers,
    *,
    migration: Iterable[str] | None = None,
    anew: bool = True,
) -> Matrix:
    """The matrix of a plan's steps, in the order of their phases; ``anew``: whatever is known of it.

    With the ``migration`` that the plan was made from, the canary is held against what it does where that
    leads to; without, against where the plan leads to.
    """
    ordered = sorted(steps, key=lambda step: step.phase.order)
    states = [state for step in ordered for state in states_of(step)]
    written_for = None if migration is None else list(naive_states(migration))
    asked = check_states if anew else known_check
    return asked(server, before, with_failed(states), participants, written_for=written_for)


def check_naive(
    statements: Iterable[str],
    before: str | Builder,
    participants: Sequence[Participant],
    server: Servers,
    *,
    anew: bool = True,
) -> Matrix:
    """The matrix of a migration as it stands, statement by statement."""
    asked = check_states if anew else known_check
    return asked(server, before, with_failed(naive_states(statements)), participants)


def prove(
    plan: Plan, migration: Iterable[str], before: str | Builder, server: Servers, *, watch: Watch
) -> Proof:
    """Hold a plan to all that it promises, and its end against where the migration itself leads to.

    ``watch`` is told of each step that comes: its number, of how many, its title.
    """
    return proving.prove(server, plan, before, list(naive_states(migration)), watch)


def states_of(step: Step) -> Iterator[State]:
    """The states that a step leads through: a backfill is seen half done, too; a question changes nothing."""
    sql = step.statements
    if not sql:
        return
    if step.backfill is not None:
        yield State(
            name=f"{step.id}-half",
            title=f"{step.title}, half of it",
            phase=step.phase,
            sql=(_half(step.backfill),),
        )
    yield State(
        name=step.id, title=step.title, phase=step.phase, sql=sql, alone=step.scope is not Scope.TRANSACTION
    )


def naive_states(statements: Iterable[str]) -> Iterator[State]:
    """A state after each statement: the old code runs until the last, the new code starts there."""
    number = 0
    for statement in statements:
        if controls_transaction(statement):
            continue
        number += 1
        first = " ".join(statement.split())
        title = first if len(first) <= 72 else first[:69] + "..."
        yield State(
            name=f"statement-{number:02}", title=title, phase=Phase.EXPAND, sql=(statement,), alone=True
        )


def with_failed(states: Iterable[State]) -> list[State]:
    """The same, and before each that builds an index concurrently what is left when that is cancelled."""
    found: list[State] = []
    for state in states:
        if state.alone and len(state.sql) == 1 and _CONCURRENTLY.match(state.sql[0]):
            failed = {"name": f"{state.name}-failed", "title": f"{state.title}, cancelled", "failed": True}
            found.append(replace(state, **failed))  # type: ignore[arg-type]
        found.append(state)
    return found


def _half(backfill: Backfill) -> str:
    """The statement for the first half of the rows."""
    table, where = backfill.table, f"({backfill.where})"
    chosen = f"SELECT ctid FROM {table} WHERE {where} ORDER BY ctid"
    some = f"{chosen} LIMIT (SELECT (count(*) + 1) / 2 FROM {table} WHERE {where})"
    return replace(backfill, where=f"{quote(table.name)}.ctid IN ({some})").statement


def controls_transaction(statement: str) -> bool:
    """Whether it only begins, divides or ends a transaction."""
    found = tokens(statement)
    return bool(found) and found[0].kind is Kind.WORD and found[0].upper in (
        "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE",
    )  # fmt: skip

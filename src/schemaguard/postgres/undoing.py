"""Takes steps back."""

from collections.abc import Callable, Sequence

import psycopg

from schemaguard.recipe import Step
from schemaguard.way_back import Turn, turns


def undo(conn: psycopg.Connection, steps: Sequence[Step], run: Callable[[str], object] | None = None) -> None:
    """Take the steps back, the last first. None of them may be one that cannot be.

    ``run``: what sends a statement, if not the connection itself.
    """
    for step in reversed(steps):
        assert step.undo is not None, step.id
        for turn in turns(step.undo):
            _take(conn, turn, run or _sender(conn))


def _take(conn: psycopg.Connection, turn: Turn, run: Callable[[str], object]) -> None:
    if turn.apart:
        run(turn.sql[0])
        return
    with conn.transaction():
        for statement in turn.sql:
            run(statement)


def _sender(conn: psycopg.Connection) -> Callable[[str], object]:
    return lambda statement: conn.execute(statement.encode())

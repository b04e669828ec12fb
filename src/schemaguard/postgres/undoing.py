"""Takes steps back."""

from collections.abc import Sequence

import psycopg

from schemaguard.recipe import Scope, Step


def undo(conn: psycopg.Connection, steps: Sequence[Step]) -> None:
    """Take the steps back, the last first. None of them may be one that cannot be."""
    for step in reversed(steps):
        assert step.undo is not None, step.id
        if step.scope is Scope.ALONE:
            _run(conn, step.undo)
            continue
        with conn.transaction():
            _run(conn, step.undo)


def _run(conn: psycopg.Connection, statements: Sequence[str]) -> None:
    for statement in statements:
        conn.execute(statement.encode())

"""
A prepared SELECT * fails when its table gets a column, or another type.

## Why

A statement that a session has prepared keeps its result's columns. If they are others when it
runs again, PostgreSQL refuses: "cached plan must not change result type" (0A000). That
concerns a prepared `SELECT *` or `RETURNING *` when a column is added, and each prepared query
that shows a column when its type changes, even from `varchar(20)` to `text`. Drivers prepare
without being asked: psycopg after the fifth time, asyncpg and JDBC as well. Each session fails
once a statement, until it prepares anew; inside of a transaction the whole transaction fails.
DISCARD PLANS does not help.

## Instead

Name the columns in the queries: then a new column is nothing to them. Change a type when the
sessions can be recycled, or let the query cast the column to what the code expects. This rule
is off unless it is chosen, since drivers that prepare nothing, or try again, do not mind.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.change_type import ChangeType
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A column of an old table that is new, or has another type."""
    for effect in frame.effects:
        match effect.change:
            case AddColumn(table=table, column=column) if table not in frame.young:
                old = frame.before.known(table).column(column.name)
                if old is None:
                    yield _finding(f"a prepared SELECT * of {table.text} fails once a session")
            case ChangeType(column=column, type=new) if column.table not in frame.young:
                state = frame.before.column(column)
                if state is None or state.type != new:
                    yield _finding(f"a prepared query that shows {column.text} fails once a session")
            case _:
                pass


def _finding(message: str) -> Finding:
    return Finding(
        message=f"{message} (0A000)",
        because=Wording("the result of a query has other columns"),
        advice="Recycle the sessions after it, or use queries that name and cast their columns.",
    )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, name varchar(20));",
    examples=(
        Bad("a new column", "ALTER TABLE account ADD COLUMN note text, ALTER COLUMN name TYPE text;"),
        Good(
            "of a new table",
            """
            CREATE TABLE visit (id bigint PRIMARY KEY);
            ALTER TABLE visit ADD COLUMN note text;
            """,
            ends_elsewhere="it is about another table",
        ),
    ),
)

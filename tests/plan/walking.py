"""Releases small enough to read, and what walks them: by the naive way, and by their plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from schemaguard.frame import Frame
from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.recipe import Scope, Step
from schemaguard.scripts import frames_of, pieces_of
from schemaguard.text import Source

RELEASE = "r1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A release: the schema and rows before it, the migration as people write it, what code writes."""

    given: str
    #: What comes before that, and is no change that we read.
    first: str = ""
    rows: str = ""
    sql: str
    baseline: tuple[str, ...] = ()
    canary: tuple[str, ...] = ()
    #: What the new code may do once the backfill is done.
    late: tuple[str, ...] = ()
    #: The migration as it would be without directives.
    naive: str = ""
    #: Queries that give the same after both ways.
    same: tuple[str, ...] = ()
    #: Whether its expand can be taken back.
    undoable: bool = True

    @property
    def setup(self) -> str:
        """The database before the release."""
        return self.first + self.given + self.rows


def frames(case: Case) -> Sequence[Frame]:
    return frames_of(case.sql, given=case.given)


def plan_of(case: Case) -> Plan:
    found = frames(case)
    pieces = tuple(frame.statement.piece for frame in found)
    return make_plan(found, release=RELEASE, source=Source(path="script.sql", pieces=pieces))


def nothing(event: runner.Event) -> None:
    del event


def apply(url: str, plan: Plan, *phases: Phase, watch: Callable[[runner.Event], None] = nothing) -> None:
    """The phases one after the other; before the contract the old code is said to be gone."""
    for phase in phases or tuple(Phase):
        with connect(url) as conn:
            if phase is Phase.CONTRACT:
                journal.create(conn)
                journal.deploy(conn, "1", "shop-1")
                journal.deploy(conn, "2", "shop-2", (RELEASE,))
                journal.retire(conn, "1")
            runner.apply(conn, plan, phase, watch=watch)


def undo(url: str, steps: Sequence[Step]) -> None:
    """Take the steps back, the last first."""
    with connect(url) as conn:
        for step in reversed(steps):
            assert step.undo is not None, step.id
            if step.scope is Scope.ALONE:
                for statement in step.undo:
                    conn.execute(statement.encode())
                continue
            with conn.transaction():
                for statement in step.undo:
                    conn.execute(statement.encode())


def run(url: str, *statements: str) -> None:
    with connect(url) as conn:
        for script in statements:
            for piece in pieces_of(script):
                conn.execute(piece.text.encode())


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with connect(url) as conn:
        return conn.execute(query.encode()).fetchall()


OURS = """
WITH ours AS (SELECT oid FROM pg_namespace WHERE nspname !~ '^(pg_|information_schema|schemaguard)')
"""
COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
       pg_get_expr(d.adbin, d.adrelid), a.attidentity::text, a.attgenerated::text
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace IN (SELECT * FROM ours) AND c.relkind IN ('r', 'p')
"""
CONSTRAINTS = """
SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated
FROM pg_constraint WHERE connamespace IN (SELECT * FROM ours) AND contype <> 'n'
"""
INDEXES = """
SELECT pg_get_indexdef(indexrelid), indisvalid, indisunique FROM pg_index
WHERE indrelid IN (SELECT oid FROM pg_class WHERE relnamespace IN (SELECT * FROM ours))
"""
REST = """
SELECT 'trigger', tgname::text FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname::text FROM pg_proc WHERE pronamespace IN (SELECT * FROM ours)
UNION ALL SELECT 'sequence', relname::text FROM pg_class
          WHERE relkind = 'S' AND relnamespace IN (SELECT * FROM ours)
UNION ALL SELECT 'view', relname::text FROM pg_class
          WHERE relkind IN ('v', 'm') AND relnamespace IN (SELECT * FROM ours)
UNION ALL SELECT 'value', format('%s %s %s', enumtypid::regtype, enumsortorder, enumlabel) FROM pg_enum
UNION ALL SELECT 'child', format('%s of %s', inhrelid::regclass, inhparent::regclass) FROM pg_inherits
"""


def shape(url: str) -> dict[str, list[tuple[Any, ...]]]:
    """What the catalog says, but for the order of columns: a column that is made anew is the last one.

    Nor for the names of NOT NULL constraints (18), which such a column has after its own name.
    """
    queries = {"columns": COLUMNS, "constraints": CONSTRAINTS, "indexes": INDEXES, "rest": REST}
    return {what: sorted(rows(url, OURS + query), key=repr) for what, query in queries.items()}


def answers(url: str, query: str) -> bool:
    (row,) = rows(url, query)
    return bool(row[0])


def error_of(url: str, statement: str) -> psycopg.Error | None:
    """What the server has against the statement."""
    try:
        run(url, statement)
    except psycopg.Error as error:
        return error
    return None

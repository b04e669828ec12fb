"""Releases small enough to read, and what walks them: by the naive way, and by their plans."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg

from schemaguard.frame import Frame
from schemaguard.phase import Phase
from schemaguard.plan import Plan, make_plan
from schemaguard.plan.meant import meant
from schemaguard.postgres import journal, runner
from schemaguard.postgres.connect import connect
from schemaguard.postgres.events import Event
from schemaguard.postgres.shape import Shape, read_shape
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


def naive(case: Case) -> list[str]:
    """The migration as it is run by itself, and what its directives say of rows."""
    return meant(frames(case))


def nothing(event: Event) -> None:
    del event


def nothing_counted(number: int, of: int, what: str) -> None:
    del number, of, what


def apply(url: str, plan: Plan, *phases: Phase, watch: Callable[[Event], None] = nothing) -> None:
    """The phases one after the other; before the contract the old code is said to be gone."""
    for phase in phases or tuple(Phase):
        with connect(url) as conn:
            if phase is Phase.CONTRACT:
                journal.create(conn)
                journal.deploy(conn, "1", "shop-1")
                journal.deploy(conn, "2", "shop-2", (plan.release,))
                journal.retire(conn, "1")
            runner.apply(conn, plan, phase, watch=watch)


def run(url: str, *statements: str) -> None:
    with connect(url) as conn:
        for script in statements:
            for piece in pieces_of(script):
                conn.execute(piece.text.encode())


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with connect(url) as conn:
        return conn.execute(query.encode()).fetchall()


def shape(url: str) -> Shape:
    with connect(url) as conn:
        return read_shape(conn)


def error_of(url: str, statement: str) -> psycopg.Error | None:
    """What the server has against the statement."""
    try:
        run(url, statement)
    except psycopg.Error as error:
        return error
    return None

"""What a check finds, and what it is asked about."""

from collections.abc import Iterator
from enum import Enum
from functools import cached_property

import psycopg

from schemaguard.changes import CreateIndex, DetachPartition, DropIndex
from schemaguard.changes.base import Change, Unread
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.plan import Plan
from schemaguard.recipe import Scope, Step
from schemaguard.sql.grammar import read_text

#: Seconds from which on a transaction is a long one.
LONG = 60.0

OIDS = """
SELECT c.oid::int8, n.nspname, c.relname
FROM unnest(%s::text[], %s::text[]) AS w (schema, name)
JOIN pg_namespace AS n ON n.nspname = w.schema
JOIN pg_class AS c ON c.relnamespace = n.oid AND c.relname = w.name
"""


class Severity(Enum):
    """What a finding is to the run."""

    #: Nothing is run.
    REFUSE = "refuse"
    #: Somebody should decide.
    WARN = "warn"
    #: Good to know.
    NOTE = "note"
    #: The check has found nothing.
    PLAIN = "plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a check has found."""

    severity: Severity
    sentence: str
    #: A line each.
    evidence: tuple[str, ...] = ()
    advice: str = ""
    #: A step of the phase would stand still, and nobody knows until when.
    waits: bool = False
    #: The check's name.
    check: str = ""


# Not slotted: what the steps' statements do is read once, and kept.
@dataclass(frozen=True, kw_only=True)
class Asked:
    """The steps of a phase that are to be run on this database."""

    conn: psycopg.Connection
    plan: Plan
    phase: Phase
    #: Those that the journal does not have as done.
    steps: tuple[Step, ...]
    #: Whether something of the release was done already; None: the journal cannot be read.
    begun: bool | None
    #: What is there of the release counts, although the journal does not know it.
    adopt: bool = False
    long_transaction: float = LONG

    @cached_property
    def changes(self) -> tuple[tuple[Step, Change | Unread], ...]:
        """What the statements of the steps do."""
        return tuple((step, change) for step in self.steps for sql in step.sql for change in read_text(sql))

    @cached_property
    def builds(self) -> tuple[CreateIndex, ...]:
        """The indexes that are built while the table is in use."""
        indexes = (change for _, change in self.changes if isinstance(change, CreateIndex))
        return tuple(change for change in indexes if change.concurrently)

    @cached_property
    def locks(self) -> dict[Relation, frozenset[LockMode]]:
        """What the steps lock, or wait for the end of, and how. What they make is not there yet."""
        found: dict[Relation, set[LockMode]] = {}
        for table, mode in self._locks():
            found.setdefault(table, set()).add(mode)
        return {table: frozenset(modes) for table, modes in found.items()}

    def _locks(self) -> Iterator[tuple[Relation, LockMode]]:
        for step in self.steps:
            # A batch passes over rows that are locked, and its lock on the table stops nobody.
            if step.scope is not Scope.BATCHES:
                yield from step.locks
        for build in self.builds:
            # Whoever has written to the table is waited for.
            yield build.index.table, LockMode.SHARE
        for step, change in self.changes:
            if isinstance(change, DropIndex | DetachPartition) and change.concurrently:
                # Whoever has so much as read it.
                yield from ((table, LockMode.ACCESS_EXCLUSIVE) for table, _ in step.locks)

    @property
    def tables(self) -> tuple[Relation, ...]:
        """The tables that the steps are about."""
        backfills = (step.backfill for step in self.steps if step.backfill is not None)
        filled = (table for one in backfills for table in (one.table, one.into) if table is not None)
        return tuple(sorted({*self.locks, *filled}))

    @cached_property
    def oids(self) -> dict[int, Relation]:
        """Those of the tables that are there."""
        # Not to_regclass(), which fails for a schema that the role may not use.
        rows = self.conn.execute(
            OIDS, ([table.schema for table in self.tables], [table.name for table in self.tables])
        )
        return {oid: Relation(schema, name) for oid, schema, name in rows}

    def stops(self, table: Relation, mode: str) -> bool:
        """Whether who holds that lock, as pg_locks calls it, keeps a step from its own."""
        held = LockMode.from_pg_locks(mode)
        return any(held.conflicts(wanted) for wanted in self.locks.get(table, ()))

"""How far a backfill is: what those who watch are told, and the mark from which it goes on."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import field

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.postgres.pace import Pace
from schemaguard.postgres.ranges import Mark
from schemaguard.recipe import Step

#: Seconds between two looks around.
LOOK = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """How the table is gone through once."""

    #: Look only at rows that still need the values, instead of at every row in its turn.
    needing: bool
    #: Wait for rows that others have locked, one row a batch, instead of passing them over.
    waiting: bool
    #: After so many batches it ends.
    most: int = sys.maxsize


@dataclass(slots=True, kw_only=True)
class Progress:
    """How far a backfill is."""

    table: Relation
    #: The server's estimate of the table's rows; -1: unknown.
    estimate: int
    seen: int = 0
    changed: int = 0
    #: Rows of a batch.
    batch: int
    #: Rows a second, rests and waits included.
    rate: float = 0.0


@dataclass(slots=True, kw_only=True)
class Course:
    """A backfill that is under way. Every now and then it is written down, and looked around."""

    conn: psycopg.Connection
    release: str
    step: Step
    progress: Progress
    pace: Pace
    #: Told how far it is; waits there while it is asked to, or others are behind.
    between: Callable[[Progress], None]
    #: All rows up to it have been gone through once; None: none of them.
    mark: Mark | None
    _looked: float = field(default_factory=time.monotonic)
    _seen: int = 0

    def moved(self, seen: int, changed: int, mark: Mark | None) -> None:
        """A batch is committed."""
        self.progress.seen += seen
        self.progress.changed += changed
        self.mark = mark
        self._seen += seen
        self.glance()

    def glance(self) -> None:
        """Look around, if it is time to."""
        if time.monotonic() - self._looked >= LOOK:
            self.look()

    def look(self) -> None:
        """Write down how far it is, and what comes after it: its batches are committed before it is."""
        self.progress.batch = self.pace.size
        self.progress.rate = self._seen / max(time.monotonic() - self._looked, 0.001)
        numbers = (
            json.dumps(self.mark, ensure_ascii=False),
            self.progress.seen,
            self.progress.changed,
            self.pace.size,
        )
        # As the batches are, it is on the disk when the step is done, at the latest.
        with self.conn.transaction():
            self.conn.execute("SET LOCAL synchronous_commit = off")
            self.conn.execute(
                """
                UPDATE schemaguard.backfill
                SET mark = %s, seen = %s, changed = %s, batch = %s, updated_at = clock_timestamp()
                WHERE release = %s AND step = %s
                """,
                (*numbers, self.release, self.step.id),
            )
        self.between(self.progress)
        self.pace.look()
        self._looked, self._seen = time.monotonic(), 0

"""How fast a backfill goes: as fast as it can where nobody else is at work, hardly felt where somebody is.

A writer waits for a row that a batch holds, and others for the processor that it has, so a batch is short;
and who commits waits for the WAL that was written before, so after a batch comes a rest.
"""

import time
from collections import deque
from dataclasses import field

import psycopg

from schemaguard.dataclass import dataclass

FIRST_BATCH, SMALLEST, LARGEST = 100, 10, 100_000
#: A batch of fewer rows is mostly what is done around them, unless a row takes so many seconds.
FEWEST, LONG = 100, 0.0001
#: Beside others a batch is so much shorter, and this is the share of the time in which it works.
SHORTER, WORKING = 0.005, 0.1
#: Seconds.
LONGEST_REST = 1.0
#: A batch that takes so many times what it should is of other rows than the last ones.
FAR_OFF = 50

# Whose state we may not see is taken to be at work. What has no user or no database is the server's own.
_OTHERS = """
SELECT EXISTS (
    SELECT FROM pg_stat_activity
    WHERE datid IS NOT NULL AND usesysid IS NOT NULL AND pid <> ALL (%s)
      AND coalesce(backend_type, 'client backend') = 'client backend'
      AND (state IS NULL OR state NOT LIKE 'idle%%' OR state_change > clock_timestamp() - interval '1 second')
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What the user has said of it."""

    #: Seconds that a batch may take where nobody else is at work.
    longest: float = 0.2
    #: Sessions that write beside each other.
    workers: int = 1


@dataclass(slots=True)
class Pace:
    """Rows of a batch, from what the last ones took."""

    conn: psycopg.Connection
    longest: float
    #: Rows.
    size: int
    #: The pids of our own sessions.
    own: tuple[int, ...]
    #: Half the seconds after which the server looks for a deadlock.
    hurry: float
    #: Somebody else is at work on the server.
    beside: bool = True
    #: Seconds that the last exchanges with the server took in which there was nothing to do.
    exchanges: deque[float] = field(default_factory=lambda: deque(maxlen=5))
    #: Seconds that a row took in each of the last batches.
    costs: deque[float] = field(default_factory=lambda: deque(maxlen=16))

    def look(self) -> None:
        """See who else is at work."""
        begun = time.monotonic()
        self.conn.execute("SELECT")
        self.exchanges.append(time.monotonic() - begun)
        row = self.conn.execute(_OTHERS, (list(self.own),)).fetchone()
        self.beside = row is None or row[0]

    @property
    def target(self) -> float:
        """Seconds that a batch should take."""
        return self.longest * SHORTER if self.beside else self.longest

    @property
    def may_be_plain(self) -> bool:
        """A batch is so short that it may wait for somebody: nobody is told of a deadlock with it."""
        return not self.beside and self.target * 2 <= self.hurry

    def rest(self, took: float) -> float:
        """Seconds to wait after a batch, but never so long that nobody is heard."""
        return min(took * (1 / WORKING - 1), LONGEST_REST) if self.beside else 0.0

    def learn(self, rows: int, took: float) -> None:
        """A batch of so many rows took so many seconds."""
        if rows < self.size / 2:
            return  # One that was cut off says little of whole ones.
        # On a busy server a batch waits for a processor, and a shorter one would wait as long: of the last
        # ones the quickest tells what a row takes. But one that took very much longer has other rows.
        if took > self.target * FAR_OFF:
            self.costs.clear()
        self.costs.append(max(took - min(self.exchanges, default=0.0), 0.0001) / rows)
        wanted = min(self.target / min(self.costs), rows * 2)
        least = FEWEST if min(self.costs) < LONG else SMALLEST
        self.size = round(max(least, min(LARGEST, wanted)))

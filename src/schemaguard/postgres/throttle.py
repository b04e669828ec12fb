"""What a backfill waits for between two batches, so that others keep up with what it writes."""

import time
from collections.abc import Callable, Iterator
from dataclasses import field

import psycopg

from schemaguard.dataclass import dataclass
from schemaguard.errors import DatabaseError
from schemaguard.estimates import size_text
from schemaguard.names import Relation
from schemaguard.postgres.replication import slots, standbys

#: Seconds between two looks while something is behind.
LOOK = 0.5
#: Seconds between two looks at replicas and slots while nothing is.
SELDOM = 1.0

_WAITERS = """
SELECT a.pid, coalesce(nullif(a.application_name, ''), '(no application_name)'), l.mode
FROM pg_locks AS l JOIN pg_stat_activity AS a USING (pid)
WHERE l.locktype = 'relation' AND l.relation = to_regclass(%s) AND NOT l.granted
  AND a.application_name <> 'schemaguard'
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Beyond these the backfill waits."""

    #: Bytes that a standby has yet to replay, and seconds that it is behind.
    lag_bytes: int = 256 * 1024 * 1024
    lag_seconds: float = 10.0
    #: Bytes of WAL that a replication slot keeps more than when the backfill began.
    slot_bytes: int = 4 * 1024 * 1024 * 1024
    #: A query that says true where the backfill may go on; "": none.
    query: str = ""


@dataclass(slots=True)
class Throttle:
    """Looks between two batches, and waits while something is behind."""

    conn: psycopg.Connection
    table: Relation
    limits: Limits
    #: Hears what is waited for, when that begins or becomes something else.
    say: Callable[[str], None]
    #: Is called while it waits.
    obey: Callable[[], float]
    #: Bytes that each slot kept when it began.
    kept: dict[str, int] = field(default_factory=dict)
    looked: float = float("-inf")

    def __post_init__(self) -> None:
        self.kept = {slot.name: slot.bytes for slot in slots(self.conn)}
        if self.limits.query:
            self._may_go_on()  # What cannot be asked is told of before the first batch.

    def wait(self) -> None:
        """As long as something is behind. DatabaseError where the user's query cannot be asked."""
        said = ""
        while reasons := "; ".join(self._behind()):
            if reasons.partition(":")[0] != said:
                said = reasons.partition(":")[0]
                self.say(reasons)
            self.obey()
            time.sleep(LOOK)
            self.looked = float("-inf")

    def _behind(self) -> Iterator[str]:
        for pid, name, mode in self.conn.execute(_WAITERS, (str(self.table),)):
            yield f"a session waits for {self.table.text}: pid {pid}, {name}, for {mode}"
        if time.monotonic() < self.looked + SELDOM:
            return
        yield from self._standbys()
        yield from self._slots()
        if self.limits.query and not self._may_go_on():
            yield f"the query does not say true: {self.limits.query}"
        self.looked = time.monotonic()

    def _standbys(self) -> Iterator[str]:
        for one in standbys(self.conn):
            if one.bytes is not None and one.bytes > self.limits.lag_bytes:
                yield f"standby {one.name} is behind: {size_text(one.bytes)}"
            elif one.seconds is not None and one.seconds > self.limits.lag_seconds:
                yield f"standby {one.name} is behind: {one.seconds:.1f} s"

    def _slots(self) -> Iterator[str]:
        for slot in slots(self.conn):
            kept = slot.bytes - self.kept.setdefault(slot.name, slot.bytes)
            if kept > self.limits.slot_bytes:
                more = size_text(kept)
                yield f"replication slot {slot.name} keeps WAL: {more} more than at the beginning"

    def _may_go_on(self) -> bool:
        advice = "It is to return one boolean, and to write nothing: true where the backfill may go on."
        try:
            with self.conn.transaction():
                self.conn.execute("SET TRANSACTION READ ONLY")
                row = self.conn.execute(self.limits.query.encode()).fetchone()
        except psycopg.Error as error:
            what = error.diag.message_primary or str(error)
            raise DatabaseError(f"the query of --throttle cannot be asked: {what}", advice=advice) from error
        if row is not None and (len(row) != 1 or not isinstance(row[0], bool | None)):
            raise DatabaseError(f"the query of --throttle says {row}", advice=advice)
        return row is not None and row[0] is True

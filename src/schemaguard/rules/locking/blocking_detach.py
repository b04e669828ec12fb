"""
A partition that is detached or dropped stops every query on the whole table.

## Why

DETACH PARTITION and DROP TABLE of a partition take an ACCESS EXCLUSIVE lock on the parent,
on its DEFAULT partition, and on the part itself, since no query may look for the part while
it goes. They do no work, but wait for all queries on the whole that are running; and each
new one, on whatever partition, waits behind them.

## Instead

`DETACH PARTITION ... CONCURRENTLY`, outside a transaction: it waits as well, but nobody waits
behind it. What it leaves is a table of its own, which can be dropped or kept. If it is
interrupted, `DETACH PARTITION ... FINALIZE` ends what it began. It is refused where there is a
DEFAULT partition: there remain a short `lock_timeout` and another try.
"""

from collections.abc import Iterator

from schemaguard.changes.detach_partition import DetachPartition
from schemaguard.changes.drop_table import DropTable
from schemaguard.costs import Lock
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.partition_bounds import default_of
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import SchemaState


def check(frame: Frame) -> Iterator[Finding]:
    """A part that goes under a lock which stops who reads the whole."""
    parts = [
        *((change.partition, lock) for change, lock in frame.each(DetachPartition, costing=Lock)),
        *((change.table, lock) for change, lock in frame.each(DropTable, costing=Lock)),
    ]
    for part, lock in parts:
        whole = lock.table in frame.before.known(part).parents and frame.before.is_partition(part)
        if whole and lock.mode is LockMode.ACCESS_EXCLUSIVE:
            yield Finding(
                message=f"no query on {lock.table.text} can begin before {part.text} is gone from it",
                because=lock,
                advice=_advice(frame.before, lock.table, part),
            )


def _advice(schema: SchemaState, whole: Relation, part: Relation) -> str:
    if default_of(schema, whole) is not None:
        return "With a default partition there is no other way: set a short lock_timeout, and try again."
    return f"First ALTER TABLE {whole} DETACH PARTITION {part} CONCURRENTLY."


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    given="""
    CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
    CREATE TABLE visit_2025 PARTITION OF visit FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
    CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
    """,
    examples=(
        Bad("dropped", "DROP TABLE visit_2025;", phase=Phase.CONTRACT),
        Bad(
            "detached first",
            """
            ALTER TABLE visit DETACH PARTITION visit_2025;
            DROP TABLE visit_2025;
            """,
            phase=Phase.CONTRACT,
        ),
        Good(
            "detached concurrently",
            """
            ALTER TABLE visit DETACH PARTITION visit_2025 CONCURRENTLY;
            DROP TABLE visit_2025;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)

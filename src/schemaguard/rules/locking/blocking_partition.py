"""
CREATE TABLE ... PARTITION OF stops every query on the whole table.

## Why

It takes an ACCESS EXCLUSIVE lock on the parent, although the new partition is empty. While
it waits for the queries that are running, each new one on the whole table waits behind it,
reads as well; and where there is a DEFAULT partition, that is read meanwhile.

## Instead

Make a table like the parent, which nobody knows yet, and attach it: ATTACH PARTITION takes
SHARE UPDATE EXCLUSIVE on the parent, which neither reads nor writes mind, and there are no
rows that it would have to read.
"""

from collections.abc import Iterator

from schemaguard.changes.create_table import CreateTable
from schemaguard.costs import Lock
from schemaguard.locks import LockMode
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A table that is made as a partition of one that is in use."""
    for change, lock in frame.each(CreateTable, costing=Lock):
        if change.bound and lock.table in change.parents and lock.mode is LockMode.ACCESS_EXCLUSIVE:
            yield Finding(
                message=f"no query on {lock.table.text} can begin before {change.table.text} is there",
                because=lock,
                advice=f"CREATE TABLE {change.table} (LIKE {lock.table} INCLUDING ALL), then ATTACH it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    given="""
    CREATE TABLE visit (day date NOT NULL, page text) PARTITION BY RANGE (day);
    CREATE INDEX visit_page ON visit (page);
    """,
    examples=(
        Bad(
            "made in its place",
            "CREATE TABLE visit_2026 PARTITION OF visit FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');",
        ),
        Good(
            "made beside, and attached",
            """
            CREATE TABLE visit_2026 (LIKE visit INCLUDING ALL);
            ALTER TABLE visit ATTACH PARTITION visit_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            """,
        ),
        Good(
            "of a table that is new itself",
            """
            CREATE TABLE click (day date NOT NULL) PARTITION BY RANGE (day);
            CREATE TABLE click_2026 PARTITION OF click FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
            """,
            ends_elsewhere="it is about another table",
        ),
    ),
)

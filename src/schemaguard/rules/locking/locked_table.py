"""
LOCK TABLE keeps others out until the transaction ends.

## Why

Without a mode LOCK TABLE takes ACCESS EXCLUSIVE: every query on the table, and on all
that inherits from it, waits until COMMIT, whatever the transaction does in between.
SHARE, SHARE ROW EXCLUSIVE and EXCLUSIVE let reads through and stop INSERT, UPDATE and
DELETE. Two transactions that lock several tables in different orders end in a deadlock.

## Instead

Each statement takes the lock it needs by itself. Where several have to happen at once,
as in a swap of two tables, keep the transaction short, set `lock_timeout`, and do nothing
in it that grows with a table.
"""

from collections.abc import Iterator

from schemaguard.changes.lock_table import LockTable
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers, and is not held already."""
    for _, lock in frame.each(LockTable, costing=Lock):
        if lock.mode.stops_writes and lock not in frame.held:
            who = "read or write" if lock.mode.stops_reads else "write to"
            yield Finding(
                message=f"nobody can {who} {lock.table.text} until this transaction ends",
                because=lock,
                advice="Leave it out: each statement takes the lock it needs.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("against all", "BEGIN; LOCK TABLE account; COMMIT;"),
        Bad("against writers", "BEGIN; LOCK TABLE account IN SHARE ROW EXCLUSIVE MODE; COMMIT;"),
        Good("against other migrations", "BEGIN; LOCK account IN SHARE UPDATE EXCLUSIVE MODE; COMMIT;"),
    ),
)

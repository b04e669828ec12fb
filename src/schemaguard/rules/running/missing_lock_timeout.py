"""
Waiting for a lock without a time-out makes everybody wait behind it.

## Why

Any ACCESS EXCLUSIVE lock, however short, first waits for the transactions that use the
table. While it waits, every new query on the table queues behind it: a report of ten
minutes stops the whole service for ten minutes.

## Instead

`SET lock_timeout = '2s'` before it, and try again if it fails. `schemaguard apply` does
better: it polls for the lock and never queues.
"""

from collections.abc import Iterator

from schemaguard.changes.base import Change
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.move_all import MoveAll
from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops queries, taken without lock_timeout."""
    if frame.timeouts.lock or "lock_timeout" in frame.settings.lapsed:
        return
    waiting = [cost for effect, cost in frame.felt if not _never_waits(effect.change)]
    for lock in dict.fromkeys(waiting):
        if isinstance(lock, Lock) and lock.mode.stops_writes and lock not in frame.held:
            yield Finding(
                message=f"waits for {lock.mode.value} on {lock.on} without a lock_timeout,"
                " and everybody behind it",
                because=lock,
                advice="SET lock_timeout before it, or run it with `schemaguard apply`.",
            )


def _never_waits(change: Change) -> bool:
    return isinstance(change, LockTable | MoveAll) and change.nowait


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    once=True,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "switched off",
            "SET lock_timeout = 0; ALTER TABLE account ADD COLUMN fax text;",
        ),
        Good(
            "with a time-out",
            "SET lock_timeout = '2s'; ALTER TABLE account ADD COLUMN fax text;",
        ),
    ),
)

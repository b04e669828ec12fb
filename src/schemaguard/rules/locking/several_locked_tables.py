"""
One transaction locks a second table while it keeps the first one locked.

## Why

The first table takes no queries, or no writes, for as long as the transaction waits for the
second, and neither is free before COMMIT. If running code uses the two in the other
order, each waits for the other: a deadlock, which PostgreSQL ends by failing one of them
after `deadlock_timeout`.

## Instead

One table a transaction: COMMIT between them. With Alembic, `transaction_per_migration`
and a revision for each table.
"""

from collections.abc import Iterator

from schemaguard.costs import Lock
from schemaguard.locks import LockMode
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers, while another old table is locked: one of the two for every query."""
    kept = {lock.table: lock.mode for lock in frame.held if lock.mode.stops_writes} if frame.held else {}
    for _, cost in frame.felt if kept else ():
        if not isinstance(cost, Lock) or not cost.mode.stops_writes:
            continue
        others = [
            table
            for table, mode in kept.items()
            if table not in frame.young | {cost.table} and LockMode.ACCESS_EXCLUSIVE in (mode, cost.mode)
        ]
        new = cost.table not in kept or kept[cost.table].strength < cost.mode.strength
        for first in sorted(others)[:1] if new else ():
            yield Finding(
                message=f"locks {cost.table.text} while its transaction keeps {first.text} locked:"
                " code that uses both can end in a deadlock",
                because=cost,
                advice="COMMIT between them: one table a transaction.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    once=True,
    since="0.1",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE visit (id bigint PRIMARY KEY);
    """,
    examples=(
        Bad(
            "two tables in one transaction",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN visits int;
            ALTER TABLE visit ADD COLUMN length int;
            COMMIT;
            """,
        ),
        Good(
            "a transaction each",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN visits int;
            COMMIT;
            BEGIN;
            ALTER TABLE visit ADD COLUMN length int;
            COMMIT;
            """,
        ),
        Good(
            "ROLLBACK TO releases the first lock",
            """
            BEGIN;
            SAVEPOINT start;
            ALTER TABLE account ADD COLUMN visits bigint;
            ROLLBACK TO start;
            ALTER TABLE visit ADD COLUMN length int;
            COMMIT;
            ALTER TABLE account ADD COLUMN visits int;
            """,
        ),
    ),
)

"""
One transaction locks a second table while it keeps the first one locked.

## Why

Both tables take no queries, the first one for as long as the transaction waits for the
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
    """A lock that stops every query, where the transaction has such a one on another old table already."""
    alone = {lock.table for lock in frame.held if lock.mode is LockMode.ACCESS_EXCLUSIVE} - frame.young
    for _, cost in frame.felt:
        if isinstance(cost, Lock) and cost.mode is LockMode.ACCESS_EXCLUSIVE and cost not in frame.held:
            for first in sorted(alone - {cost.table})[:1]:
                yield Finding(
                    message=f"locks {cost.table.text} while its transaction keeps {first.text} locked:"
                    " code that uses both can end in a deadlock",
                    because=cost,
                    advice="COMMIT between them: one table a transaction.",
                )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
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

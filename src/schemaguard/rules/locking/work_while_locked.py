"""
One table stays locked while all rows of another are worked on.

## Why

A transaction keeps its locks to its end. Adding a column takes a lock that stops every
query, but for a moment only; if the same transaction then reads, fills or indexes another
table, the first one stays locked all that time, and `lock_timeout` does not help: that
bounds the wait for a lock, not how long it is held.

## Instead

Commit first. What takes long runs in a transaction of its own, before or after those that
lock. With Alembic, make it a revision of its own and set `transaction_per_migration=True`,
or use an `autocommit_block`.
"""

from collections.abc import Iterator

from schemaguard.costs import grows_with_table
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Work that grows with a table, while the transaction holds a lock on another that stops writers."""
    stopped = sorted(
        lock.table.text for lock in frame.held if lock.mode.stops_writes and lock.table not in frame.young
    )
    for cost in dict.fromkeys(cost for _, cost in frame.felt if grows_with_table(cost)):
        others = [name for name in stopped if name != cost.table.text]
        if others:
            yield Finding(
                message=f"works on all of {cost.table.text} while its transaction keeps {others[0]} locked",
                because=cost,
                advice="Commit first: what takes long needs a transaction of its own.",
                together=True,
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    once=True,
    since="0.1",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY);
    CREATE TABLE visit (id bigint PRIMARY KEY, length int);
    ALTER TABLE visit ADD CONSTRAINT long CHECK (length > 0) NOT VALID;
    """,
    examples=(
        Bad(
            "a validation after a column is added elsewhere",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN visits int;
            ALTER TABLE visit VALIDATE CONSTRAINT long;
            COMMIT;
            """,
        ),
        Good(
            "after a commit",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN visits int;
            COMMIT;
            ALTER TABLE visit VALIDATE CONSTRAINT long;
            """,
        ),
        Good(
            "before the lock",
            """
            BEGIN;
            ALTER TABLE visit VALIDATE CONSTRAINT long;
            ALTER TABLE account ADD COLUMN visits int;
            COMMIT;
            """,
        ),
        Good(
            "one row is soon found",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN visits int;
            UPDATE visit SET length = 1 WHERE id = 7;
            COMMIT;
            """,
            ends_elsewhere="the constraint is not valid",
        ),
    ),
)

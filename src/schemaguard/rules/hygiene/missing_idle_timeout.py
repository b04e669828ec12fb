"""
A transaction keeps a lock, and nothing ends it if the client falls silent.

## Why

If the migration tool hangs or loses its connection in the middle of a transaction, the
locks stay until the server notices, which can take hours. Neither `lock_timeout` nor
`statement_timeout` helps: no statement is running.

## Instead

`SET idle_in_transaction_session_timeout`, or from 17 on `transaction_timeout`, which
bounds the whole transaction.
"""

from collections.abc import Iterator

from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers and stays, in a transaction that may stay open."""
    timeouts = frame.timeouts
    if not frame.in_transaction or timeouts.idle_in_transaction or timeouts.transaction:
        return
    for _, lock in frame.felt:
        if isinstance(lock, Lock) and lock.mode.stops_writes and lock not in frame.held:
            yield Finding(
                message=f"keeps {lock.mode.value} on {lock.table.text} for as long as the client is silent",
                because=lock,
                advice="SET idle_in_transaction_session_timeout before it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "nothing ends it",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
        Good(
            "ten seconds of silence at most",
            """
            SET idle_in_transaction_session_timeout = '10s';
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
        ),
        Good(
            "the whole transaction is bounded",
            """
            BEGIN;
            SET LOCAL transaction_timeout = '10s';
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            """,
            on=(17, 18),
        ),
    ),
)

"""
More is done while the transaction keeps a table locked.

## Why

A lock lasts to the end of its transaction, however short the statement that took it. Each
further statement, and each round trip to the server, is time in which no query on the
locked table runs. A lock_timeout bounds the wait for a lock, not how long it is held.

## Instead

COMMIT after each statement that takes such a lock, or make it the last of its transaction.
"""

from collections.abc import Iterator

from schemaguard.changes.base import SessionChange
from schemaguard.evidence import Wording
from schemaguard.locks import LockMode
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """Any statement but one of the session, after a lock that stops every query."""
    locked = {lock.table for lock in frame.held if lock.mode is LockMode.ACCESS_EXCLUSIVE} - frame.young
    if locked and not all(isinstance(effect.change, SessionChange) for effect in frame.effects):
        first = min(locked)
        yield Finding(
            message=f"is done while the transaction keeps {first.text} locked until COMMIT for every query",
            because=Wording(f"another statement after the lock on {first.text}"),
            advice="COMMIT before it.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "rows are written under the lock",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            INSERT INTO account VALUES (1, 'none');
            COMMIT;
            """,
        ),
        Good(
            "after a commit",
            """
            BEGIN;
            ALTER TABLE account ADD COLUMN fax text;
            COMMIT;
            INSERT INTO account VALUES (1, 'none');
            """,
        ),
    ),
)

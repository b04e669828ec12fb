"""
A lock that stops writers is taken without a statement_timeout.

## Why

`lock_timeout` bounds the wait for a lock. How long the statement then holds it, while it
reads or writes the table, only `statement_timeout` bounds.

## Instead

`SET statement_timeout` to what users of the table can wait for, before the statement. Not
for CREATE INDEX CONCURRENTLY, which takes long and stops nobody.
"""

from collections.abc import Iterator

from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers, for as long as it takes."""
    if frame.timeouts.statement:
        return
    for _, lock in frame.felt:
        if isinstance(lock, Lock) and lock.mode.stops_writes and lock not in frame.held:
            yield Finding(
                message=f"may hold {lock.mode.value} on {lock.table.text} for any time: there is no"
                " statement_timeout",
                because=lock,
                advice="SET statement_timeout before it.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "for any time",
            "ALTER TABLE account ADD COLUMN fax text;",
        ),
        Good(
            "five seconds at most",
            """
            SET statement_timeout = '5s';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
    ),
)

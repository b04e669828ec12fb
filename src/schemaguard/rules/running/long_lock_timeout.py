"""
A long lock_timeout stops everybody for just as long.

## Why

While a statement waits for a lock that stops queries, each new query on the table waits
behind it. `lock_timeout` bounds that wait: with five minutes, one long report stops the
service for five minutes.

## Instead

Two to five seconds, and try again if it fails. `schemaguard apply` tries again by itself.
"""

from collections.abc import Iterator

from schemaguard.costs import Lock
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

#: In milliseconds; people and load balancers give up at about this.
TOO_LONG = 10_000


def check(frame: Frame) -> Iterator[Finding]:
    """A lock that stops writers, for which too long may be waited."""
    timeout = frame.timeouts.lock
    if timeout is None or timeout <= TOO_LONG:
        return
    for _, lock in frame.felt:
        if isinstance(lock, Lock) and lock.mode.stops_writes and lock not in frame.held:
            yield Finding(
                message=f"may wait {timeout // 1000} s for {lock.mode.value} on {lock.table.text},"
                " and everybody behind it",
                because=lock,
                advice="SET lock_timeout = '2s', and try again if it fails.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "five minutes",
            """
            SET lock_timeout = '5min';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
        Good(
            "two seconds",
            """
            SET lock_timeout = '2s';
            ALTER TABLE account ADD COLUMN fax text;
            """,
        ),
    ),
)

"""
A time-out in the middle of CONCURRENTLY leaves an invalid index behind.

## Why

CREATE INDEX CONCURRENTLY, REINDEX CONCURRENTLY and DROP INDEX CONCURRENTLY wait for every
older transaction that could still see the table otherwise. That is a wait for a lock: a
short `lock_timeout` cancels it (55P03), and `statement_timeout` ends a long build. What
was begun stays: an INVALID index that costs every write and helps no query. Tried again
with IF NOT EXISTS, the statement "succeeds" and changes nothing.

## Instead

For this statement alone, no time-out: it blocks neither reads nor writes while it waits.
Set the time-outs again for what comes after.
"""

from collections.abc import Iterator

from schemaguard.costs import Wait
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity

#: In milliseconds. Older transactions may take this long, and a build longer.
SHORT = 600_000


def check(frame: Frame) -> Iterator[Finding]:
    """A wait for all older transactions under a time-out that the script has set."""
    short = [
        name
        for name in ("lock_timeout", "statement_timeout")
        if 0 < (frame.settings.timeout(name) or 0) < SHORT and frame.settings.is_set_here(name)
    ]
    for wait in dict.fromkeys(cost for _, cost in frame.felt if isinstance(cost, Wait)) if short else ():
        yield Finding(
            message=f"waits for older transactions on {wait.table.text} under {' and '.join(short)}:"
            " cancelled, it leaves an invalid index",
            because=wait,
            advice=f"SET {short[0]} = 0 before it, and set it again afterwards.",
        )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "a short lock_timeout",
            """
            SET lock_timeout = '5s';
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            """,
        ),
        Bad(
            "a short statement_timeout",
            """
            SET statement_timeout = '30s';
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            """,
        ),
        Good(
            "none for this statement",
            """
            SET lock_timeout = 0;
            SET statement_timeout = 0;
            CREATE INDEX CONCURRENTLY account_email ON account (email);
            SET lock_timeout = '5s';
            """,
        ),
    ),
)

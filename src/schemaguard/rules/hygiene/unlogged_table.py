"""
An unlogged table is empty after a crash, and has no rows on a standby.

## Why

Its rows are not in the write-ahead log. After a crash PostgreSQL empties it before anyone
can connect; where a standby takes over, or a base backup is restored, it is empty as
well.

## Instead

Leave UNLOGGED out. Where the rows can be made anew at any time, as in a cache or a staging
area, it is right: allow it there.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import tables
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import Persistence


def check(frame: Frame) -> Iterator[Finding]:
    """A new table that is unlogged."""
    for table, state in tables(frame):
        if state.persistence is Persistence.UNLOGGED:
            yield Finding(
                message=f"{table.text} loses all its rows in a crash, and a standby has none",
                because=Wording("UNLOGGED"),
                advice="Leave UNLOGGED out, unless the rows can be made anew.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad("unlogged", "CREATE UNLOGGED TABLE visit (id bigint PRIMARY KEY);"),
        Good(
            "logged",
            "CREATE TABLE visit (id bigint PRIMARY KEY);",
            ends_elsewhere="the table lasts",
        ),
    ),
)

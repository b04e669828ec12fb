"""
Without a unique index ON CONFLICT fails, and duplicates come in.

## Why

`INSERT ... ON CONFLICT (email)` looks for a unique index over exactly these columns, and
fails where there is none (42P10). It fails at once, with the first INSERT after DROP INDEX or
DROP CONSTRAINT. Without a primary key, queries that GROUP BY it may no longer select the other
columns. And what the index refused comes in: when it is made again one day, the duplicates
are in the way.

## Instead

Build what takes its place first: ON CONFLICT accepts any unique index over the same columns.
If no code needs it any longer, drop it in a migration that declares `phase=contract`. With the
statements of the running code, `schemaguard check` tells.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_index import DropIndex
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A unique index or constraint that goes beside running code."""
    for kind in (DropIndex, DropConstraint):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"takes away {broken.needs}: does running code say ON CONFLICT, or count on it?",
                because=broken,
                advice="Build what takes its place first, or drop it in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="next",
    given="""
    CREATE TABLE account (id bigint PRIMARY KEY, email text);
    CREATE UNIQUE INDEX account_email ON account (email);
    """,
    examples=(
        Bad("beside running code", "DROP INDEX CONCURRENTLY account_email;"),
        Good("when no code needs it", "DROP INDEX CONCURRENTLY account_email;", phase=Phase.CONTRACT),
    ),
)

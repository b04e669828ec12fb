"""
A dropped object breaks the code whose queries use it.

## Why

Functions, collations, operators, aggregates, casts, text search configurations and extensions stand
in the queries of running code, if only in the functions that these call. Without them
the queries fail from that moment. With CASCADE goes whatever depends on the object, too:
a column of the collation, an index of the operator class; their tables are locked, and
what was in the column is lost.

## Instead

Release code that does not use the object, wait until no older code is left, and drop it
then, in a migration that declares `phase=contract`. Without CASCADE, PostgreSQL says what
still depends on it.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_function import DropFunction
from schemaguard.changes.drop_thing import DropThing
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A dropped thing that running code may need."""
    for kind in (DropThing, DropFunction):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"{broken.by} fails: {broken.needs} is gone"
                if broken.certain
                else f"takes away {broken.needs}; is there such a thing, and does running code use it?",
                because=broken,
                severity=None if broken.certain else Severity.DEPENDS,
                advice="Release code that does not use it; drop it in a contract migration, without CASCADE.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given='CREATE COLLATION plain FROM "C";',
    examples=(
        Bad("beside running code", "DROP COLLATION plain;"),
        Good("after it", "DROP COLLATION plain;", phase=Phase.CONTRACT),
        Good(
            "one that the same release made",
            'CREATE COLLATION other FROM "C"; DROP COLLATION other;',
            ends_elsewhere="it is about another collation",
        ),
    ),
)

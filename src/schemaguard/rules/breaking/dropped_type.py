"""
A dropped type breaks the code that uses it, with CASCADE also its columns.

## Why

Code that casts to the type, or asks the catalog for it as drivers do, fails from that
moment. With CASCADE each column of the type goes, with its values: PostgreSQL takes an
ACCESS EXCLUSIVE lock on every such table, for which it waits behind all queries, while
all later ones wait behind it. Domains, ranges and attributes of the type go as well.

## Instead

Drop the columns one by one first, when no code uses them, and the type last, without
CASCADE, in a migration that declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.drop_type import DropType
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A dropped type, and what goes with it."""
    for change, broken in frame.breaking(DropType):
        yield Finding(
            message=f"{broken.by} fails: {broken.needs} is gone"
            if broken.certain
            else f"takes away {broken.needs}; does running code use that?",
            because=broken,
            severity=None if broken.certain else Severity.DEPENDS,
            advice="Drop its columns first, when no code uses them, then the type, without CASCADE."
            if change.cascade
            else "Release code that does not use it first; drop it in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="""
        CREATE TYPE mood AS ENUM ('sad', 'happy');
        CREATE TYPE temper AS ENUM ('calm');
        CREATE TABLE person (id bigint PRIMARY KEY, mood mood);
    """,
    examples=(
        Bad("with its columns", "DROP TYPE temper; DROP TYPE mood CASCADE;"),
        Good(
            "when nothing uses it",
            """
            DROP TYPE temper;
            ALTER TABLE person DROP COLUMN mood;
            DROP TYPE mood;
            """,
            phase=Phase.CONTRACT,
        ),
    ),
)

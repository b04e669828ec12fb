"""
A replaced function, or another object that is changed, answers otherwise.

## Why

Running code counts on what a query returns. A function or aggregate that OR REPLACE replaced
computes by its new body from the next call on, also in the defaults, triggers, constraints
and indexes that call it, whose old entries stay as they were computed. With other
dictionaries a text search finds other words, and what was indexed with the old ones is not
found any more. Whether that matters to running code cannot be seen in the migration.

## Instead

Make a new object beside the old one, let new code use it, and drop the old one when only
new code is left. Change the old one in a migration that declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.alter_function import AlterFunction
from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.create_thing import CreateThing
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A thing that is not what it was."""
    for kind in (AlterThing, CreateThing, AlterFunction, CreateFunction):
        for _, broken in frame.breaking(kind):
            yield Finding(
                message=f"{broken.needs} is no more; does running code count on it?",
                because=broken,
                advice="Make a new one beside it, or change it in a contract migration.",
            )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="""
        CREATE TEXT SEARCH CONFIGURATION prose (COPY = simple);
    """,
    examples=(
        Bad(
            "beside running code",
            "ALTER TEXT SEARCH CONFIGURATION prose ALTER MAPPING FOR word WITH german_stem;",
        ),
        Good(
            "a new function beside the old ones",
            "CREATE OR REPLACE FUNCTION gross(net int) RETURNS int LANGUAGE sql AS 'SELECT net * 2';",
            ends_elsewhere="it is about another object",
        ),
        Good(
            "after it",
            "ALTER TEXT SEARCH CONFIGURATION prose ALTER MAPPING FOR word WITH german_stem;",
            phase=Phase.CONTRACT,
        ),
    ),
)

"""
A renamed object breaks the code whose queries know the old name.

## Why

A collation, an aggregate or a text search configuration is named in queries. Under another
name, or in another schema that is not in the search path, running code does not find it. No
moment suits both versions.

## Instead

Keep the name. Or make a second object under the new name, and drop the old one in a
migration that declares `phase=contract`, when only new code is left.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_function import RenameFunction
from schemaguard.changes.rename_thing import RenameThing
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A renamed or moved thing that running code may need."""
    renamed = [(broken, change.new.name) for change, broken in frame.breaking(RenameThing)]
    renamed += [(broken, change.new.text) for change, broken in frame.breaking(RenameFunction)]
    for broken, new in renamed:
        yield Finding(
            message=f"{broken.by} fails: {broken.needs} is now called {new}",
            because=broken,
            advice="Keep the name, or make a second object under the new one and drop the old one later.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given='CREATE COLLATION plain FROM "C";',
    examples=(
        Bad("beside running code", "ALTER COLLATION plain RENAME TO simple;"),
        Good("after it", "ALTER COLLATION plain RENAME TO simple;", phase=Phase.CONTRACT),
        Good(
            "a second one",
            'CREATE COLLATION simple FROM "C";',
            ends_elsewhere="the old one goes later",
        ),
    ),
)

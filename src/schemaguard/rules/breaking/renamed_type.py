"""
A renamed or moved type breaks the code that knows the old name.

## Why

Columns follow a type to its new name, and no table is locked. Code does not: `'x'::mood`
fails, and so do drivers and mappers that cast their parameters to the type or ask the
catalog for it by name.

## Instead

Keep the name. If it has to go, make a second type, a column of it beside the old one,
and drop the old ones when only new code is left; or rename it in a migration that
declares `phase=contract`.
"""

from collections.abc import Iterator

from schemaguard.changes.rename_type import RenameType
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A renamed or moved type that running code may name."""
    for change, broken in frame.breaking(RenameType):
        yield Finding(
            message=f"{broken.by} fails: type {change.type.text} is now called {change.new.text}",
            because=broken,
            advice="Keep the name, or rename it in a contract migration.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TYPE mood AS ENUM ('sad', 'happy');",
    examples=(
        Bad("beside running code", "ALTER TYPE mood RENAME TO temper;"),
        Good("after it", "ALTER TYPE mood RENAME TO temper;", phase=Phase.CONTRACT),
    ),
)

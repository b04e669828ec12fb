"""
A new enum value can reach code that does not know it.

## Why

`ALTER TYPE ... ADD VALUE` locks no table. But as soon as new code writes the value, code
that is still running reads it: a client that maps the enum to one of its own raises an
error at the first such row. Whether it does cannot be seen in the migration. A value
cannot be taken away again.

## Instead

Release code first that reads the value and lets it pass, then add the value, then release
code that writes it. Add it in a migration that declares `phase=contract` when the readers
are everywhere.
"""

from collections.abc import Iterator

from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A value that running code may read and not know."""
    for change, broken in frame.breaking(AddEnumValue):
        yield Finding(
            message=f"'{change.value}' is new in {change.type.text}; does running code cope with it when it"
            " reads it?",
            because=broken,
            advice="Release code that reads the value before any code writes it.",
        )


RULE = Rule(
    check=check,
    severity=Severity.DEPENDS,
    since="0.1",
    given="CREATE TYPE mood AS ENUM ('sad', 'happy');",
    examples=(
        Bad("beside running code", "ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';"),
        Good(
            "when all code knows it",
            "ALTER TYPE mood ADD VALUE 'great' AFTER 'happy';",
            phase=Phase.CONTRACT,
        ),
    ),
)

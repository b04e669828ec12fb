"""
A new enum value comes last where no place is said.

## Why

The values of an enum are ordered as they stand in the type: `ORDER BY` and comparisons
follow that. Without BEFORE or AFTER a new value is the greatest, and nobody can move it
afterwards.

## Instead

Say where it belongs, even if that is the end: `AFTER` the last one.
"""

from collections.abc import Iterator

from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A value of which nobody says where it belongs."""
    for effect in frame.effects:
        if isinstance(effect.change, AddEnumValue) and effect.change.neighbor is None:
            yield Finding(
                message=f"'{effect.change.value}' becomes the greatest of {effect.change.type.text}; is it?",
                because=Wording(f"the place of '{effect.change.value}'"),
                advice="Say BEFORE or AFTER which value it comes.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    given="CREATE TYPE size AS ENUM ('small', 'large');",
    examples=(
        Bad("at the end by chance", "ALTER TYPE size ADD VALUE 'huge';", phase=Phase.CONTRACT),
        Good(
            "at the end on purpose",
            "ALTER TYPE size ADD VALUE 'huge' AFTER 'large';",
            phase=Phase.CONTRACT,
        ),
    ),
)

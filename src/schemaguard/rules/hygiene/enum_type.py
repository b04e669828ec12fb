"""
An enum type can get values, but never lose one.

## Why

PostgreSQL cannot take a value out of an enum, nor change the order. A new value cannot be
used in the transaction that adds it, and code that maps the enum to one of its own fails
at a value that it does not know.

## Instead

Take `text` with a CHECK, which can be exchanged while everybody works, or a table of the
values and a foreign key.
"""

from collections.abc import Iterator

from schemaguard.changes.create_type import CreateType
from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import EnumState


def check(frame: Frame) -> Iterator[Finding]:
    """A new enum."""
    for effect in frame.effects:
        if isinstance(effect.change, CreateType) and isinstance(effect.change.state, EnumState):
            yield Finding(
                message=f"{effect.change.type.text} is an enum: no value of it can be taken away again",
                because=Wording(f"type {effect.change.type.text}"),
                advice="Take text with a CHECK, or a table of the values.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("an enum", "CREATE TYPE mood AS ENUM ('sad', 'happy');"),
        Good(
            "a table of the values",
            "CREATE TABLE mood (name text PRIMARY KEY);",
            ends_elsewhere="there is a table in its place",
        ),
    ),
)

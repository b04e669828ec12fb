"""
A timestamp without fractions of a second is rounded, not cut.

## Why

`timestamp(0)` rounds to the nearest second, half of the time into the future: what has just
been written is not yet due, and an order of events is lost.

## Instead

Keep the fractions, and cut them off where they are shown, with `date_trunc`.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name.startswith(("timestamp", "time ")) and kind.modifiers == ("0",)


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="values are rounded, also into the future",
        advice="Keep the fractions, and cut them off where they are shown.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, at timestamptz(0));"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, at timestamptz);",
            ends_elsewhere="the type is another",
        ),
    ),
)

"""
A column of type varchar(n) has a limit that is hard to change.

## Why

`varchar(n)` is as large and as fast as `text`. The limit is mostly a guess: to make it smaller
writes the whole table anew, and even a larger one takes an ACCESS EXCLUSIVE lock and lets
prepared statements of running code fail.

## Instead

Take `text`, and where a limit counts, a CHECK that is NOT VALID and validated afterwards,
which can be exchanged while everybody works.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name == "character varying" and kind.modifiers != ()


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="its limit is hard to change",
        advice="Take text, with a CHECK where a limit counts.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, name varchar(40));"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, name text);",
            ends_elsewhere="the type is another",
        ),
    ),
)

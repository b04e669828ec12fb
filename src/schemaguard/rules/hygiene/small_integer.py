"""
An integer column can be full one day.

## Why

`integer` ends at 2,147,483,647, `smallint` at 32,767. To make the column larger later writes
the whole table anew under an ACCESS EXCLUSIVE lock, and often happens when inserts fail
already. In many tables eight bytes take no more room than four.

## Instead

Take `bigint`.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name in ("integer", "smallint")


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="it ends, and a larger one writes the table anew",
        advice="Take bigint.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, visits int);"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, visits bigint);",
            ends_elsewhere="the type is another",
        ),
    ),
)

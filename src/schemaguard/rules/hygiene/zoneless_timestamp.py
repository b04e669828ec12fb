"""
A timestamp without time zone does not say when it was.

## Why

`timestamp` keeps what the clock showed somewhere, not where. Sessions of other time zones read
another moment from it, and twice a year an hour is there twice or not at all.

## Instead

Take `timestamptz`: as large, it keeps the moment, and shows it in the session's zone.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name == "timestamp without time zone"


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="it does not say in which time zone",
        advice="Take timestamptz.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, at timestamp);"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, at timestamptz);",
            ends_elsewhere="the type is another",
        ),
    ),
)

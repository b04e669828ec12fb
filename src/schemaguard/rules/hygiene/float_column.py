"""
A column of type real or double precision holds no exact numbers.

## Why

0.1 has no exact binary form: sums drift, and two values that look alike are not equal. That is
right for what was measured, and wrong for what was counted or is owed.

## Instead

Take `numeric` for amounts; keep floats for measurements, and allow them there.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name in ("real", "double precision")


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="values are not exact",
        advice="Take numeric, unless these are measurements.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, price float8);"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, price numeric(12, 2));",
            ends_elsewhere="the type is another",
        ),
    ),
)

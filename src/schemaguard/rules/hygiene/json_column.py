"""
A column of type json cannot be compared.

## Why

`json` keeps the text as it came and has no equality: `DISTINCT`, `GROUP BY` and `UNION` over
such a column fail, and no index finds a key in it. It is parsed anew each time it is read.

## Instead

Take `jsonb`, unless the exact text with its spaces and the order of its keys counts.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name == "json"


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="it has no equality, so DISTINCT, GROUP BY and UNION fail",
        advice="Take jsonb.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, extra json);"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, extra jsonb);",
            ends_elsewhere="the type is another",
        ),
    ),
)

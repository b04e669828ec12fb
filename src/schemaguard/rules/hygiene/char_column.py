"""
A column of type char(n) pads its values with spaces.

## Why

`char(n)` fills each value up with spaces to its length, which take room and are ignored in some
comparisons and not in others. It is neither faster nor smaller than `text`.

## Instead

Take `text`, and where the length counts, a CHECK.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name == "character"


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="values are padded with spaces",
        advice="Take text, with a CHECK on its length where that counts.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, code char(3));"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, code text);",
            ends_elsewhere="the type is another",
        ),
    ),
)

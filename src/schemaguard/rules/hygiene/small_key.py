"""
A primary key of type integer runs out of numbers.

## Why

`integer` ends at 2,147,483,647, and numbers are used up by inserts that fail or are rolled
back as well. When it is full, every INSERT fails. To make the key larger writes the table
anew under an ACCESS EXCLUSIVE lock, and each table that refers to it.

## Instead

Take `bigint` for keys from the beginning.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import in_primary_key, typed


def check(frame: Frame) -> Iterator[Finding]:
    """A primary key that ends."""
    for name, column in typed(frame):
        small = column.type is not None and column.type.name in ("integer", "smallint")
        if small and in_primary_key(frame, name):
            yield Finding(
                message=f"{name.text} is {column.type}: when it is full, every INSERT fails",
                because=Wording(f"the type of {name.text}"),
                advice="Take bigint.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("an int", "CREATE TABLE account (id int PRIMARY KEY);"),
        Good(
            "a bigint",
            "CREATE TABLE account (id bigint PRIMARY KEY, visits int);",
            ends_elsewhere="the type is another",
        ),
    ),
)

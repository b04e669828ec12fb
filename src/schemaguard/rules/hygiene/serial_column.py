"""
A serial column is an integer with a sequence that goes its own ways.

## Why

`serial` makes a sequence, a default and NOT NULL, and forgets that they belong together:
the sequence needs privileges of its own, a copied table shares it, and anybody can write
past it, until its next number is there already. `GENERATED ... AS IDENTITY` is the same as
one thing.

## Instead

Take `bigint GENERATED ALWAYS AS IDENTITY`, or `BY DEFAULT` where code gives the numbers.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import typed


def check(frame: Frame) -> Iterator[Finding]:
    """A serial column."""
    for name, column in typed(frame):
        if column.is_serial:
            yield Finding(
                message=f"{name.text} is serial: its sequence is a thing of its own",
                because=Wording(f"the type of {name.text}"),
                advice="Take GENERATED ALWAYS AS IDENTITY.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("a serial", "CREATE TABLE account (id bigserial PRIMARY KEY);"),
        Good(
            "an identity",
            "CREATE TABLE account (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);",
            ends_elsewhere="the column is an identity",
        ),
    ),
)

"""
A column of type money depends on the locale of the server.

## Why

How many digits `money` keeps and how it reads and prints a value follows the server's setting
`lc_monetary`: a dump restored elsewhere may hold other amounts. There is no currency in it.

## Instead

Take `numeric`, and a column for the currency.
"""

from collections.abc import Iterator

from schemaguard.column_types import Type
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.typed_columns import of_type


def _wanted(kind: Type) -> bool:
    return kind.name == "money"


def check(frame: Frame) -> Iterator[Finding]:
    """A column of such a type."""
    yield from of_type(
        frame,
        _wanted,
        says="what it holds depends on the locale",
        advice="Take numeric, and a column for the currency.",
    )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="0.1",
    default=False,
    examples=(
        Bad("in a new table", "CREATE TABLE account (id bigint PRIMARY KEY, price money);"),
        Good(
            "the other type",
            "CREATE TABLE account (id bigint PRIMARY KEY, price numeric(12, 2));",
            ends_elsewhere="the type is another",
        ),
    ),
)

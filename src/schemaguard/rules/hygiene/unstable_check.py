"""
A CHECK that asks for the time says nothing of the rows that are there.

## Why

PostgreSQL takes a CHECK with any function, and looks at it when a row is written. With
`now()` or `random()`, or a setting of the session, a row that passed then can fail today:
any UPDATE of it is refused, and so is a restored dump, which writes all rows anew.

## Instead

Compare columns with each other and with constants. What hangs on the moment of writing
belongs in a trigger, or in the code that writes.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import constraints
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import Check, Volatility


def check(frame: Frame) -> Iterator[Finding]:
    """A new CHECK whose answer is not the same for ever."""
    for table, constraint in constraints(frame, Check):
        if constraint.expression.volatility in (Volatility.STABLE, Volatility.VOLATILE):
            yield Finding(
                message=f"{constraint.name} of {table.text} hangs on when a row is written:"
                f" {constraint.expression.text}",
                because=Wording(f"CHECK ({constraint.expression.text})"),
                advice="Compare columns with each other and with constants.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    examples=(
        Bad(
            "not older than a day",
            "CREATE TABLE visit (id int, began timestamptz CHECK (began > now() - '1 d'::interval));",
        ),
        Bad(
            "by chance",
            "CREATE TABLE visit (id int, began timestamptz CHECK (random() < 2));",
            ends_elsewhere="it is about no column",
        ),
        Good(
            "not before there were any",
            "CREATE TABLE visit (id int, began timestamptz CHECK (began > 'epoch'));",
        ),
    ),
)

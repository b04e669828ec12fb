"""
A column of another type is read and written differently by running code.

## Why

Running code sends values of the old type and expects such back. Prepared statements
that return the column fail with "cached plan must not change result type"; a number
that has become a text compares and sorts in another way.

## Instead

Add a column of the new type under another name, keep both in step, and drop the old
one when no code is left that uses it. Where the new type only holds more than the old
one, it depends on the driver: run `schemaguard check` with the statements of both versions.
"""

from collections.abc import Iterator

from schemaguard.changes.change_type import ChangeType
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A type change that running code may notice; a mere widening depends on the driver."""
    for change, broken in frame.breaking(ChangeType):
        yield Finding(
            message=f"{change.column.text} becomes {change.type}: {broken.by} reads and writes the old type",
            because=broken,
            severity=None if broken.certain else Severity.DEPENDS,
            advice="Add a column of the new type beside it, or settle it with `schemaguard check`.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, visits int, name varchar(20));",
    examples=(
        Bad(
            "a number becomes a text",
            """
            -- schemaguard: allow rewriting-type-change (three rows)
            ALTER TABLE account ALTER COLUMN visits TYPE text;
            """,
        ),
        Good(
            "when no code is left that knows the old type",
            "ALTER TABLE account ALTER COLUMN name TYPE varchar(40);",
            phase=Phase.CONTRACT,
            ends_elsewhere="it is about another column",
        ),
    ),
)

"""
PostgreSQL refuses the statement, and the deployment stops there.

## Why

Some statements can never run on the schema that is there: a column's type cannot change
while a view shows it, a unique constraint of a partitioned table must include the
partition key, CREATE INDEX CONCURRENTLY does not know partitioned tables. The migration
fails at this statement. What it did before may be there or not, depending on its
transactions.

## Instead

The message says what is in the way. Change that first, in the same transaction if it has
to come back.
"""

from collections.abc import Iterator

from schemaguard.new_values import UNSAFE_USE
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.session import IN_TRANSACTION


def check(frame: Frame) -> Iterator[Finding]:
    """A statement that the server refuses, whatever transaction it is in."""
    for refusal in frame.refusals:
        if refusal.sqlstate not in (IN_TRANSACTION, UNSAFE_USE):
            yield Finding(
                message=f"PostgreSQL refuses this: {refusal.why} ({refusal.sqlstate})",
                because=refusal,
                severity=None if refusal.certain else Severity.DEPENDS,
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY, email text);",
    examples=(
        Bad(
            "NOT NULL of a primary key cannot go",
            "ALTER TABLE account ALTER COLUMN id DROP NOT NULL;",
            refused="42P16",
        ),
        Good(
            "of another column it can",
            "ALTER TABLE account ALTER COLUMN email DROP NOT NULL;",
        ),
    ),
)

"""
A constraint that is NOT ENFORCED lets every row in.

## Why

From PostgreSQL 18 on a constraint can be written down and never checked. Readers of the
schema believe it, and the rows do not keep to it. A foreign key can be enforced later, by
reading both tables while nobody writes; a CHECK cannot, but has to be made anew.

## Instead

NOT VALID refuses new rows at once and leaves the old ones alone; VALIDATE CONSTRAINT reads
them later, beside readers and writers.
"""

from collections.abc import Iterator

from schemaguard.evidence import Wording
from schemaguard.made import constraints
from schemaguard.names import Relation
from schemaguard.rule import Bad, Finding, Frame, Good, Phase, Rule, Severity
from schemaguard.schema import Check, ForeignKey


def check(frame: Frame) -> Iterator[Finding]:
    """A new constraint that is not enforced."""
    found: list[tuple[Relation, Check | ForeignKey]] = [*constraints(frame, Check)]
    for table, constraint in [*found, *constraints(frame, ForeignKey)]:
        if not constraint.enforced:
            yield Finding(
                message=f"no row of {table.text} has to keep to {constraint.name}",
                because=Wording("NOT ENFORCED"),
                advice="Make it NOT VALID, and validate it later.",
            )


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, age int);",
    examples=(
        Bad(
            "written down",
            "ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT ENFORCED;",
            on=(18,),
        ),
        Good(
            "kept by new rows, then by all",
            """
            ALTER TABLE account ADD CONSTRAINT grown CHECK (age > 17) NOT VALID;
            ALTER TABLE account VALIDATE CONSTRAINT grown;
            """,
            phase=Phase.CONTRACT,
            ends_elsewhere="the constraint is enforced",
        ),
    ),
)

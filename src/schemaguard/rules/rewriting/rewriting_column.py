"""
A new column whose default differs from row to row writes every row anew.

## Why

A constant default, also `now()`, is only written down: no row is touched. A volatile
default such as `gen_random_uuid()`, an identity, a serial or a stored generated column
has to be computed for each row, so PostgreSQL writes the whole table and all its
indexes anew under an ACCESS EXCLUSIVE lock. So it does for a domain that has constraints:
they are checked row by row, even if there is no default.

## Instead

Add the column without the default, then set the default, which counts for new rows
only. Fill the old rows in small batches. Instead of a domain with constraints take its
base type, and a CHECK that is NOT VALID and validated afterwards.
"""

from collections.abc import Iterator

from schemaguard.changes.add_attribute import AddAttribute
from schemaguard.changes.add_column import AddColumn
from schemaguard.costs import Rewrite
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.user_types import is_constrained


def check(frame: Frame) -> Iterator[Finding]:
    """A new column that costs a rewrite; also of the tables OF a composite type."""
    for change, rewrite in frame.each(AddColumn, costing=Rewrite):
        kind = change.column.type
        checked = kind is not None and is_constrained(frame.before, kind)
        yield Finding(
            message=f"{'checks' if checked else 'computes'} {change.column.name} for every row, writing"
            f" {rewrite.table.text} anew while no query can use it",
            because=rewrite,
            advice="Take the base type, and put the domain's constraint on the table, NOT VALID at first."
            if checked
            else "Add the column empty, set the default for new rows, and fill the old rows in batches.",
        )
    for attribute, rewrite in frame.each(AddAttribute, costing=Rewrite):
        yield Finding(
            message=f"checks {attribute.attribute} for every row, writing {rewrite.table.text} anew while no"
            " query can use it",
            because=rewrite,
            advice="Take the base type for the attribute, and put the constraint on the table.",
        )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad(
            "a random default",
            "ALTER TABLE account ADD COLUMN token uuid DEFAULT gen_random_uuid();",
        ),
        Good(
            "first the column, then its default",
            """
            ALTER TABLE account ADD COLUMN token uuid;
            ALTER TABLE account ALTER COLUMN token SET DEFAULT gen_random_uuid();
            """,
        ),
        Good(
            "a default that is the same for all rows",
            "ALTER TABLE account ADD COLUMN since timestamptz DEFAULT now();",
            ends_elsewhere="it is about another column",
        ),
    ),
)

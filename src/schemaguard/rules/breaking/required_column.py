"""
A new NOT NULL column without a default refuses INSERTs of running code.

## Why

Running code does not know the column, so its INSERTs leave it out, and PostgreSQL
refuses each of them. On a table with rows the statement fails in any case: there is
nothing to put into them. It is no better to add the column as nullable, to fill it and
to make it NOT NULL in the same migration: the rows are filled, the next INSERT is not.

## Instead

Add the column with a constant default, which is free, or as nullable. Make it NOT NULL
when only code is left that fills it.
"""

from collections.abc import Iterator

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.costs import Scan
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity


def check(frame: Frame) -> Iterator[Finding]:
    """A new column that INSERTs must not leave out."""
    for change, broken in frame.breaking(AddColumn, certain=True):
        yield Finding(
            message=f"{broken.by} fails: its INSERTs do not fill {change.column.name}",
            because=broken,
            advice="Add it with a constant default, or nullable, and tighten it in a contract migration.",
        )
    for kind in (AddCheck, AddNotNull, AddPrimaryKey, SetNotNull):
        for _, broken in frame.breaking(kind, certain=True):
            yield Finding(
                message=f"{broken.by} fails: it needs {broken.needs}",
                because=broken,
                advice="Give the column a default first, or do this in a contract migration.",
            )
    for change, scan in frame.each(AddColumn, costing=Scan):
        if change.column.not_null and not change.column.fills_itself and not change.constraints:
            yield Finding(
                message=f"fails as soon as {scan.table.text} has a row: there is nothing to put into it",
                because=scan,
                advice="Add it with a constant default, or nullable.",
            )


RULE = Rule(
    check=check,
    severity=Severity.ERROR,
    since="0.1",
    given="CREATE TABLE account (id bigint PRIMARY KEY);",
    examples=(
        Bad("no default", "ALTER TABLE account ADD COLUMN country text NOT NULL;"),
        Good(
            "a constant default",
            "ALTER TABLE account ADD COLUMN country text NOT NULL DEFAULT 'CH';",
            ends_elsewhere="the default stays until only new code is left",
        ),
        Good(
            "nullable",
            "ALTER TABLE account ADD COLUMN country text;",
            ends_elsewhere="it is made NOT NULL later",
        ),
    ),
)

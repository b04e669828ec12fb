"""
A new NOT NULL column without a default refuses INSERTs of running code.

## Why

Running code does not know the column, so its INSERTs leave it out, and PostgreSQL
refuses each of them. On a table with rows the statement fails in any case: there is
nothing to put into them. So does SET NOT NULL later in the same release, if nothing has
filled the column in between. It is no better to add the column as nullable, to fill it and
to make it NOT NULL in the same release: the rows are filled, the next INSERT is not.

## Instead

Add the column with a constant default, which is free, or as nullable. Make it NOT NULL
when only code is left that fills it.
"""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.base import Change
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.costs import Scan
from schemaguard.names import Column
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import Check, SchemaState


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
    if frame.empty:
        yield from _unfilled(frame)


def _unfilled(frame: Frame) -> Iterator[Finding]:
    """What requires a value of rows that have none."""
    for effect, cost in frame.felt:
        empty = frame.empty & _required(effect.change, frame.before)
        ours = any(one.table == cost.table for one in empty) or frame.before.is_partition(cost.table)
        if isinstance(cost, Scan) and empty and ours:
            names = ", ".join(sorted(column.name for column in empty))
            yield Finding(
                message=f"fails as soon as {cost.table.text} has a row: nothing has filled {names}",
                # Whatever else is unknown: it is NULL there, so they are read.
                because=replace(cost, hangs_on=""),
                advice="Fill the rows that are there first.",
            )


def _required(change: Change, schema: SchemaState) -> frozenset[Column]:
    """The columns of which the rows that are there must have a value."""
    match change:
        case SetNotNull(column=column) | AddNotNull(column=column):
            return frozenset({column})
        case AddPrimaryKey(table=table, key=key):
            return frozenset(Column(table, name) for name in key.columns)
        case AddCheck(table=table, check=check):
            return frozenset(Column(table, name) for name in check.expression.proves_present)
        case ValidateConstraint(table=table, name=name):
            constraint, required = schema.known(table).constraint(name), schema.required_by(table, name)
            if isinstance(constraint, Check):
                return _required(AddCheck(table, constraint), schema)
            return frozenset({Column(table, required.name)} if required is not None else ())
        case _:
            return frozenset()


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

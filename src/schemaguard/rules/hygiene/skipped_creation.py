"""
IF NOT EXISTS finds what an earlier migration has made, and does nothing.

## Why

Only the name is compared. Whatever else the statement says, other columns, another type,
is skipped with a NOTICE; the migration counts as done, and what it was meant to make is
not there.

## Instead

Leave it out, if what is there is what was meant. Otherwise say what is to change: ALTER
TABLE, or another index under another name.
"""

from collections.abc import Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.base import Change
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_table import CreateTable
from schemaguard.evidence import Wording
from schemaguard.names import Column
from schemaguard.rule import Bad, Finding, Frame, Good, Rule, Severity
from schemaguard.schema import SchemaState


def check(frame: Frame) -> Iterator[Finding]:
    """A table, index or column that is known to be there already."""
    for effect in frame.effects:
        there = _there(effect.change, frame.before)
        if there:
            yield Finding(
                message=f"{there} is there already: this does nothing, whatever it says",
                because=Wording("IF NOT EXISTS"),
                advice="Leave it out, or say what is to change.",
            )


def _there(change: Change, schema: SchemaState) -> str:
    match change:
        case CreateTable(table=name, if_not_exists=True) if schema.has_relation(name):
            return name.text
        case CreateIndex(name=name) if change.is_there(schema):
            return f"index {name.name}"
        case AddColumn(table=table, column=column, if_not_exists=True):
            of = Column(table, column.name)
            return f"column {of.text}" if schema.column(of) is not None else ""
        case _:
            return ""


RULE = Rule(
    check=check,
    severity=Severity.WARNING,
    since="next",
    default=False,
    given="CREATE TABLE account (id bigint PRIMARY KEY, state text);",
    examples=(
        Bad("a table", "CREATE TABLE IF NOT EXISTS account (id bigint PRIMARY KEY, state text, email text);"),
        Bad("a column", "ALTER TABLE account ADD COLUMN IF NOT EXISTS state int;"),
        Good(
            "what is to change",
            "ALTER TABLE account ADD COLUMN email text;",
            ends_elsewhere="there is a column more",
        ),
        Good(
            "a new one",
            "CREATE TABLE IF NOT EXISTS visit (id bigint PRIMARY KEY);",
            ends_elsewhere="there is a table more",
        ),
    ),
)

"""The columns to which a statement gives a type: for conventions about types."""

from collections.abc import Callable, Iterator

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_table import CreateTable
from schemaguard.column_types import Type
from schemaguard.evidence import Wording
from schemaguard.frame import Frame
from schemaguard.names import Column
from schemaguard.rule import Finding
from schemaguard.schema import ColumnState, Unique


def typed(frame: Frame) -> Iterator[tuple[Column, ColumnState]]:
    """The columns that are new, or get another type; of these only the type is known."""
    for effect in frame.effects:
        match effect.change:
            case CreateTable(table=table, columns=columns):
                yield from ((Column(table, column.name), column) for column in columns)
            case AddColumn(table=table, column=column):
                yield Column(table, column.name), column
            case ChangeType(column, kind):
                yield column, ColumnState(name=column.name, type=kind)
            case _:
                pass  # No other change gives a column a type.


def of_type(frame: Frame, wanted: Callable[[Type], bool], *, says: str, advice: str) -> Iterator[Finding]:
    """A finding for each such column of a type that is not wanted. ``says`` ends "... is json: "."""
    for name, column in typed(frame):
        if column.type is not None and wanted(column.type):
            yield Finding(
                message=f"{name.text} is {column.type}: {says}",
                because=Wording(f"the type of {name.text}"),
                advice=advice,
            )


def in_primary_key(frame: Frame, name: Column) -> bool:
    """Whether the column is, after the statement, in the primary key of its table."""
    state = frame.after.known(name.table)
    keys = (c for c in state.constraints if isinstance(c, Unique) and c.primary)
    return any(name.name in key.columns for key in keys)

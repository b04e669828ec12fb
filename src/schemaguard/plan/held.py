"""What is lost when the author's own statements are taken back, and what keeps them from being so."""

from collections.abc import Iterator, Sequence

from schemaguard.changes import AddColumn, CreateTable, DropConstraint, DropNotNull
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.holdings import of_added, of_missing, of_orphans, of_refused, of_table
from schemaguard.names import Column
from schemaguard.recipe import Holding
from schemaguard.schema import Check, ForeignKey


def held(frame: Frame, changes: Sequence[Change]) -> Iterator[Holding]:
    """What new code may have written that is gone with what the changes make, or keeps them from going."""
    for change in changes:
        yield from _held(change, frame)


def _held(change: Change, frame: Frame) -> Iterator[Holding]:
    match change:
        case CreateTable(table=table) if table in frame.after.tables and table not in frame.before.tables:
            yield of_table(table)
        case AddColumn(table=table, column=column) if table not in frame.young and column.type is not None:
            if not (column.generated or column.brings_sequence):
                yield of_added(Column(table, column.name), column)
        case DropNotNull(column=column) if column.table not in frame.young:
            yield of_missing(column)
        case DropConstraint(table=table, name=name) if table not in frame.young:
            match frame.before.known(table).constraint(name):
                case Check(expression=expression, valid=True):
                    yield of_refused(table, name, expression.text)
                case ForeignKey(valid=True) as key:
                    yield of_orphans(table, frame.before.pointed(key))
                case _:
                    return
        case _:
            return

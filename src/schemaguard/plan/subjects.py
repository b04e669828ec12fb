"""What directives without a column's name are about: the change below them."""

from collections.abc import Iterator

from schemaguard.changes import AddColumn, DropColumn, RenameColumn, SetExpression, SetNotNull, UpdateRows
from schemaguard.changes.base import Change
from schemaguard.names import Column


def subjects(change: Change) -> Iterator[tuple[str, Column]]:
    """The directives that speak of such a change, and the column."""
    match change:
        case AddColumn(table=table, column=column):
            yield ("stored" if column.generated else "up"), Column(table, column.name)
        case SetExpression(column=column):
            yield "stored", column
        case DropColumn(column=column):
            yield "down", column
        case SetNotNull(column=column):
            yield "null", column
        case _:
            pass  # No directive speaks of it.


def written(change: Change) -> Iterator[Column]:
    """The columns that it adds, fills, renames or drops: of these there may be two forms."""
    match change:
        case AddColumn(table=table, column=column):
            yield Column(table, column.name)
        case DropColumn(column=of) | RenameColumn(column=of):
            yield of
        case UpdateRows(table=table, assignments=assignments):
            yield from (Column(table, name) for name, _ in assignments)
        case _:
            pass  # It makes no form of anything.

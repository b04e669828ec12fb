"""What directives without a column's name are about: the change below them."""

from collections.abc import Iterator

from schemaguard.changes import AddColumn, DropColumn, SetExpression, SetNotNull
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

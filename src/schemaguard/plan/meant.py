"""The migration as its directives mean it: with what they say of rows that none of its statements writes."""

from collections.abc import Iterator, Sequence

from schemaguard.changes import AddColumn, SetNotNull
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.names import Column, quote
from schemaguard.plan.edits import has_word
from schemaguard.plan.heard import listen
from schemaguard.plan.said import Said
from schemaguard.schema import ColumnState
from schemaguard.sql.words import exchanged

#: What else may be written behind a column's type.
_MORE = ("COLLATE", "STORAGE", "COMPRESSION")


def meant(frames: Sequence[Frame]) -> list[str]:
    """Its statements, and an UPDATE for each column that only a directive fills: where a plan must end."""
    said = listen(frames)
    return [text for frame in frames for text in _meant(frame, said)]


def notes_of(said: Said) -> Iterator[str]:
    """What is to be said of columns that a directive fills, and the migration does not."""
    for column, text in said.filled_alone.items():
        yield (
            f"{column.text} is filled as schemaguard: up says, in the rows that are there, too. The migration"
            f" by itself does not do that: its end is compared with what it and an UPDATE to {text} leave."
        )


def _meant(frame: Frame, said: Said) -> Iterator[str]:
    changes = [effect.change for effect in frame.effects]
    nulls, ups = said.told("null"), said.filled_alone
    for change in changes:
        if isinstance(change, SetNotNull):
            for value in (text for of, text in nulls.items() if said.final(of) == said.final(change.column)):
                name = quote(change.column.name)
                yield f"UPDATE {change.column.table} SET {name} = {value} WHERE {name} IS NULL"
    filled = [c for c in changes if isinstance(c, AddColumn) and Column(c.table, c.column.name) in ups]
    if not filled:
        yield frame.statement.text
        return
    table = filled[0].table
    required = _required(changes, frame)
    yield f"ALTER TABLE {table} {_listed('ADD COLUMN {} {}', required)}" if required else frame.statement.text
    now = {
        old.name: new
        for old, new in said.renamed.items()
        if old.table == table and frame.after.column(Column(table, new)) is not None
    }
    values = ((c.column.name, exchanged(ups[Column(table, c.column.name)], now)) for c in filled)
    yield f"UPDATE {table} SET {', '.join(f'{quote(name)} = {value}' for name, value in values)}"
    if required:
        yield f"ALTER TABLE {table} {_listed('ALTER COLUMN {} SET NOT NULL', required)}"


def _required(changes: Sequence[Change], frame: Frame) -> list[ColumnState]:
    """The columns of a plain ADD COLUMN that a table with rows refuses, for they are NOT NULL."""
    added = [change for change in changes if isinstance(change, AddColumn) and not change.constraints]
    columns = [change.column for change in added]
    plain = all(c.not_null and not c.fills_itself and not c.not_null_as.name for c in columns)
    if len(columns) < len(changes) or not plain or has_word(frame.statement.text, *_MORE):
        return []
    return columns


def _listed(action: str, columns: Sequence[ColumnState]) -> str:
    return ", ".join(action.format(quote(column.name), column.type) for column in columns)

"""Which columns that are written as STORED are plain ones in the end, which a trigger computes."""

from collections.abc import Sequence
from dataclasses import replace

from schemaguard.changes import AddColumn, SetExpression
from schemaguard.frame import Frame
from schemaguard.names import Column
from schemaguard.plan.said import Said
from schemaguard.schema import Generated, SchemaState


def column_of(change: AddColumn | SetExpression) -> Column:
    """The column that is added or changed."""
    return Column(change.table, change.column.name) if isinstance(change, AddColumn) else change.column


def ends_plain(change: AddColumn | SetExpression, frame: Frame, said: Said) -> bool:
    """Whether the table, which is in use, would have to be written anew, and shall not be."""
    column = column_of(change)
    if column.table in frame.young or column in said.rewritten:
        return False
    if isinstance(change, AddColumn):
        return change.column.generated is Generated.STORED
    state = frame.before.column(column)
    return change.expression is not None and state is not None and state.generated is Generated.STORED


def end_of(frames: Sequence[Frame], said: Said) -> SchemaState:
    """The schema after the release."""
    end = frames[-1].after
    for frame in frames:
        for effect in frame.effects:
            change = effect.change
            if isinstance(change, AddColumn | SetExpression) and ends_plain(change, frame, said):
                end = _plain(end, column_of(change))
    return end


def _plain(schema: SchemaState, column: Column) -> SchemaState:
    """The schema with the column a plain one, in the table and in all that has it from there."""
    for table in (column.table, *schema.descendants(column.table)):
        state = schema.column(Column(table, column.name))
        if state is not None:
            plain = replace(state, default=None, generated=None)
            schema = schema.with_table(table, schema.known(table).with_column(plain))
    return schema

"""Columns that a migration has added and nothing has filled: NULL in every row, written by no running code.

A row with a NULL in the key is no duplicate, and points nowhere: UNIQUE and FOREIGN KEY over such a column
refuse neither what is there nor what running code writes.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.set_setting import SetSetting
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.frame import Effect, Frame
from schemaguard.names import Column, Relation
from schemaguard.schema import SchemaState
from schemaguard.user_types import fills, may_be_domain

#: Nothing else leaves empty what is empty: what is not here may write rows, or take back what was done.
_HARMLESS = (
    AddCheck, AddColumn, AddForeignKey, AddUnique, BeginTransaction, CommentOn, CreateIndex, CreateType,
    DropConstraint, DropIndex, SetSetting, TouchNoTable, ValidateConstraint,
)  # fmt: skip


def without_unfelt(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames without the breaks of constraints over columns which are still empty."""
    empty: set[Column] = set()
    for frame in frames:
        effects = tuple(
            replace(effect, breaks=()) if effect.breaks and _is_unfelt(effect, empty, frame) else effect
            for effect in frame.effects
        )
        if frame.unread or frame.moments:
            empty.clear()
        elif not frame.refused:
            for effect in frame.effects:
                _follow(effect.change, empty, frame.before)
        yield replace(frame, effects=effects) if effects != frame.effects else frame


def _is_unfelt(effect: Effect, empty: set[Column], frame: Frame) -> bool:
    match effect.change:
        case AddUnique(table=table, unique=key) if key.nulls_distinct and not key.primary:
            return _any(table, key.columns, empty)
        case AddForeignKey(table=table, key=key) if "FULL" not in key.actions.upper():
            return _any(table, key.columns, empty)
        case CreateIndex(index=index) if "NULLS NOT DISTINCT" not in " ".join(
            frame.statement.text.upper().split()
        ):
            return _any(index.table, index.columns, empty)
        case _:
            return False


def _any(table: Relation, names: Iterable[str | None], empty: set[Column]) -> bool:
    return any(name is not None and Column(table, name) in empty for name in names)


def _follow(change: Change, empty: set[Column], before: SchemaState) -> None:
    """What is empty after it."""
    match change:
        case AddColumn(table=table, column=column):
            if not change.if_not_exists and not column.fills_itself and column.type is not None:
                unknown = column.is_serial or may_be_domain(before, column.type)
                if not unknown and fills(before, column.type) is None:
                    empty.add(Column(table, column.name))
        case RenameColumn(column=column, new_name=new_name) if column in empty:
            empty.remove(column)
            empty.add(Column(column.table, new_name))
        case DropColumn(column=column):
            empty.discard(column)
        case EndTransaction(commit=True):
            pass
        case CreateTrigger(table=table):
            empty -= {column for column in empty if column.table == table}
        case _ if not isinstance(change, _HARMLESS) and not _is_elsewhere(change, empty):
            empty.clear()


def _is_elsewhere(change: Change, empty: set[Column]) -> bool:
    """Whether it is about a table of which no column is empty, or about a column that is not."""
    about = getattr(change, "column", None) or getattr(change, "table", None)
    if isinstance(about, Column):
        return about not in empty
    return isinstance(about, Relation) and all(column.table != about for column in empty)

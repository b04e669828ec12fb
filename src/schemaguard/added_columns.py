"""Columns that a release has added: what constraints over them refuse of code that does not know them.

Running code leaves such a column out: its INSERTs give it the default, or NULL. NOT NULL refuses all of them
if there is no default, and none if there is one; a foreign key none, but DELETE of what the rows point to.
As long as nothing has filled the column, it is NULL everywhere: UNIQUE and FOREIGN KEY refuse nothing at all.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import field, replace

from schemaguard.breaks import Break
from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.change_rule import ChangeRule
from schemaguard.changes.comment_on import CommentOn
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rollback_to import RollbackTo
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.set_setting import SetSetting
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.dataclass import dataclass
from schemaguard.defaults import is_null
from schemaguard.frame import Effect, Frame
from schemaguard.names import Column, Relation
from schemaguard.phase import Phase
from schemaguard.schema import ForeignKey, SchemaState
from schemaguard.user_types import fills, may_be_domain

#: Nothing else leaves empty what is empty: what is not here may write rows, or take back what was done.
_HARMLESS = (
    AddCheck, AddColumn, AddForeignKey, AddNotNull, AddPrimaryKey, AddUnique, BeginTransaction, CommentOn,
    CreateIndex, CreateType, DropConstraint, DropIndex, DropNotNull, SetNotNull, SetSetting, TouchNoTable,
    ValidateConstraint,
)  # fmt: skip
#: What leaves a column as it is in what an INSERT gives it.
_OF_COLUMN = (AddNotNull, DropNotNull, SetNotNull)


@dataclass(slots=True)
class _Added:
    """The columns that the release has added, so far."""

    #: Those that are NULL in every row that was there.
    empty: set[Column] = field(default_factory=set)
    #: Whether an INSERT that leaves it out gives it a value. No trigger does, as far as we know.
    filled: dict[Column, bool] = field(default_factory=dict)
    #: Tables that have got a trigger or a rule, which may fill it.
    triggered: set[Relation] = field(default_factory=set)

    def is_empty(self, column: Column) -> bool:
        """Whether it is NULL in every row, also in those that running code inserts."""
        return column in self.empty and not self.filled.get(column)

    def left_out(self, table: Relation, names: Iterable[str | None]) -> list[Column]:
        """Those to which INSERTs of running code give NULL."""
        columns = [Column(table, name) for name in names if name is not None]
        return [column for column in columns if self.filled.get(column) is False]


def as_felt(frames: Iterable[Frame]) -> Iterator[Frame]:
    """The frames; breaks by constraints over added columns are those of code that leaves these out."""
    added = _Added()
    phase = Phase.EXPAND
    for frame in frames:
        if frame.phase is not phase:
            # Code that is released in between, or a script, may have filled them.
            phase, added.empty = frame.phase, set()
        effects = []
        for effect in frame.effects:
            felt = tuple(_felt(effect, added, frame)) if effect.breaks else ()
            effects.append(replace(effect, breaks=felt) if felt != effect.breaks else effect)
            if not frame.refused:
                _follow(effect.change, added, frame)
        if frame.unread:
            added = _Added()
        elif frame.moments:
            added.empty.clear()
        said = tuple(effects)
        known = said == frame.effects and not added.empty
        yield frame if known else replace(frame, effects=said, empty=frozenset(added.empty))


def _felt(effect: Effect, added: _Added, frame: Frame) -> Iterable[Break]:
    match effect.change:
        case SetNotNull(column=column) | AddNotNull(column=column) if column in added.filled:
            return _without([column] if not added.filled[column] else [])
        case AddCheck(table=table, check=check) if columns := added.left_out(
            table, sorted(check.expression.proves_present)
        ):
            return _without(columns)
        case AddPrimaryKey(table=table, key=key) if columns := added.left_out(table, key.columns):
            return _without(columns)
        case AddUnique(table=table, unique=key) if key.nulls_distinct and not key.primary:
            return () if _never_twice(table, key.columns, added) else effect.breaks
        case CreateIndex(index=index) if "NULLS NOT DISTINCT" not in " ".join(
            frame.statement.text.upper().split()
        ):
            return () if _never_twice(index.table, index.columns, added) else effect.breaks
        case AddForeignKey(table=table, key=key) if "FULL" not in key.actions.upper():
            if any(added.is_empty(Column(table, name)) for name in key.columns):
                return ()
            unknown = len(added.left_out(table, key.columns)) == len(key.columns)
            return _of_target(table, key, frame) if unknown else effect.breaks
        case _:
            return effect.breaks


def _without(columns: Iterable[Column]) -> list[Break]:
    return [Break(needs=f"INSERT without column {column.text}") for column in columns]


def _never_twice(table: Relation, names: tuple[str | None, ...], added: _Added) -> bool:
    """Whether no row that is there, and none that running code writes, can be like another."""
    if any(name is not None and added.is_empty(Column(table, name)) for name in names):
        return True
    return len(added.left_out(table, names)) == len(names)


def _of_target(table: Relation, key: ForeignKey, frame: Frame) -> Iterator[Break]:
    """What the key refuses of code that never writes it: to take away what rows point to."""
    if key.target in frame.young:
        return
    actions = key.actions.upper()
    present = any(
        state is None or state.not_null
        for state in (frame.before.column(Column(table, name)) for name in key.columns)
    )
    follows = "CASCADE" if present else r"(CASCADE|SET NULL|SET DEFAULT)"
    verbs = {"DELETE": "DELETE", "UPDATE": "UPDATE of the key"}
    refused = [told for verb, told in verbs.items() if not re.search(rf"ON {verb} {follows}", actions)]
    if refused:
        needs = f"{' and '.join(refused)} of rows of {key.target.text} that rows of {table.text} point to"
        yield Break(needs=needs, certain=False)


def _follow(change: Change, added: _Added, frame: Frame) -> None:
    """What is known of added columns after it."""
    _follow_values(change, added, frame)
    empty = added.empty
    match change:
        case AddColumn(table=table, column=column):
            if not change.if_not_exists and _value(change, frame.before) is False and not column.fills_itself:
                empty.add(Column(table, column.name))
        case RenameColumn(column=column, new_name=new_name) if column in empty:
            empty.remove(column)
            empty.add(Column(column.table, new_name))
        case DropColumn(column=column):
            empty.discard(column)
        case EndTransaction(commit=True):
            pass
        case SetDefault(column=column) | DropDefault(column=column) if column in added.filled:
            pass  # It is of rows that come.
        case CreateTrigger(table=table):
            added.empty = {column for column in empty if column.table != table}
        case _ if not isinstance(change, _HARMLESS) and not _is_elsewhere(change, empty):
            empty.clear()


def _follow_values(change: Change, added: _Added, frame: Frame) -> None:
    """What INSERTs give to the columns that they leave out."""
    filled = added.filled
    match change:
        case AddColumn(table=table, column=column):
            value = _value(change, frame.before)
            # What a block does may hang on a condition.
            if value is not None and not _is_unsure(change, added, frame):
                filled[Column(table, column.name)] = value
        case RenameColumn(column=column, new_name=new_name) if column in filled:
            filled[Column(column.table, new_name)] = filled.pop(column)
        case SetDefault(column=column, default=default) if column in filled and not frame.moments:
            filled[column] = not is_null(default)
        case DropDefault(column=column) if column in filled and not frame.moments:
            filled[column] = False
        case CreateTrigger(table=table) | ChangeRule(table=table):
            added.triggered.add(table)
            _forget(filled, lambda of: of == table)
        case CreateFunction():
            _forget(filled, lambda of: bool(frame.before.known(of).triggers) or not frame.before.knows(of))
        case RollbackTo() | EndTransaction(commit=False):
            filled.clear()
        case _ if not isinstance(change, _OF_COLUMN):
            about = getattr(change, "column", None)
            if isinstance(about, Column):
                filled.pop(about, None)
        case _:
            pass


def _is_unsure(change: AddColumn, added: _Added, frame: Frame) -> bool:
    return change.if_not_exists or bool(frame.moments) or change.table in added.triggered


def _forget(filled: dict[Column, bool], of_table: Callable[[Relation], bool]) -> None:
    for column in [column for column in filled if of_table(column.table)]:
        del filled[column]


def _value(change: AddColumn, before: SchemaState) -> bool | None:
    """Whether the new column gets a value where nobody gives it one; None: it is not known."""
    column = change.column
    if column.default is not None:
        return not is_null(column.default)
    if column.generated is not None or column.identity is not None:
        return True
    if column.type is None or may_be_domain(before, column.type):
        return None
    return fills(before, column.type) is not None


def _is_elsewhere(change: Change, empty: set[Column]) -> bool:
    """Whether it is about a table of which no column is empty, or about a column that is not."""
    about = getattr(change, "column", None) or getattr(change, "table", None)
    if isinstance(about, Column):
        return about not in empty
    return isinstance(about, Relation) and all(column.table != about for column in empty)

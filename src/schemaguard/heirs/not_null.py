"""What a change of a column's NOT NULL does to the table's children: from 18 on it is a constraint of theirs.

(ATExecSetNotNull, dropconstraint_internal and ATAddCheckNNConstraint of tablecmds.c; measured by the corpus.)
"""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.base import Change
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.inherit_not_null import InheritNotNull
from schemaguard.changes.keep_constraint import KeepConstraint
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import ColumnState, NotNull, SchemaState, not_null_name
from schemaguard.server import Server


def not_null_on_child(
    change: Change, child: Relation, before: SchemaState, after: SchemaState, server: Server
) -> Iterator[Change]:
    """What is done to a child; nothing if the change is about no column's NOT NULL."""
    match change:
        case SetNotNull():
            yield from _set(change, child, before, after, server)
        case AddNotNull(column, how):
            had = before.column(column)
            if how.own or (had is not None and had.not_null):
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
            else:
                inherited = inherited_not_null(after, column)
                yield AddNotNull(Column(child, column.name), replace(inherited, valid=how.valid))
        case DropNotNull(column):
            yield from _dropped(column, child, before, server)
        case DropConstraint(table=table, name=name) | ValidateConstraint(table, name):
            required = _required(before, table, name)
            if required is not None:
                yield from _by_name(change, Column(table, required.name), child, before, server)
        case RenameConstraint(table, name) if (required := _required(before, table, name)) is not None:
            own = before.known(child).column(required.name)
            if own is not None and own.not_null_as.inherited and not_null_name(child, own) == name:
                yield replace(change, table=child)
        case InheritNotNull(table=table, name=name, inherits=inherits):
            required = before.required_by(table, name)
            if required is None or required.not_null_as.own is not inherits:
                return
            of = Column(table, required.name)
            if inherits:
                yield SetNotNull(Column(child, of.name), how=inherited_not_null(after, of))
            else:
                yield from _kept(before, child, of.name)
        case _:
            return


def spared_not_null(change: Change, child: Relation, before: SchemaState, server: Server) -> Iterator[Change]:
    """What becomes of a child's NOT NULL, if its parent's goes, and ONLY that: it is the child's own."""
    match change:
        case DropNotNull(column):
            had = before.column(column)
        case DropConstraint(table=table, name=name):
            had = _required(before, table, name)
        case _:
            return
    if had is not None and had.not_null and not had.not_null_as.own and max(server.majors) >= 18:
        yield from _kept(before, child, had.name)


def inherited_not_null(schema: SchemaState, column: Column) -> NotNull:
    """As a child has the column's NOT NULL."""
    state = schema.column(column)
    name = not_null_name(column.table, state) if state is not None else ""
    return NotNull(name=name, inherited=True, local=False)


def _required(schema: SchemaState, table: Relation, name: str) -> ColumnState | None:
    """The column whose NOT NULL has that name, and children have, too."""
    column = schema.required_by(table, name)
    if column is None or column.not_null_as.own or schema.known(table).constraint(name) is not None:
        return None
    return column


def _set(
    change: SetNotNull, child: Relation, before: SchemaState, after: SchemaState, server: Server
) -> Iterator[Change]:
    column = change.column
    had = before.column(column)
    there = before.known(child).column(column.name)
    if had is None or not had.not_null:
        yield SetNotNull(Column(child, column.name), how=inherited_not_null(after, column))
    elif not had.not_null_as.valid and not change.how.inherited:
        yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
        if there is not None and there.not_null:
            yield ValidateConstraint(child, not_null_name(child, there))
    elif not before.is_partition(child) and min(server.majors) < 18:
        # The child has it as well; before 18 those that inherit are locked before that is seen.
        yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)


def _dropped(column: Column, child: Relation, before: SchemaState, server: Server) -> Iterator[Change]:
    had, own = before.column(column), before.known(child).column(column.name)
    if had is not None and had.not_null_as.own:
        return
    theirs = own is not None and own.not_null_as.inherited and not own.not_null_as.local
    if max(server.majors) < 18 or own is None or theirs:
        yield DropNotNull(Column(child, column.name))
    else:
        yield from _kept(before, child, column.name)


def _kept(before: SchemaState, child: Relation, column: str) -> Iterator[Change]:
    own = before.known(child).column(column)
    if own is not None and own.not_null:
        yield KeepConstraint(child, not_null_name(child, own))


def _by_name(
    change: Change, column: Column, child: Relation, before: SchemaState, server: Server
) -> Iterator[Change]:
    if isinstance(change, DropConstraint):
        yield from _dropped(column, child, before, server)
        return
    had, own = before.column(column), before.known(child).column(column.name)
    if had is None or had.not_null_as.valid or own is None or not own.not_null:
        return
    if own.not_null_as.valid:
        yield LockTable(table=child, mode=LockMode.SHARE_UPDATE_EXCLUSIVE)
    else:
        yield ValidateConstraint(child, not_null_name(child, own))

"""What a change of a table does to one child of it."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.inherit_not_null import InheritNotNull
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.rename_trigger import RenameTrigger
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_expression import SetExpression
from schemaguard.changes.set_identity import SetIdentity
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.set_option import SetOption
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.heirs.constraints import constrained, dropped, merged, new_constraints
from schemaguard.heirs.not_null import inherited_not_null, not_null_on_child
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import Check, Constraint, ForeignKey, NotNull, SchemaState, TableState, Unique
from schemaguard.server import Server


def on_children(change: Change, before: SchemaState, after: SchemaState, server: Server) -> Iterator[Change]:
    """What the change does to each child of its table; their children are asked for anew.

    ``before`` and ``after`` are the schema around the change of the table itself.
    """
    table = changed_table(change, before)
    for child in before.children(table) if table is not None else ():
        yield from _on_child(change, child, before, after, server)


def changed_table(change: Change, schema: SchemaState) -> Relation | None:
    """The table of which the change means the children as well; None: it means no table's children."""
    match change:
        case (
            AddColumn(table=table) | AddCheck(table) | ValidateConstraint(table) | DropConstraint(table=table)
        ):
            return table
        case AddUnique(table) | AddPrimaryKey(table) | AddForeignKey(table) | RenameConstraint(table):
            return table
        case AlterConstraint(table=table) | InheritNotNull(table=table) | AddExclude(table):
            return table
        case AddNotNull(column):
            return column.table
        case CreateTrigger(table) | DropTrigger(table=table) | RenameTrigger(table) | SetOption(table=table):
            return table
        case SetIdentity(column=column) | SetExpression(column=column):
            return column.table
        case DropColumn(column) | ChangeType(column) | SetNotNull(column) | DropNotNull(column):
            return column.table
        case SetDefault(column) | DropDefault(column) | RenameColumn(column):
            return column.table
        case CreateIndex(index=index):
            return index.table
        case DropIndex(index=dropped):
            known = schema.indexes.get(dropped)
            return known.table if known else None
        case _:
            return None


def _on_child(
    change: Change, child: Relation, before: SchemaState, after: SchemaState, server: Server
) -> Iterator[Change]:
    state = before.known(child)
    partition = before.is_partition(child)
    match change:
        case AddColumn(column=column) if change.if_not_exists and before.known(change.table).column(
            column.name
        ):
            return  # Nothing is done to anybody.
        case AddColumn():
            how = inherited_not_null(after, Column(change.table, change.column.name))
            yield _added(
                change, child, state, new_constraints(change.table, before, after), how, partition=partition
            )
        case DropColumn(column):
            if (own := state.column(column.name)) is not None and not own.local:
                yield replace(change, column=Column(child, column.name))
        case SetNotNull() | DropNotNull() | AddNotNull() | InheritNotNull():
            yield from not_null_on_child(change, child, before, after, server)
        case ChangeType(column):
            yield replace(change, column=Column(child, column.name))
        case SetDefault(column) | DropDefault(column) | RenameColumn(column):
            yield replace(change, column=Column(child, column.name))
        case SetOption(what="SET STATISTICS" | "SET STORAGE"):
            yield replace(change, table=child)
        case RenameTrigger(name=name) if partition and max(server.majors) >= 15:
            if name in state.triggers:
                yield replace(change, table=child)
            else:
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
        case SetExpression(column=column):
            yield replace(change, column=Column(child, column.name))
        case SetIdentity(column=column) if partition and max(server.majors) >= 17:
            own = before.column(column)
            if change.adds or (own is not None and own.identity is not None):
                # All partitions take their numbers from the sequence of the whole.
                yield replace(change, column=Column(child, column.name), adds=False)
        case AddCheck() | AddUnique() | AddPrimaryKey() | AddForeignKey() | AddExclude():
            yield from constrained(change, child, before, after, server)
        case ValidateConstraint() | RenameConstraint() | AlterConstraint():
            yield from constrained(change, child, before, after, server)
        case DropConstraint():
            if partition:
                # All are locked before anybody looks whether there is such a constraint.
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE, only=True)
            yield from dropped(change, child, before)
            yield from not_null_on_child(change, child, before, after, server)
        case CreateTrigger() | DropTrigger() | CreateIndex() | DropIndex() if partition:
            yield from _on_partition(change, child, before)
        case _:
            return


def _on_partition(change: Change, child: Relation, before: SchemaState) -> Iterator[Change]:
    """What is done to partitions and not to tables that inherit: indexes, and triggers for rows."""
    match change:
        case CreateTrigger(row=True) | DropTrigger():
            yield replace(change, table=child)
        case CreateIndex(index=index) if not change.only:
            if change.is_there(before):
                yield LockTable(table=child, mode=LockMode.SHARE, only=True)
                return
            of = change.chosen_name(before)
            yield replace(change, name=child.sibling(""), index=replace(index, table=child, part_of=of))
        case DropIndex(index=dropped):
            for part, state_of_part in before.indexes_of(child):
                if state_of_part.part_of == dropped:
                    yield replace(change, index=part)
        case _:
            return


def _added(
    change: AddColumn,
    child: Relation,
    state: TableState,
    new: list[Constraint],
    how: NotNull,
    *,
    partition: bool,
) -> AddColumn:
    constraints: list[Constraint] = []
    for constraint in new:
        match constraint:
            case Check() if not constraint.own:
                constraints.append(merged(constraint, state))
            case ForeignKey() if partition:
                constraints.append(replace(constraint, inherited=True))
            case Unique() if partition:
                constraints.append(replace(constraint, name="", inherited=True))
            case _:
                pass  # Neither NO INHERIT nor a key is anything to a table that only inherits.
    there = state.column(change.column.name) is not None
    column = replace(change.column, local=False, not_null_as=how)
    if change.column.not_null_as.own or not change.column.not_null:
        # Of a column that is NOT NULL NO INHERIT theirs refuse NULL all the same, by no constraint (18.4).
        column = replace(column, not_null_as=NotNull())
    return replace(
        change,
        table=child,
        column=column,
        constraints=() if there else tuple(constraints),
        if_not_exists=there,
    )

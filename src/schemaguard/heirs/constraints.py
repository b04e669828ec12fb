"""What a change of a table's constraints does to those of a child."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey, like
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique, building_mode
from schemaguard.changes.alter_constraint import AlterConstraint
from schemaguard.changes.attach_index import AttachIndex
from schemaguard.changes.base import Change
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.keep_constraint import KeepConstraint
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.heirs.not_null import inherited_not_null, not_null_on_child
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import Check, Constraint, Exclude, ForeignKey, SchemaState, TableState, Unique
from schemaguard.server import Server


def constrained(
    change: Change, child: Relation, before: SchemaState, after: SchemaState, server: Server
) -> Iterator[Change]:
    """What is done to the constraints of a child."""
    state = before.known(child)
    partition = before.is_partition(child)
    match change:
        case AddCheck(table, check):
            if not check.own:
                new = new_constraints(table, before, after)
                yield from (AddCheck(child, merged(c, state)) for c in new if isinstance(c, Check))
                if not new and max(server.majors) >= 18:
                    # It had the constraint; from 18 on all below are locked all the same.
                    yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
            elif max(server.majors) >= 18:
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
        case AddUnique() | AddPrimaryKey() | AddExclude() if not partition:
            if max(server.majors) >= 18 or isinstance(change, AddPrimaryKey):
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE)
            # What a primary key needs, NOT NULL, the children get as well.
            yield from _needed_by_key(change, child, before, after)
        case AddForeignKey() if not partition:
            if max(server.majors) >= 18:
                yield LockTable(table=child, mode=LockMode.SHARE_ROW_EXCLUSIVE)
        case AddUnique(table) | AddPrimaryKey(table):
            yield from _needed_by_key(change, child, before, after)
            for constraint in new_constraints(table, before, after):
                if isinstance(constraint, Unique):
                    yield from _part(change, child, constraint, state, gently=max(server.majors) < 18)
        case AddExclude(table):
            for constraint in new_constraints(table, before, after):
                if isinstance(constraint, Exclude):
                    part = replace(constraint, name="", inherited=True)
                    yield AddExclude(child, part, gently=max(server.majors) < 18)
        case AddForeignKey(table):
            for constraint in new_constraints(table, before, after):
                if isinstance(constraint, ForeignKey):
                    own = like(before, child, constraint)
                    yield AddForeignKey(child, replace(constraint, inherited=True), own.name if own else "")
        case ValidateConstraint(table, name):
            whole = before.known(table).constraint(name)
            if (
                isinstance(whole, Check | ForeignKey)
                and not whole.valid
                and state.constraint(name) is not None
            ):
                yield ValidateConstraint(child, name)
            yield from not_null_on_child(change, child, before, after, server)
        case AlterConstraint(table=table, name=name):
            key = _part_of_key(before, table, name, child)
            if key is not None:
                yield replace(change, table=child, name=key.name)
        case RenameConstraint(_, name):
            if isinstance(state.constraint(name), Check):
                yield replace(change, table=child)
            yield from not_null_on_child(change, child, before, after, server)
        case _:
            return


def _part(
    change: AddUnique | AddPrimaryKey, child: Relation, key: Unique, state: TableState, *, gently: bool
) -> Iterator[Change]:
    """The partition's part of a key: its own one like it, or one under a name that PostgreSQL chooses."""
    alike = (c for c in state.constraints if c == replace(key, name=c.name, inherited=False))
    own = next(alike, None)
    if own is not None:
        yield LockTable(table=child, mode=building_mode(gently=gently, deferrable=key.deferrable), only=True)
        yield AttachIndex(whole=change.table.sibling(key.name), part=child.sibling(own.name))
        return
    part = replace(key, name="", inherited=True)
    adding = AddPrimaryKey if isinstance(change, AddPrimaryKey) else AddUnique
    yield adding(child, part, gently)


def _needed_by_key(
    change: Change, child: Relation, before: SchemaState, after: SchemaState
) -> Iterator[Change]:
    """NOT NULL of the columns of a new primary key, where the table had it not."""
    if not isinstance(change, AddPrimaryKey):
        return
    for name in change.key.columns:
        column, own = Column(change.table, name), before.known(child).column(name)
        had = before.column(column)
        if had is not None and not had.not_null and own is not None:
            yield SetNotNull(Column(child, name), how=inherited_not_null(after, column))


def _part_of_key(schema: SchemaState, table: Relation, name: str, child: Relation) -> ForeignKey | None:
    """The partition's part of a foreign key."""
    whole = schema.known(table).constraint(name)
    if not isinstance(whole, ForeignKey):
        return None
    for key in schema.known(child).foreign_keys():
        if key.inherited and replace(key, name=name, inherited=whole.inherited, valid=whole.valid) == whole:
            return key
    return None


def merged(check: Check, state: TableState) -> Check:
    """A parent's constraint as the child has it, which may have had one of that name."""
    return replace(check, inherited=True, local=state.constraint(check.name) is not None)


def new_constraints(table: Relation, before: SchemaState, after: SchemaState) -> list[Constraint]:
    """Those of the table that the change of it has made."""
    had = {constraint.name for constraint in before.known(table).constraints}
    return [c for c in after.known(table).constraints if c.name not in had]


def dropped(change: DropConstraint, child: Relation, before: SchemaState) -> Iterator[Change]:
    """What is dropped of a child's, or is its own from now on."""
    constraint = before.known(change.table).constraint(change.name)
    own = before.known(child).constraint(change.name)
    match constraint:
        case Check() if isinstance(own, Check) and own.inherited and own.local:
            yield KeepConstraint(child, change.name)
        case Check() if own is not None and own.inherited:
            yield replace(change, table=child)
        case ForeignKey():
            # A key that was the partition's own has kept its name.
            part = _part_of_key(before, change.table, change.name, child)
            if part is not None:
                yield replace(change, table=child, name=part.name)
        case Unique() | Exclude():
            whole = change.table.sibling(change.name)
            for name, index in before.indexes_of(child):
                if index.part_of == whole:
                    yield replace(change, table=child, name=name.name)
        case _:
            return

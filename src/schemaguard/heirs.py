"""What a change of a table does to its partitions, and to the tables that inherit from it.

PostgreSQL does most actions of ALTER TABLE to all descendants of the table, under the same
locks. (tablecmds.c calls it recursion; measured on 14 to 18 by the corpus.)
"""

from collections.abc import Iterable, Iterator
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
from schemaguard.changes.keep_column import KeepColumn
from schemaguard.changes.keep_constraint import KeepConstraint
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
from schemaguard.costs import BuildIndex, Cost, Rewrite, Scan
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.not_null_heirs import inherited_not_null, not_null_on_child, spared_not_null
from schemaguard.schema import (
    Check,
    Constraint,
    Exclude,
    ForeignKey,
    NotNull,
    SchemaState,
    TableState,
    Unique,
)
from schemaguard.server import Server

#: Done to a column of the descendants as they are to the table's own.
_OF_COLUMN = ChangeType | SetNotNull | DropNotNull | SetDefault | DropDefault | RenameColumn


def on_children(change: Change, before: SchemaState, after: SchemaState, server: Server) -> Iterator[Change]:
    """What the change does to each child of its table; their children are asked for anew.

    ``before`` and ``after`` are the schema around the change of the table itself.
    """
    table = _table(change, before)
    for child in before.children(table) if table is not None else ():
        yield from _on_child(change, child, before, after, server)


def _table(change: Change, schema: SchemaState) -> Relation | None:
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
            yield _added(change, child, state, _new(change.table, before, after), how, partition=partition)
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
                yield replace(change, column=Column(child, column.name))
        case AddCheck() | AddUnique() | AddPrimaryKey() | AddForeignKey() | AddExclude():
            yield from _constrained(change, child, before, after, server)
        case ValidateConstraint() | RenameConstraint() | AlterConstraint():
            yield from _constrained(change, child, before, after, server)
        case DropConstraint():
            if partition:
                # All are locked before anybody looks whether there is such a constraint.
                yield LockTable(table=child, mode=LockMode.ACCESS_EXCLUSIVE, only=True)
            yield from _dropped(change, child, before)
            yield from not_null_on_child(change, child, before, after, server)
        case CreateTrigger() | DropTrigger() | CreateIndex() | DropIndex() if partition:
            yield from _on_partition(change, child, before)
        case _:
            return


def _constrained(
    change: Change, child: Relation, before: SchemaState, after: SchemaState, server: Server
) -> Iterator[Change]:
    """What is done to the constraints of a child."""
    state = before.known(child)
    partition = before.is_partition(child)
    match change:
        case AddCheck(table, check):
            if not check.own:
                new = _new(table, before, after)
                yield from (AddCheck(child, _merged(c, state)) for c in new if isinstance(c, Check))
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
            for constraint in _new(table, before, after):
                if isinstance(constraint, Unique):
                    yield _part(change, child, constraint, gently=max(server.majors) < 18)
        case AddExclude(table):
            for constraint in _new(table, before, after):
                if isinstance(constraint, Exclude):
                    part = replace(constraint, name="", inherited=True)
                    yield AddExclude(child, part, gently=max(server.majors) < 18)
        case AddForeignKey(table):
            for constraint in _new(table, before, after):
                if isinstance(constraint, ForeignKey):
                    yield AddForeignKey(child, replace(constraint, inherited=True))
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


def _part(change: AddUnique | AddPrimaryKey, child: Relation, key: Unique, *, gently: bool) -> Change:
    """The partition's part of a key, under a name that PostgreSQL chooses."""
    part = replace(key, name="", inherited=True)
    adding = AddPrimaryKey if isinstance(change, AddPrimaryKey) else AddUnique
    return adding(child, part, gently)


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


def _merged(check: Check, state: TableState) -> Check:
    """A parent's constraint as the child has it, which may have had one of that name."""
    return replace(check, inherited=True, local=state.constraint(check.name) is not None)


def _new(table: Relation, before: SchemaState, after: SchemaState) -> list[Constraint]:
    had = {constraint.name for constraint in before.known(table).constraints}
    return [c for c in after.known(table).constraints if c.name not in had]


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
                constraints.append(_merged(constraint, state))
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


def _dropped(change: DropConstraint, child: Relation, before: SchemaState) -> Iterator[Change]:
    constraint = before.known(change.table).constraint(change.name)
    own = before.known(child).constraint(change.name)
    match constraint:
        case Check() if isinstance(own, Check) and own.inherited and own.local:
            yield KeepConstraint(child, change.name)
        case Check() | ForeignKey() if own is not None and own.inherited:
            yield replace(change, table=child)
        case Unique() | Exclude():
            whole = change.table.sibling(change.name)
            for name, index in before.indexes_of(child):
                if index.part_of == whole:
                    yield replace(change, table=child, name=name.name)
        case _:
            return


def descend(
    change: Change, before: SchemaState, after: SchemaState, server: Server, *, only: bool = False
) -> tuple[SchemaState, tuple[Change, ...]]:
    """The schema when all descendants have been changed as well, and what was done to them.

    ``only``: the statement says ONLY, so that nothing is done to them that can be avoided.
    """
    done: list[Change] = []
    reached = _waiting(change, before, after) if only else after
    for part in _spared(change, before, server) if only else on_children(change, before, after, server):
        following = _linked(part, reached, part.apply(reached), _made(before, after))
        reached, further = descend(part, reached, following, server)
        done += [part, *further]
    return reached, tuple(done)


def _spared(change: Change, before: SchemaState, server: Server) -> Iterator[Change]:
    """What ONLY does to children all the same: what they had from the table is their own."""
    table = _table(change, before)
    for child in before.children(table) if table is not None else ():
        yield from spared_not_null(change, child, before, server)
        if isinstance(change, DropConstraint):
            own = before.known(child).constraint(change.name)
            if isinstance(own, Check) and own.inherited:
                yield KeepConstraint(child, change.name)
    if isinstance(change, DropColumn):
        for child in before.children(change.column.table):
            if before.known(child).column(change.column.name) is not None:
                yield KeepColumn(Column(child, change.column.name))


def _waiting(change: Change, before: SchemaState, after: SchemaState) -> SchemaState:
    """The schema, where the index of a key is not valid before each partition has its part."""
    table = _table(change, before)
    if not isinstance(change, AddUnique | AddPrimaryKey) or table is None:
        return after
    if before.known(table).partitioned_by is None or not before.children(table):
        return after
    for index in _made(before, after).values():
        after = after.with_index(index, replace(after.indexes[index], valid=False))
    return after


def _made(before: SchemaState, after: SchemaState) -> dict[tuple[str | None, ...], Relation]:
    """The indexes that a change of the whole has made, by their columns."""
    return {index.columns: name for name, index in after.indexes.items() if name not in before.indexes}


def _linked(
    part: Change, before: SchemaState, after: SchemaState, whole: dict[tuple[str | None, ...], Relation]
) -> SchemaState:
    """The same schema, where the indexes that a key of the partition has made are parts of the whole's."""
    if isinstance(part, AddColumn | AddUnique | AddPrimaryKey | AddExclude):
        for name, index in after.indexes.items():
            if name not in before.indexes and index.columns in whole:
                after = after.with_index(name, replace(index, part_of=whole[index.columns]))
    return after


def only_refusals(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """What PostgreSQL says to ALTER TABLE ONLY, where the children would have to be changed as well."""
    match change:
        case AddCheck(check=check) if check.own:
            return
        case AddNotNull(_, how) if how.own:
            return
        case ValidateConstraint():
            table = change.table if _unvalidated(schema, change) else None
        case AddColumn() | AddCheck() | RenameColumn() | ChangeType() | AddNotNull():
            table = _table(change, schema)
        case DropColumn(column) | SetNotNull(column) if schema.known(column.table).partitioned_by is not None:
            table = column.table
        case _:
            return
    if table is not None and schema.children(table):
        yield Refusal("42P16", f"the children of {table.text} would have to be changed as well")


def _unvalidated(schema: SchemaState, change: ValidateConstraint) -> bool:
    """Whether it would be validated in the children as well."""
    constraint = schema.known(change.table).constraint(change.name)
    column = schema.required_by(change.table, change.name)
    match constraint:
        case Check(own=False, valid=False):
            return True
        case None if column is not None:
            return not column.not_null_as.own and not column.not_null_as.valid
        case _:
            return False


def with_rows(costs: Iterable[Cost], schema: SchemaState) -> Iterator[Cost]:
    """Without what would be done to the rows of a partitioned table: it has none of its own."""
    for cost in costs:
        if isinstance(cost, Scan | Rewrite | BuildIndex):
            state = schema.table(cost.table)
            if state is not None and state.partitioned_by is not None:
                continue
        yield cost

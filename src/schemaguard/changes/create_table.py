"""CREATE TABLE."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.changes.add_exclude import exclude_refusals
from schemaguard.changes.add_foreign_key import deferrable_refusals, locks_on_target, persistence_refusals
from schemaguard.changes.add_unique import lacks_partition_key
from schemaguard.changes.attach_partition import becoming_partition
from schemaguard.changes.base import Change
from schemaguard.changes.drop_table import DropTable
from schemaguard.constraint_forms import in_order, not_before, own_not_null, unknown_forms
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.defaults import as_kept
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, generated
from schemaguard.partition_bounds import misfit
from schemaguard.partition_indexes import with_parts
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    ForeignKey,
    NotNull,
    Persistence,
    SchemaState,
    TableState,
    Unique,
    not_null_name,
    with_sequences,
)
from schemaguard.server import Server

#: Since when UNLOGGED of a partitioned table, which has no rows of its own, is refused.
NO_UNLOGGED_WHOLE = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Like:
    """The columns of another table, as they are now, and what else is copied of it."""

    table: Relation
    #: How many columns that are written come before them.
    place: int
    #: ``defaults``, ``constraints``, ``indexes`` and so on.
    including: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateTable(Change):
    """A new table, which no running code knows."""

    new_names: ClassVar[tuple[str, ...]] = ("table",)

    table: Relation
    columns: tuple[ColumnState, ...]
    constraints: tuple[Constraint, ...] = ()
    #: Columns with a NOT NULL that is written as a constraint of the table (18).
    not_nulls: tuple[tuple[str, NotNull], ...] = ()
    likes: tuple[Like, ...] = ()
    if_not_exists: bool = False
    persistence: Persistence = Persistence.PERMANENT
    partitioned_by: frozenset[str] | None = None
    strategy: str = ""
    #: Its partition key has an expression, and the functions that this calls.
    computed_key: bool = False
    key_calls: frozenset[Relation] = frozenset()
    foreign: bool = False
    server: str = ""
    #: The composite type that it is OF.
    of_type: Relation | None = None
    #: The table that it is a partition of, or those that it inherits from.
    parents: tuple[Relation, ...] = ()
    #: FOR VALUES ... or DEFAULT of a partition.
    bound: str = ""
    #: The storage parameters, with their values as written.
    options: tuple[tuple[str, str], ...] = ()
    #: False: its shape comes from elsewhere, so that we do not know all of it.
    complete: bool = True

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is there, with its constraints and their indexes."""
        if self._is_there(schema):
            return schema
        if self.if_not_exists and not schema.complete:
            # It may have been there before, in another shape.
            return schema.with_table(self.table, schema.known(self.table))
        made = TableState(
            columns=tuple(self._columns(schema)),
            persistence=self.persistence,
            partitioned_by=self.partitioned_by,
            strategy=self.strategy,
            computed_key=self.computed_key,
            key_calls=self.key_calls,
            foreign=self.foreign,
            server=self.server,
            of_type=self.of_type,
            parents=self.parents,
            bound=self.bound,
            complete=self.complete
            and all(schema.knows(source) for source in (*self.parents, *(like.table for like in self.likes))),
        )
        schema = with_sequences(schema.with_table(self.table, made), self.table, self.columns)
        inherited = {constraint.name: constraint for constraint in self._inherited(schema)}
        for constraint in inherited.values():
            schema = schema.with_constraint(self.table, constraint)
        for constraint in map(_as_new, in_order(self.constraints)):
            both = isinstance(constraint, Check) and constraint.name in inherited
            schema = schema.with_constraint(self.table, replace(constraint, inherited=both))
        for like in self.likes:
            schema = _with_copies(schema, self.table, like)
        schema = self._with_not_nulls(schema)
        return with_parts(schema, self.table, self.parents) if self.bound else schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Nobody can use the new table yet; but the tables that it refers to take no writes."""
        if self._is_there(schema):
            return
        for constraint in (*self.constraints, *self._inherited(schema)):
            if isinstance(constraint, ForeignKey) and constraint.target != self.table:
                yield from locks_on_target(schema, constraint.target)
        yield from (Lock(like.table, LockMode.ACCESS_SHARE) for like in self.likes)
        for parent in self.parents:
            if self.bound:
                yield from becoming_partition(schema, parent, self.bound, server)
            else:
                yield Lock(parent, LockMode.SHARE_UPDATE_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What is refused of its constraints, and of its being a part of something."""
        for parent in self.parents if not self.bound else ():
            if schema.known(parent).partitioned_by is not None or schema.is_partition(parent):
                yield Refusal("42809", f"{parent.text} has partitions or is one: it has no heirs")
        unlogged = self.persistence is Persistence.UNLOGGED and self.partitioned_by is not None
        if unlogged and max(server.majors) >= NO_UNLOGGED_WHOLE:
            certain = min(server.majors) >= NO_UNLOGGED_WHOLE
            yield Refusal("0A000", "from 18 on no partitioned table is unlogged", certain=certain)
        if self._is_there(schema):
            return
        for whole in self.parents if self.bound else ():
            yield from misfit(schema, whole, self.bound)
        yield from self._not_null_refusals(schema, server)
        made = schema.with_table(self.table, TableState(partitioned_by=self.partitioned_by))
        for constraint in self.constraints:
            match constraint:
                case ForeignKey(target=target):
                    yield from persistence_refusals(schema, self.persistence, target)
                    yield from deferrable_refusals(schema, constraint)
                case Exclude():
                    yield from exclude_refusals(made, self.table, constraint, server)
                case Unique(columns=columns):
                    yield from lacks_partition_key(made, self.table, columns)
                case Check(own=True) if self.partitioned_by is not None:
                    yield Refusal("42P16", f"{self.table.text} is partitioned: it has no NO INHERIT")
                case Check():
                    pass
            yield from unknown_forms(constraint, server)

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP TABLE, if it was not there before."""
        return () if self._is_there(before) else (DropTable(self.table),)

    def _columns(self, schema: SchemaState) -> Iterator[ColumnState]:
        """Those of the parents first, then its own; of the same name there is one."""
        own = {column.name: column for column in self.columns}
        seen: set[str] = set()
        for parent in self.parents:
            for column in schema.known(parent).columns:
                if column.name not in seen:
                    seen.add(column.name)
                    yield _merged(parent, column, own.get(column.name), partition=bool(self.bound))
        for place in range(len(self.columns) + 1):
            for like in self.likes:
                if like.place == place:
                    columns = schema.known(like.table).columns
                    yield from (_copied(like.table, c, like.including) for c in columns)
            yield from (as_kept(one) for one in self.columns[place : place + 1] if one.name not in seen)

    def _inherited(self, schema: SchemaState) -> Iterator[Constraint]:
        """What the parents' constraints are here; a partition has also their foreign keys."""
        for parent in self.parents:
            for constraint in schema.known(parent).constraints:
                match constraint:
                    case Check(own=False):
                        yield replace(constraint, inherited=True, valid=constraint.enforced, local=False)
                    case ForeignKey() if self.bound:
                        yield replace(constraint, inherited=True, valid=constraint.enforced)
                    case _:
                        pass  # NO INHERIT; and keys of the whole come with their indexes.

    def _with_not_nulls(self, schema: SchemaState) -> SchemaState:
        """NOT NULL gets its name last, after what is written as a constraint of the table has given one."""
        for name, how in self.not_nulls:
            state = schema.known(self.table)
            column = state.column(name)
            if column is not None and column.not_null:
                had = column.not_null_as
                both = replace(had, name=how.name or ("" if not had.local else had.name), local=True)
                schema = schema.with_table(self.table, state.with_column(replace(column, not_null_as=both)))
            else:
                schema = schema.with_not_null(Column(self.table, name), replace(how, valid=True))
        for column in schema.known(self.table).columns:
            if column.not_null:
                schema = schema.with_not_null(Column(self.table, column.name))
        return schema

    def _not_null_refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """What is said of one column's NOT NULL in several places has to agree."""
        if self.not_nulls:
            yield from not_before(18, "42601", "NOT NULL is no constraint of its own", server)
        keyed = {name for c in self.constraints if isinstance(c, Unique) and c.primary for name in c.columns}
        said = [(c.name, c.not_null_as) for c in self.columns if c.not_null] + list(self.not_nulls)
        for name, how in said:
            if how.own:
                yield from own_not_null(self.table, self.partitioned_by is not None, server)
            others = [other for column, other in said if column == name]
            filled = any(c.name == name and c.identity is not None for c in self.columns)
            if how.own and (name in keyed or filled or not all(other.own for other in others)):
                yield Refusal("42601", f"NOT NULL of {name} is NO INHERIT in one place and not in another")
            if len({other.name for other in others if other.name}) > 1:
                yield Refusal("42601", f"NOT NULL of {name} has two names")
            above = [schema.column(Column(parent, name)) for parent in self.parents]
            if how.own and any(c is not None and c.not_null and not c.not_null_as.own for c in above):
                yield Refusal("42804", f"NOT NULL of {name} is inherited, and cannot be NO INHERIT")

    def _is_there(self, schema: SchemaState) -> bool:
        return self.if_not_exists and schema.has_relation(self.table)  # Or an index of that name.


def _as_new(constraint: Constraint) -> Constraint:
    """As the new table has it: there is no row yet that it would not hold for."""
    if isinstance(constraint, Unique | Exclude):
        return constraint
    return replace(constraint, valid=constraint.enforced)


def _copied(source: Relation, column: ColumnState, including: frozenset[str]) -> ColumnState:
    """A column of another table; of a NOT NULL also the name is the same (18)."""
    generated_as = column.generated if "generated" in including else None
    filled = generated_as is not None or ("defaults" in including and column.generated is None)
    return replace(
        column,
        local=True,
        not_null_as=NotNull(name=not_null_name(source, column), own=column.not_null_as.own),
        default=column.default if filled else None,
        generated=generated_as,
        identity=column.identity if "identity" in including else None,
        comment=column.comment if "comments" in including else "",
    )


def _with_copies(schema: SchemaState, table: Relation, like: Like) -> SchemaState:
    """With the constraints and indexes of the other table that are copied, under names of their own."""
    source = schema.known(like.table)
    if "identity" in like.including:
        schema = with_sequences(schema, table, (c for c in source.columns if c.identity is not None))
    for constraint in source.constraints:
        if isinstance(constraint, Check) and "constraints" in like.including:
            copied = replace(constraint, inherited=False, valid=constraint.enforced, local=True)
            schema = schema.with_constraint(table, copied)
    for name, index in list(schema.indexes_of(like.table)) if "indexes" in like.including else ():
        key = source.constraint(name.name)
        if isinstance(key, Unique):
            # Where a range must not overlap it is named like an EXCLUDE constraint (18.4).
            label = "excl" if key.without_overlaps and not key.primary else ""
            taken = schema.relation_names(table.schema)
            chosen = generated(table.name, (*key.columns, *key.included), label, taken) if label else ""
            schema = schema.with_constraint(table, replace(key, name=chosen, inherited=False))
        elif isinstance(key, Exclude):
            schema = schema.with_constraint(table, replace(key, name="", inherited=False, index=index))
        else:
            labels = index.labels or tuple(column or "expr" for column in index.columns)
            chosen = generated(table.name, labels, "idx", schema.relation_names(table.schema))
            copy = replace(index, table=table, part_of=None, valid=True, definition="")
            schema = schema.with_index(table.sibling(chosen), copy)
    return schema


def _merged(parent: Relation, above: ColumnState, own: ColumnState | None, *, partition: bool) -> ColumnState:
    """A column that a parent has, as a child has it that may say more about it."""
    identity = above.identity if partition else None
    inherits = above.not_null and not above.not_null_as.own
    how = NotNull(name=not_null_name(parent, above), inherited=True, local=False) if inherits else NotNull()
    above = replace(above, not_null=inherits, not_null_as=how, comment="")
    if own is None:
        return replace(above, local=False, identity=identity)
    if own.not_null:
        how = replace(own.not_null_as, inherited=inherits)
    return replace(
        above,
        local=own.type is not None,
        identity=identity,
        not_null=above.not_null or own.not_null,
        not_null_as=how,
        default=own.default or above.default,
    )

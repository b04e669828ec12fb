"""The catalog as a frozen value. It knows no statement; each question to it is a method.

``==`` compares what PostgreSQL's catalog says: expressions count by what they
refer to and prove, not by their text, which the server deparses its own way.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace

from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation, generated
from schemaguard.schema.columns import ColumnState, NotNull, not_null_name
from schemaguard.schema.constraints import (
    Constraint,
    Exclude,
    ForeignKey,
    IndexState,
    Unique,
    constrained_columns,
)
from schemaguard.schema.generated_names import chosen_name
from schemaguard.schema.objects import SequenceState, Thing, ViewState, without_owned
from schemaguard.schema.reached import reached
from schemaguard.schema.routines import Routine, RoutineState
from schemaguard.schema.tables import TableState
from schemaguard.schema.type_states import DomainState, TypeState


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaState:
    """All that is known of a database's schema."""

    tables: Mapping[Relation, TableState] = field(default_factory=dict)
    #: The oldest first.
    indexes: Mapping[Relation, IndexState] = field(default_factory=dict)
    functions: Mapping[Routine, RoutineState] = field(default_factory=dict)
    views: Mapping[Relation, ViewState] = field(default_factory=dict)
    sequences: Mapping[Relation, SequenceState] = field(default_factory=dict)
    #: Types that users made: enums, domains, composites, ranges.
    types: Mapping[Relation, TypeState] = field(default_factory=dict)
    things: frozenset[Thing] = frozenset()
    complete: bool = field(default=False, compare=False)  # A table that is not here does not exist.
    #: Something has run since that nobody could read, or that hung on a condition: it may have made more.
    unsure: bool = field(default=False, compare=False)
    inexact: bool = field(default=False, compare=False)  # What is here may not be there, too.

    # Questions

    def table(self, name: Relation) -> TableState | None:
        """What is known of the table; None where nothing is."""
        return self.tables.get(name)

    def column(self, column: Column) -> ColumnState | None:
        """What is known of the column; None where nothing is."""
        table = self.tables.get(column.table)
        return table.column(column.name) if table else None

    def knows(self, table: Relation) -> bool:
        """Whether the table's whole shape is known."""
        state = self.tables.get(table)
        return state is not None and state.complete

    def required_by(self, table: Relation, name: str) -> ColumnState | None:
        """The column whose NOT NULL is a constraint of that name, as it is in 18."""
        columns = (column for column in self.known(table).columns if column.not_null)
        return next((column for column in columns if not_null_name(table, column) == name), None)

    def proves_present(self, column: Column) -> bool:
        """Whether SET NOT NULL needs no scan: it is NOT NULL already, or a valid CHECK says so."""
        table = self.tables.get(column.table)
        if table is None:
            return False
        state = table.column(column.name)
        if state is not None and state.holds_no_null:
            return True
        return any(c.valid and column.name in c.expression.proves_present for c in table.checks())

    def indexes_of(self, table: Relation) -> Iterator[tuple[Relation, IndexState]]:
        """The table's indexes, those of constraints included."""
        return ((name, index) for name, index in self.indexes.items() if index.table == table)

    @property
    def has_children(self) -> bool:
        """Whether any table is a partition, or inherits."""
        return any(state.parents for state in self.tables.values())

    def children(self, table: Relation) -> list[Relation]:
        """The table's partitions, or the tables that inherit from it."""
        return [name for name, state in self.tables.items() if table in state.parents]

    def descendants(self, table: Relation) -> list[Relation]:
        """Its children, and theirs."""
        found: dict[Relation, None] = {}
        for child in self.children(table):
            found.update(dict.fromkeys((child, *self.descendants(child))))
        return list(found)

    def partitions(self, table: Relation) -> list[Relation]:
        """Its partitions, and theirs; none if it is not partitioned."""
        return self.descendants(table) if self.known(table).partitioned_by is not None else []

    def inherited_from(self, column: Column) -> list[Relation]:
        """The parents of the table that have the column as well."""
        parents = self.known(column.table).parents
        return [parent for parent in parents if self.known(parent).column(column.name) is not None]

    def is_partition(self, table: Relation) -> bool:
        """Whether it is a partition of another table."""
        return any(self.known(parent).partitioned_by is not None for parent in self.known(table).parents)

    def lacks_partition_key(self, table: Relation, columns: Iterable[str | None]) -> frozenset[str]:
        """The columns of its partition key that an index over ``columns`` would have to include."""
        return (self.known(table).partitioned_by or frozenset()) - set(columns)

    def referencing(self, table: Relation) -> Iterator[tuple[Relation, ForeignKey]]:
        """The foreign keys of other tables, and of itself, that point to the table."""
        for name, state in self.tables.items():
            for key in state.foreign_keys():
                if key.target == table:
                    yield name, key

    def reached_from(self, table: Relation) -> list[Relation]:
        """The tables whose foreign keys point to the table, or to another of them."""
        return reached(table, lambda one: (name for name, _ in self.referencing(one)))

    def pointed(self, key: ForeignKey) -> ForeignKey:
        """The key with the columns that it points to: where it says none, the target's primary key."""
        primary = self.known(key.target).primary_key
        return key if key.target_columns or primary is None else replace(key, target_columns=primary.columns)

    def index_under(self, key: ForeignKey) -> Relation | None:
        """The unique index on which the foreign key rests: the oldest that fits."""
        wanted = set(key.target_columns)
        return next(
            (
                name
                for name, index in self.indexes_of(key.target)
                if index.unique and index.valid and not index.partial and set(index.columns) == wanted
            ),
            None,
        )

    def resting_on(self, index: Relation) -> "list[tuple[Relation, ForeignKey]]":
        """The foreign keys that go with the index."""
        state = self.indexes.get(index)
        keys = self.referencing(state.table) if state else ()
        return [(table, key) for table, key in keys if self.index_under(key) == index]

    def keys_to(self, column: Column) -> Iterator[tuple[Relation, ForeignKey]]:
        """The foreign keys that point to the column, or rest on an index that it is part of."""
        for table, key in self.referencing(column.table):
            under = self.index_under(key)
            if column.name in key.target_columns or (under and self.indexes[under].uses(column.name)):
                yield table, key

    def unique_over(self, table: Relation, columns: Iterable[str]) -> bool:
        """Whether a valid unique index exists whose columns are all among ``columns``.

        Not one of another collation than its column's, for that helps only those who ask for it.
        """
        given = set(columns)
        return any(
            index.unique and index.valid and not index.partial and None not in index.columns
            and set(index.columns) <= given and "COLLATE" not in index.definition.upper()
            for _, index in self.indexes_of(table)
        )  # fmt: skip

    def views_using(self, column: Column) -> list[Relation]:
        """The views whose queries use the column of that table."""
        return [name for name, view in self.views.items() if column in view.uses]

    def has_relation(self, name: Relation) -> bool:
        """Whether a table, view, index or sequence of that name is known."""
        return any(name in known for known in (self.tables, self.indexes, self.views, self.sequences))

    def relation_names(self, schema: str) -> set[str]:
        """The names that tables, views, indexes and sequences take in the schema."""
        known = (*self.tables, *self.indexes, *self.views, *self.sequences)
        return {relation.name for relation in known if relation.schema == schema}

    def with_table(self, name: Relation, state: TableState) -> "SchemaState":
        """The same schema with the table as given."""
        return replace(self, tables={**self.tables, name: state})

    def without_table(self, name: Relation) -> "SchemaState":
        """The same schema without the table, its indexes, and the foreign keys that pointed to it."""
        tables = {other: state for other, state in self.tables.items() if other != name}
        for other, key in self.referencing(name):
            if other != name:
                tables[other] = tables[other].without_constraint(key.name)
        indexes = {index: state for index, state in self.indexes.items() if state.table != name}
        things = frozenset(thing for thing in self.things if thing.table != name)
        sequences = without_owned(self.sequences, name)
        return replace(self, tables=tables, indexes=indexes, things=things, sequences=sequences)

    def known(self, name: Relation) -> TableState:
        """The table as known, or an incomplete one that can be built upon."""
        return self.tables.get(name) or TableState(complete=False)

    def with_index(self, name: Relation, index: IndexState) -> "SchemaState":
        """The same schema with the index as given."""
        return replace(self, indexes={**self.indexes, name: index})

    def with_index_renamed(self, old: Relation, new: Relation) -> "SchemaState":
        """The same schema with the index under another name, in its place: keys rest on the oldest."""
        indexes = {
            new if name == old else name: replace(index, part_of=new) if index.part_of == old else index
            for name, index in self.indexes.items()
        }
        return replace(self, indexes=indexes)

    def without_index(self, name: Relation) -> "SchemaState":
        """The same schema without the index."""
        return replace(self, indexes={i: state for i, state in self.indexes.items() if i != name})

    def with_constraint(self, table: Relation, constraint: Constraint) -> "SchemaState":
        """The same schema with the constraint, named as PostgreSQL names it, and with its index."""
        constraint = self._named(table, self.known(table).fitted(table.name, constraint))
        state = self.known(table).with_constraint(constraint)
        schema = self.with_table(table, state)
        if isinstance(constraint, Unique) and constraint.primary:
            for name in constraint.columns:
                schema = schema.with_not_null(Column(table, name))
        if isinstance(constraint, Unique):
            also = frozenset(constraint.included)
            method = "gist" if constraint.without_overlaps else "btree"
            index = IndexState(table=table, columns=constraint.columns, unique=True, also=also, method=method)
            schema = schema.with_index(table.sibling(constraint.name), index)
        if isinstance(constraint, Exclude) and constraint.index is not None:
            schema = schema.with_index(
                table.sibling(constraint.name), replace(constraint.index, table=table, part_of=None)
            )
        return schema

    def with_not_null(self, column: Column, how: NotNull | None = None) -> "SchemaState":
        """The same schema, where the column is NOT NULL: as ``how`` says, unless it is so already."""
        state = self.known(column.table)
        own = state.column(column.name) or ColumnState(name=column.name)
        if own.not_null and own.not_null_as.name:
            return self.with_table(column.table, state)
        chosen = own.not_null_as if own.not_null or how is None else how
        if not chosen.name:
            taken = self._constraint_names(column.table.schema)
            chosen = replace(chosen, name=generated(column.table.name, (column.name,), "not_null", taken))
        made = replace(own, not_null=True, not_null_as=chosen)
        return self.with_table(column.table, state.with_column(made))

    def _constraint_names(self, schema: str) -> set[str]:
        """Those of the whole schema, although two tables may have constraints of one name."""
        taken = {c.name for name, t in self.tables.items() if name.schema == schema for c in t.constraints}
        return taken | {
            check.name
            for name, state in self.types.items()
            if isinstance(state, DomainState) and name.schema == schema
            for check in state.checks
        }

    def _named(self, table: Relation, constraint: Constraint) -> Constraint:
        if isinstance(constraint, ForeignKey):
            constraint = self.pointed(constraint)
        if constraint.name:
            return constraint
        taken = self._constraint_names(table.schema)
        return replace(
            constraint, name=chosen_name(table, constraint, taken, self.relation_names(table.schema))
        )

    def without_constraint(self, table: Relation, name: str) -> "SchemaState":
        """The same schema without the constraint and its index. NOT NULL of a primary key stays."""
        constraint = self.known(table).constraint(name)
        schema = self.with_table(table, self.known(table).without_constraint(name))
        indexed = isinstance(constraint, Unique | Exclude)
        return schema.without_index(table.sibling(name)) if indexed else schema

    def without_trigger(self, table: Relation, name: str) -> "SchemaState":
        """The same schema without the trigger."""
        return self.with_table(table, self.known(table).without_trigger(name))

    def without_column(self, column: Column) -> "SchemaState":
        """The same schema without the column and all that goes with it."""
        state = self.known(column.table)
        gone = [c.name for c in state.constraints if column.name in constrained_columns(c)]
        others = tuple(c for c in state.columns if c.name != column.name)
        # CASCADE takes along what cannot do without it; statistics go by themselves.
        things = frozenset(thing for thing in self.things if column not in thing.uses)
        schema = replace(self.with_table(column.table, replace(state, columns=others)), things=things)
        schema = replace(schema, sequences=without_owned(self.sequences, column))
        for trigger in state.needing(column.name):
            schema = schema.without_trigger(column.table, trigger)
        for table, key in list(self.keys_to(column)):
            schema = schema.without_constraint(table, key.name)
        for constraint in gone:
            schema = schema.without_constraint(column.table, constraint)
        for index, built in list(schema.indexes_of(column.table)):
            if built.uses(column.name):
                schema = schema.without_index(index)
                if isinstance(schema.known(column.table).constraint(index.name), Unique | Exclude):
                    # Of the columns that its index INCLUDEs a constraint says nothing.
                    schema = schema.without_constraint(column.table, index.name)
        return schema

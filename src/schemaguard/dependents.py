"""What cannot be without a function, relation or column: DROP is refused, and CASCADE takes it along."""

from collections.abc import Iterable, Iterator
from dataclasses import field, replace

from schemaguard.costs import Lock
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.routines import found, without_routine
from schemaguard.schema import DomainState, Routine, SchemaState, Thing
from schemaguard.things import described
from schemaguard.user_types import columns_of, gone_with, without_type


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependents:
    """All of them, and what cannot be without them in turn."""

    #: Tables that are parted by it, with their partitions.
    tables: frozenset[Relation] = frozenset()
    triggers: frozenset[tuple[Relation, str]] = frozenset()
    defaults: frozenset[Column] = frozenset()
    #: Columns that are generated with it: they go with it.
    generated: frozenset[Column] = frozenset()
    checks: frozenset[tuple[Relation, str]] = frozenset()
    indexes: frozenset[Relation] = frozenset()
    views: frozenset[Relation] = frozenset()
    #: Policies, rules and statistics.
    things: frozenset[Thing] = frozenset()
    routines: frozenset[Routine] = frozenset()
    #: Domains that lose a constraint.
    domains: frozenset[tuple[Relation, str]] = frozenset()
    #: Domains that go whole, because their default calls it; and the columns of these.
    types: frozenset[Relation] = frozenset()
    typed: frozenset[Column] = frozenset()

    def words(self) -> Iterator[str]:
        """Each of them."""
        yield from (f"table {table.text}" for table in sorted(self.tables))
        yield from (f"trigger {name} of {table.text}" for table, name in sorted(self.triggers))
        yield from (f"the default of {column.text}" for column in sorted(self.defaults))
        yield from (f"generated column {column.text}" for column in sorted(self.generated))
        yield from (f"constraint {name} of {table.text}" for table, name in sorted(self.checks))
        yield from (f"index {index.text}" for index in sorted(self.indexes))
        yield from (f"view {view.text}" for view in sorted(self.views))
        yield from sorted(described(thing) for thing in self.things)
        yield from (f"function {one.schema}.{one.name}" for one in sorted(self.routines))
        yield from (f"constraint {name} of domain {domain.text}" for domain, name in sorted(self.domains))
        yield from (f"domain {domain.text}" for domain in sorted(self.types))
        yield from (f"column {column.text}" for column in sorted(self.typed))

    def locks(self, schema: SchemaState) -> Iterator[Lock]:
        """What CASCADE locks for a moment."""
        tables = set(self.tables) | {column.table for column in self.defaults | self.generated | self.typed}
        tables |= {table for table, _ in (*self.triggers, *self.checks)}
        tables |= {schema.indexes[index].table for index in self.indexes}
        for thing in self.things:
            if thing.table is not None and thing.kind == "statistics":
                yield Lock(thing.table, LockMode.SHARE_UPDATE_EXCLUSIVE)
            elif thing.table is not None:
                tables.add(thing.table)
        for relation in sorted(tables | self.views):
            yield Lock(relation, LockMode.ACCESS_EXCLUSIVE)

    def without(self, schema: SchemaState) -> SchemaState:
        """The schema without them."""
        for gone in self.tables:
            schema = schema.without_table(gone)
        for table, trigger in self.triggers:
            schema = schema.without_trigger(table, trigger)
        for column in self.defaults:
            state = schema.known(column.table)
            if (kept := state.column(column.name)) is not None:
                schema = schema.with_table(column.table, state.with_column(replace(kept, default=None)))
        for column in self.generated:
            schema = schema.without_column(column)
        for table, check in self.checks:
            schema = schema.without_constraint(table, check)
        for index in self.indexes:
            if (built := schema.indexes.get(index)) is not None:
                # With an index that is a constraint's, the constraint goes.
                schema = schema.without_index(index).without_constraint(built.table, index.name)
        for routine in self.routines:
            schema = without_routine(schema, routine)
        for domain in self.types:
            schema = without_type(schema, domain)
        types = dict(schema.types)
        for domain, name in self.domains:
            if isinstance(own := types.get(domain), DomainState):
                types[domain] = replace(
                    own, checks=tuple(check for check in own.checks if check.name != name)
                )
        views = {name: view for name, view in schema.views.items() if name not in self.views}
        return replace(schema, types=types, views=views, things=schema.things - self.things)


def dependents(
    schema: SchemaState,
    *,
    routines: Iterable[Routine] = (),
    relations: Iterable[Relation] = (),
    columns: Iterable[Column] = (),
) -> Dependents:
    """What is known to need any of these, and is not part of one of them."""
    lost = _Lost(schema, frozenset(relations), frozenset(routines), columns=set(columns))
    lost.relations |= lost.named
    lost.without(routines)
    before = None
    gone = Dependents()
    while gone != before:
        before, gone = gone, lost.dependents()
        lost.without(gone.routines)
        lost.relations |= gone.views | gone.tables
        lost.columns |= gone.generated | gone.typed
    return gone


@dataclass(slots=True)
class _Lost:
    """What is gone so far."""

    schema: SchemaState
    #: What the statement names: with it goes what is part of it.
    named: frozenset[Relation]
    functions: frozenset[Routine]
    calls: set[Relation] = field(default_factory=set)
    relations: set[Relation] = field(default_factory=set)
    columns: set[Column] = field(default_factory=set)

    def without(self, routines: Iterable[Routine]) -> None:
        """The functions are gone, too. Of several of one name it is not known which is meant."""
        for routine in routines:
            name = Relation(routine.schema, routine.name)
            if len(found(self.schema, name, None, "routine")) == 1:
                self.calls.add(name)

    def dependents(self) -> Dependents:
        """What cannot be without what is gone so far."""
        schema = self.schema
        tables = [(name, state) for name, state in schema.tables.items() if name not in self.named]
        sequences = self._sequences()
        filled = [
            (Column(table, column.name), column.generated is not None)
            for table, state in tables
            for column in state.columns
            if column.default is not None
            and (
                column.default.calls & self.calls
                or (column.default.sequences & sequences and not self._goes(table, column.name))
            )
        ]
        types = self._types()
        return Dependents(
            tables=frozenset(
                part
                for table, state in tables
                if state.key_calls & self.calls
                for part in (table, *schema.descendants(table))
            ),
            triggers=frozenset(pair for table, _ in tables for pair in self._triggers(table)),
            defaults=frozenset(column for column, generated in filled if not generated),
            generated=frozenset(column for column, generated in filled if generated),
            checks=frozenset(
                (t, c.name) for t, s in tables for c in s.checks() if c.expression.calls & self.calls
            ),
            indexes=frozenset(
                name
                for name, index in schema.indexes.items()
                if index.table not in self.named and index.calls & self.calls
            ),
            views=frozenset(
                name
                for name, view in schema.views.items()
                if name not in self.named and self._hits(view.uses, view.calls)
            ),
            things=frozenset(
                thing
                for thing in schema.things
                if thing.table not in self.named and self._hits(thing.uses, thing.calls)
            ),
            routines=frozenset(
                routine
                for routine, state in schema.functions.items()
                if routine not in self.functions and self._hits(state.uses, state.calls)
            ),
            domains=frozenset(self._domains()),
            types=types,
            typed=frozenset(
                column
                for one in types
                for gone in gone_with(schema, one)
                for column, _ in columns_of(schema, gone)
                if column.table not in self.named
            ),
        )

    def _hits(self, uses: frozenset[Column], calls: frozenset[Relation]) -> bool:
        return bool(calls & self.calls or uses & self.columns) or any(
            column.table in self.relations for column in uses
        )

    def _sequences(self) -> set[Relation]:
        """Those that are gone, or go with what is gone."""
        gone = self.relations | self.columns
        return {
            name
            for name, state in self.schema.sequences.items()
            if name in self.relations or any(state.goes_with(owner) for owner in gone)
        }

    def _goes(self, table: Relation, name: str) -> bool:
        """Whether the column is gone itself, or with that of a parent."""
        return any(
            column.name == name and (column.table == table or table in self.schema.descendants(column.table))
            for column in self.columns
        )

    def _triggers(self, table: Relation) -> Iterator[tuple[Relation, str]]:
        state = self.schema.tables[table]
        yield from ((table, trigger) for trigger, call in state.calls if call in self.calls)
        yield from ((table, trigger) for name, trigger in state.needed if Column(table, name) in self.columns)

    def _domains(self) -> Iterator[tuple[Relation, str]]:
        for name, state in self.schema.types.items():
            if isinstance(state, DomainState):
                yield from ((name, c.name) for c in state.checks if c.expression.calls & self.calls)

    def _types(self) -> frozenset[Relation]:
        """A domain's default is no object by itself. (Measured on 14 and 18.)"""
        return frozenset(
            name
            for name, state in self.schema.types.items()
            if isinstance(state, DomainState)
            and state.default is not None
            and state.default.calls & self.calls
        )

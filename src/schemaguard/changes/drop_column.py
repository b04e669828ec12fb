"""ALTER TABLE ... DROP COLUMN."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn
from schemaguard.conditions import column_exists, negated
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.dependents import Dependents, dependents
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.loose_steps import loosen
from schemaguard.names import Column, Relation, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.routines import volatility
from schemaguard.schema import ForeignKey, IndexState, SchemaState, Unique, Volatility
from schemaguard.server import Server
from schemaguard.steps import at_once, drop_foreign_key, nothing_depends_on, slug


@dataclass(frozen=True, slots=True)
class DropColumn(Change):
    """The column is gone, with its values and with the indexes and constraints that it is part of."""

    column: Column
    if_exists: bool = False
    cascade: bool = False

    turn: ClassVar[Turn] = Turn.DROP

    @property
    def about(self) -> Column:
        """The column: nobody misses one that the same release has added."""
        return self.column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is gone; with CASCADE also the columns that are generated from it."""
        gone = self._dependents(schema) if self.cascade else Dependents()
        for name in schema.known(self.column.table).computing(self.column.name):
            schema = schema.without_column(Column(self.column.table, name))
        return gone.without(schema).without_column(self.column)

    def _dependents(self, schema: SchemaState) -> Dependents:
        """What cannot be without it; statistics go by themselves, and so do constraints and indexes."""
        table = self.column.table
        computed = (Column(table, name) for name in schema.known(table).computing(self.column.name))
        found = dependents(schema, columns=(self.column, *computed))
        return replace(found, things=frozenset(t for t in found.things if t.kind != "statistics"))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, also on the other end of each foreign key that goes with it, and on views."""
        del server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)
        for key in schema.known(self.column.table).foreign_keys():
            if self.column.name in key.columns:
                yield Lock(key.target, LockMode.ACCESS_EXCLUSIVE)
        for table, _ in schema.keys_to(self.column):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
        if self.cascade:
            yield from self._dependents(schema).locks(schema)

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """New code may leave it out at once; it goes when no code uses it."""
        del intent
        table, state, name = self.column.table, schema.column(self.column), quote(self.column.name)
        if state is None:
            return None
        steps = [] if self.cascade else [nothing_depends_on(table, (self.column.name,))]
        repeats = self._key_of_the_default(schema)
        default = state.default.text if repeats and state.default is not None else ""
        if default or (state.not_null and not state.fills_itself):
            steps.append(loosen(self.column, not_null=state.not_null, default=default))
        keys = self._keys(schema)
        steps.extend(drop_foreign_key(owner, key.name, key.target) for owner, key in keys)
        rest = SchemaState(tables=schema.tables)
        for owner, key in keys:
            rest = rest.without_constraint(owner, key.name)
        words = f"{'IF EXISTS ' if self.if_exists else ''}{name}{' CASCADE' if self.cascade else ''}"
        steps.append(
            at_once(
                slug(table.name, "drop", self.column.name),
                f"drop column {self.column.text}",
                Phase.CONTRACT,
                (f"ALTER TABLE {table} DROP COLUMN {words}",),
                probe=negated(column_exists(self.column)),
                locks=(
                    (c.table, c.mode)
                    for c in sorted(self.costs(rest, server), key=repr)
                    if isinstance(c, Lock)
                ),
                undo=None,
            )
        )
        note = (
            f"{self.column.text}: its default has place in {repeats} once, so it is taken away: rows of code"
            " that leaves the column out have NULL there."
        )
        return Recipe(steps=tuple(steps), notes=(note,) if default else ())

    def obstacle(self, schema: SchemaState) -> str:
        """Why new code cannot leave it out while it is there; "": it can."""
        for name, index in schema.indexes_of(self.column.table):
            if self._same_in(name, index, schema) and (
                not self._is_alone_in(index) or _are_nulls_alike(name, index, schema)
            ):
                return (
                    f"rows that leave {self.column.text} out have the same value there, as the unique index"
                    f" {name.text} sees them"
                )
        return ""

    def _key_of_the_default(self, schema: SchemaState) -> str:
        """The unique index in which its default has place once; "": none."""
        indexes = schema.indexes_of(self.column.table)
        return next((name.text for name, index in indexes if self._same_in(name, index, schema)), "")

    def _same_in(self, name: Relation, index: IndexState, schema: SchemaState) -> bool:
        """Whether the unique index compares rows by it, and takes those that leave it out for alike."""
        state = schema.column(self.column)
        compares = self.column.name in index.columns or (
            # Not INCLUDE.
            self.column.name in index.also and (index.partial or None in index.columns)
        )
        if state is None or not (index.unique and compares) or state.identity or state.generated:
            return False
        if state.default is None:
            return _are_nulls_alike(name, index, schema)
        return volatility(schema, state.default) in (Volatility.CONSTANT, Volatility.STABLE)

    def _is_alone_in(self, index: IndexState) -> bool:
        return {column for column in index.columns if column} | index.also <= {self.column.name}

    def _keys(self, schema: SchemaState) -> list[tuple[Relation, ForeignKey]]:
        """The foreign keys that go with the column."""
        own = [(self.column.table, key) for key in schema.known(self.column.table).foreign_keys()]
        mine = [(table, key) for table, key in own if self.column.name in key.columns]
        if not self.cascade:
            return mine
        return [*mine, *schema.keys_to(self.column)]

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A parent's column goes only there; and without CASCADE not while others need it."""
        table, name = self.column.table, self.column.name
        state = schema.column(self.column)
        if state is None:
            return
        for parent in schema.inherited_from(self.column):
            yield Refusal("42P16", f"{self.column.text} is inherited from {parent.text}")
        if name in (schema.known(table).partitioned_by or ()):
            yield Refusal("42P16", f"{self.column.text} is part of the partition key")
        if self.cascade:
            return
        for words in self._dependents(schema).words():
            yield Refusal("2BP01", f"{words} names {self.column.text}")
        for computed in schema.known(table).computing(name) if min(server.majors) >= 15 else ():
            yield Refusal("2BP01", f"{computed} is generated from {self.column.text}")
        for other, key in schema.keys_to(self.column):
            if other != table:
                yield Refusal("2BP01", f"foreign key {key.name} of {other.text} points to it")

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the column."""
        del server
        missing = schema.knows(self.column.table) and schema.column(self.column) is None
        if not (self.if_exists and missing):
            yield Break(needs=f"column {self.column.text}")


def _are_nulls_alike(name: Relation, index: IndexState, schema: SchemaState) -> bool:
    """Whether the unique index takes NULL only once."""
    keys = (c for c in schema.known(index.table).constraints if isinstance(c, Unique) and c.name == name.name)
    return "NULLS NOT DISTINCT" in index.definition.upper() or any(not key.nulls_distinct for key in keys)

"""DROP TABLE."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.conditions import negated, relation_exists
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.dependents import Dependents, dependents
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.partition_bounds import default_of
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Recipe
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.steps import at_once, drop_foreign_key, slug


@dataclass(frozen=True, slots=True)
class DropTable(Change):
    """The table is gone, with its rows, its indexes, and with CASCADE the foreign keys that point to it."""

    table: Relation
    if_exists: bool = False
    cascade: bool = False
    #: The others that the same statement drops: they may need each other.
    beside: tuple[Relation, ...] = ()
    #: DROP FOREIGN TABLE.
    foreign: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The table is gone, with its partitions, and with CASCADE all that inherits from it."""
        gone = schema.descendants(self.table)
        if self.cascade:
            schema = self._dependents(schema).without(schema)
        for table in gone:
            schema = schema.without_table(table)
        return schema.without_table(self.table)

    def _dependents(self, schema: SchemaState) -> Dependents:
        """What cannot be without it and is neither a foreign key nor its heir."""
        tables = (self.table, *self.beside)
        return dependents(schema, relations=(t for one in tables for t in (one, *schema.descendants(one))))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock, also on both ends of each foreign key that goes with it."""
        del server
        if self._is_missing(schema):
            return
        for table in (self.table, *schema.descendants(self.table)):
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
            for key in schema.known(table).foreign_keys():
                if key.inherited:
                    continue  # The target knows of it by the whole's.
                yield Lock(key.target, LockMode.ACCESS_EXCLUSIVE)
            for other, _ in schema.referencing(table):
                yield Lock(other, LockMode.ACCESS_EXCLUSIVE)
        if self.cascade:
            yield from self._dependents(schema).locks(schema)
        if schema.is_partition(self.table):
            # Queries on the whole must not look for the part.
            for parent in schema.known(self.table).parents:
                yield Lock(parent, LockMode.ACCESS_EXCLUSIVE)
                # What belongs into the default partition is no longer the same.
                if (beside := default_of(schema, parent)) is not None:
                    yield Lock(beside, LockMode.ACCESS_EXCLUSIVE)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Without CASCADE, while foreign keys point to it or tables inherit from it."""
        del server
        if self.cascade:
            return
        for words in self._dependents(schema).words():
            yield Refusal("2BP01", f"{words} needs {self.table.text}")
        for other, key in schema.referencing(self.table):
            if other not in (self.table, *self.beside):
                yield Refusal("2BP01", f"foreign key {key.name} of {other.text} points to {self.table.text}")
        if schema.known(self.table).partitioned_by is None:
            for child in schema.children(self.table):
                if child in self.beside:
                    continue
                yield Refusal("2BP01", f"{child.text} inherits from {self.table.text}")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """When no code uses it: its foreign keys one by one, each with two short locks, then the table."""
        del intent
        if self._is_missing(schema):
            return None
        own = [(self.table, key) for key in schema.known(self.table).foreign_keys() if not key.inherited]
        others = [(table, key) for table, key in schema.referencing(self.table) if table != self.table]
        keys = [*own, *(others if self.cascade else [])]
        words = f"{'IF EXISTS ' if self.if_exists else ''}{self.table}{' CASCADE' if self.cascade else ''}"
        rest = schema
        for table, key in keys:
            rest = rest.without_constraint(table, key.name)
        drop = at_once(
            slug(self.table.name, "drop-table"),
            f"drop table {self.table.text}",
            Phase.CONTRACT,
            (f"DROP {'FOREIGN ' if self.foreign else ''}TABLE {words}",),
            probe=negated(relation_exists(self.table)),
            locks=(
                (cost.table, cost.mode)
                for cost in sorted(self.costs(rest, server), key=repr)
                if isinstance(cost, Lock)
            ),
            undo=None,
        )
        return Recipe(steps=(*(drop_foreign_key(table, key.name, key.target) for table, key in keys), drop))

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the table."""
        del server
        if not self._is_missing(schema):
            yield Break(needs=f"table {self.table.text}")

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and schema.table(self.table) is None

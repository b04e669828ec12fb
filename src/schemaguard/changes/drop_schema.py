"""DROP SCHEMA."""

from collections.abc import Iterator

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.namespaces import contents, schema_thing, tables_in, views_over, without_schema
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropSchema(Change):
    """The schema is gone, and with CASCADE all that is in it and whatever depends on that."""

    name: str
    if_exists: bool = False
    cascade: bool = False

    @property
    def about(self) -> Thing:
        """The schema."""
        return schema_thing(self.name)

    def apply(self, schema: SchemaState) -> SchemaState:
        """Nothing of it is left."""
        return without_schema(schema, self.name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock on each table in it, and on both ends of each foreign key that goes with it."""
        del server
        gone = tables_in(schema, self.name)
        for table in gone:
            yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
            for key in schema.known(table).foreign_keys():
                yield Lock(key.target, LockMode.ACCESS_EXCLUSIVE)
            for parent in schema.known(table).parents:
                if schema.known(parent).partitioned_by is not None:
                    yield Lock(parent, LockMode.ACCESS_EXCLUSIVE)
            for other, _ in schema.referencing(table):
                yield Lock(other, LockMode.ACCESS_EXCLUSIVE)
        for view in self._views(schema, gone):
            yield Lock(view, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses anything in it."""
        del server
        if self._is_missing(schema):
            return
        inside = contents(schema, self.name)
        for what in inside:
            yield Break(needs=what)
        if self.cascade and not schema.complete:
            # Without CASCADE a schema that is gone was empty.
            yield Break(needs=f"whatever else is in schema {self.name}", certain=False)

    def losses(self, schema: SchemaState) -> Iterator[Loss]:
        """The rows of its tables."""
        for table in tables_in(schema, self.name):
            yield Loss(f"the rows of {table.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of one that is not empty, without CASCADE."""
        del server
        inside = contents(schema, self.name)
        if inside and not self.cascade:
            yield Refusal("2BP01", f"there is {inside[0]} in schema {self.name}")
        if schema.complete and not self.if_exists and not self._is_there(schema):
            yield Refusal("3F000", f"there is no schema {self.name}")

    def _is_there(self, schema: SchemaState) -> bool:
        # Tables may be known whose schema was made before all that we know.
        return self.name == "public" or self.about in schema.things or bool(contents(schema, self.name))

    def _is_missing(self, schema: SchemaState) -> bool:
        return self.if_exists and schema.complete and not self._is_there(schema)

    def _views(self, schema: SchemaState, gone: list[Relation]) -> list[Relation]:
        return [name for name in views_over(schema, self.name, gone) if schema.views[name].materialized]

"""CREATE PUBLICATION, and ALTER PUBLICATION ADD, SET and DROP."""

from collections.abc import Iterator
from dataclasses import replace
from enum import Enum

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_thing import DropThing
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.reach import is_partitioned, missing, too_old, with_all_below
from schemaguard.schema import Persistence, SchemaState, Thing
from schemaguard.server import Server


class Publishing(Enum):
    """What is done with the publication."""

    CREATE = "create"
    ADD = "add"
    SET = "set"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A table as a publication names it."""

    table: Relation
    only: bool = False
    #: (): all.
    columns: tuple[str, ...] = ()
    filtered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishTables(Change):
    """Changes of the rows of more, of other, or of fewer tables are sent to subscribers."""

    verb: Publishing
    name: str
    tables: tuple[Published, ...] = ()
    #: All tables of these schemas; "" stands for the current one.
    schemas: tuple[str, ...] = ()
    all_tables: bool = False
    #: Whether UPDATE and DELETE are sent.
    changes_rows: bool = True
    #: The first major that knows the statement as it is written.
    since: int = 14

    @property
    def publication(self) -> Thing:
        """The publication. It is not what the change is about: that is the tables."""
        return Thing("publication", self.name)

    def makes(self, before: SchemaState) -> Thing | None:
        """The publication, if this creates it."""
        del before
        return self.publication if self.verb is Publishing.CREATE else None

    def apply(self, schema: SchemaState) -> SchemaState:
        """The publication is there; what it publishes is not kept."""
        if self.verb is not Publishing.CREATE:
            return schema
        return replace(schema, things=schema.things | {self.publication})

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A lock for a moment on tables that are named, and on those that inherit. It lets writes through."""
        del server
        for published in self.tables:
            table = published.table
            # Of a partitioned table only itself is locked.
            alone = published.only or is_partitioned(schema, table)
            for one in [table] if alone else with_all_below(schema, table):
                yield Lock(one, LockMode.SHARE_UPDATE_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that changes rows of a table where nothing tells subscribers which row it was."""
        del server
        if self.verb is Publishing.DROP or not self.changes_rows:
            return
        for table in self.newly_published(schema):
            # REPLICA IDENTITY FULL or USING INDEX would do as well.
            if schema.known(table).primary_key is None:
                yield Break(needs=f"UPDATE and DELETE of {table.text}", certain=False)

    def newly_published(self, schema: SchemaState) -> list[Relation]:
        """The tables that are sent from now on, as far as they are known."""
        found = [published.table for published in self.tables]
        found += [
            table
            for table in sorted(schema.tables)
            if table not in found
            and (self.all_tables or table.schema in self.schemas)
            and not is_partitioned(schema, table)
        ]
        return found

    def _kept_here(self, schema: SchemaState) -> Iterator[Refusal]:
        """Rows that are not in the log cannot be sent."""
        for published in self.tables if self.verb is not Publishing.DROP else ():
            state = schema.table(published.table)
            if state is not None and state.persistence is not Persistence.PERMANENT:
                yield Refusal("22023", f"{published.table.text} is {state.persistence.value}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Of a name that is taken, of tables that are not there, and of what old servers do not know."""
        yield from self._kept_here(schema)
        yield from too_old(server, self.since, "this form of publication")
        for published in self.tables:
            yield from missing(schema, published.table, a_table=True)
        if self.verb is Publishing.CREATE and self.publication in schema.things:
            yield Refusal("42710", f"there is a publication {self.name} already")
        if self.verb is not Publishing.CREATE and schema.complete and self.publication not in schema.things:
            yield Refusal("42704", f"there is no publication {self.name}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """DROP PUBLICATION; what an old one published is not known."""
        if self.verb is not Publishing.CREATE:
            return None
        return () if self.publication in before.things else (DropThing(thing=self.publication),)

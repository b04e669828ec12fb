"""DROP FUNCTION, DROP PROCEDURE and DROP ROUTINE."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.drop_view import DropView
from schemaguard.costs import Cost, Lock
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.routines import Arguments, dependents, found, refused, without_routine
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class DropFunction(Change):
    """The function is gone; with CASCADE also the triggers, defaults, constraints and views that call it."""

    function: Relation
    kind: str = "function"
    arguments: Arguments | None = None
    if_exists: bool = False
    cascade: bool = False

    @property
    def about(self) -> Thing:
        """The function."""
        return Thing("function", self.function.text)

    def apply(self, schema: SchemaState) -> SchemaState:
        """The function is gone."""
        for routine, _ in found(schema, self.function, self.arguments, self.kind):
            gone = dependents(schema, routine)
            if self.cascade:
                for table, trigger in gone.triggers:
                    dropped = DropTrigger(table=table, name=trigger, if_exists=True, cascade=True)
                    schema = dropped.apply(schema)
                for column in gone.defaults:
                    state = schema.known(column.table)
                    kept = state.column(column.name)
                    if kept is not None:
                        schema = schema.with_table(
                            column.table, state.with_column(replace(kept, default=None))
                        )
                for column in gone.generated:
                    schema = schema.without_column(column)
                for table, check in gone.checks:
                    schema = schema.without_constraint(table, check)
                for view in gone.views:
                    schema = DropView(view=view, cascade=True).apply(schema)
            schema = without_routine(schema, routine)
        return schema

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """None; with CASCADE a short lock on each table and view that loses something."""
        del server
        for routine, _ in found(schema, self.function, self.arguments, self.kind) if self.cascade else ():
            gone = dependents(schema, routine)
            over = [view for one in gone.views for view in (one, *schema.views_over(one))]
            for relation in sorted({*gone.tables, *over}):
                yield Lock(relation, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that calls it, and with CASCADE code that counts on what goes with it."""
        del server
        there = found(schema, self.function, self.arguments, self.kind)
        if self.if_exists and schema.complete and not there:
            return
        yield Break(needs=f"{self.kind} {self.function.text}")
        for routine, _ in there if self.cascade else ():
            for words in dependents(schema, routine).words():
                yield Break(needs=words, certain=False)
        if self.cascade:
            yield Break(needs=f"what depends on {self.kind} {self.function.text}", certain=False)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Where there is none such, or while something calls it that cannot do without."""
        del server
        if not self.if_exists:
            yield from refused(schema, self.function, self.arguments, self.kind)
        there = found(schema, self.function, self.arguments, self.kind)
        if self.if_exists and len(there) > 1:
            yield from refused(schema, self.function, self.arguments, self.kind)
        for routine, _ in there if not self.cascade else ():
            for words in dependents(schema, routine).words():
                yield Refusal("2BP01", f"{words} calls it")

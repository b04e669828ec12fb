"""ALTER COLUMN ... SET EXPRESSION and DROP EXPRESSION."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock, Rewrite, Scan
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Column
from schemaguard.schema import ColumnState, Expression, Generated, SchemaState
from schemaguard.server import Server


@dataclass(frozen=True, slots=True, kw_only=True)
class SetExpression(Change):
    """The generated column is computed in another way, or no longer."""

    column: Column
    #: None: DROP EXPRESSION.
    expression: Expression | None
    if_exists: bool = False

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column is so from now on."""
        state = schema.known(self.column.table)
        column = state.column(self.column.name) or ColumnState(name=self.column.name)
        if column.generated is None and state.complete:
            return schema
        generated = column.generated if self.expression is not None else None
        changed = replace(column, default=self.expression, generated=generated)
        return schema.with_table(self.column.table, state.with_column(changed))

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """Stored values are computed anew, row by row; virtual ones are kept nowhere."""
        del server
        table = self.column.table
        yield Lock(table, LockMode.ACCESS_EXCLUSIVE)
        column = schema.column(self.column)
        if self.expression is None or (column is not None and column.generated is None):
            return
        if column is None:
            yield Rewrite(table, LockMode.ACCESS_EXCLUSIVE, f"{self.column.text} is VIRTUAL")
        elif column.generated is Generated.STORED:
            yield Rewrite(table, LockMode.ACCESS_EXCLUSIVE)
        elif column.not_null or any(
            self.column.name in check.expression.columns for check in schema.known(table).checks()
        ):
            yield Scan(table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that counts on its values."""
        del schema, server
        what = "as it was computed" if self.expression is not None else "computed by the server"
        yield Break(needs=f"column {self.column.text} {what}", certain=self.expression is None)

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """Only of generated columns; SET from 17 on."""
        column = schema.column(self.column)
        if self.expression is not None and min(server.majors) < 17:
            yield Refusal("42601", "before 17 there is no SET EXPRESSION")
        table = self.column.table
        if self.expression is None and schema.inherited_from(self.column):
            yield Refusal("42P16", f"{self.column.text} is inherited")
        elif self.expression is None and schema.children(table) and not schema.known(table).partitioned_by:
            yield Refusal("0A000", f"{table.text} has heirs, which keep the expression")
        if column is None:
            return
        if column.generated is None and not self.if_exists:
            yield Refusal("55000", f"{self.column.text} is not generated")
        elif column.generated is Generated.VIRTUAL and self.expression is None:
            yield Refusal("0A000", f"{self.column.text} is VIRTUAL, and has no values to keep")

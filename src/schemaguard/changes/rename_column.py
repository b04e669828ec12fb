"""ALTER TABLE ... RENAME COLUMN."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Expression,
    ForeignKey,
    IndexState,
    SchemaState,
    TableState,
    Unique,
)
from schemaguard.server import Server


@dataclass(frozen=True, slots=True)
class RenameColumn(Change):
    """The column has another name; what PostgreSQL knows to use it follows."""

    column: Column
    new_name: str

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column under its new name, also in constraints, indexes and foreign keys that point to it."""
        renamed = _Renamed(self.column, self.new_name)
        table = schema.known(self.column.table)
        if table.column(self.column.name) is None:
            table = table.with_column(ColumnState(name=self.column.name))
        tables = {**schema.tables, self.column.table: table}
        return replace(
            schema,
            tables={name: renamed.table(name, state) for name, state in tables.items()},
            indexes={name: renamed.index(index) for name, index in schema.indexes.items()},
        )

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the old name."""
        del schema, server
        yield Break(needs=f"column {self.column.text}")

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameColumn(Column(self.column.table, self.new_name), self.column.name),)


@dataclass(frozen=True, slots=True)
class _Renamed:
    """Puts the new name of a column wherever the old one is."""

    old: Column
    new: str

    def table(self, name: Relation, state: TableState) -> TableState:
        own = name == self.old.table
        return replace(
            state,
            columns=tuple(self.column(column) for column in state.columns) if own else state.columns,
            constraints=tuple(self.constraint(constraint, own=own) for constraint in state.constraints),
        )

    def column(self, column: ColumnState) -> ColumnState:
        default = self.expression(column.default) if column.default else None
        return replace(column, name=self.word(column.name), default=default)

    def constraint(self, constraint: Constraint, *, own: bool) -> Constraint:
        match constraint:
            case Check():
                return (
                    replace(constraint, expression=self.expression(constraint.expression))
                    if own
                    else constraint
                )
            case ForeignKey():
                points_here = constraint.target == self.old.table
                return replace(
                    constraint,
                    columns=self.words(constraint.columns) if own else constraint.columns,
                    target_columns=(
                        self.words(constraint.target_columns) if points_here else constraint.target_columns
                    ),
                )
            case Unique():
                return replace(constraint, columns=self.words(constraint.columns)) if own else constraint

    def index(self, index: IndexState) -> IndexState:
        if index.table != self.old.table:
            return index
        columns = tuple(None if name is None else self.word(name) for name in index.columns)
        return replace(index, columns=columns, also=frozenset(map(self.word, index.also)))

    def expression(self, expression: Expression) -> Expression:
        return replace(
            expression,
            columns=frozenset(map(self.word, expression.columns)),
            proves_present=frozenset(map(self.word, expression.proves_present)),
        )

    def words(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.word, names))

    def word(self, name: str) -> str:
        return self.new if name == self.old.name else name

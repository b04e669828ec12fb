"""ALTER TABLE ... RENAME COLUMN."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.breaks import Break
from schemaguard.changes.base import Change
from schemaguard.costs import Cost, Lock
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.likeness import copy_is_whole, make_alike
from schemaguard.locks import LockMode
from schemaguard.names import Column, Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.recipe import Intent, Pair, Recipe
from schemaguard.schema import (
    Check,
    ColumnState,
    Constraint,
    Exclude,
    Expression,
    ForeignKey,
    IndexState,
    SchemaState,
    TableState,
    Unique,
    constrained_columns,
    named_not_null,
)
from schemaguard.server import Server
from schemaguard.steps import create_index, drop_constraint, own_name, set_not_null
from schemaguard.uses import using

_NOTE = "{0} becomes the last column of its table, instead of staying in its place."


@dataclass(frozen=True, slots=True)
class RenameColumn(Change):
    """The column has another name; what PostgreSQL knows to use it follows."""

    column: Column
    new_name: str

    @property
    def about(self) -> Column:
        """The column: nobody misses one that the same release has added."""
        return self.column

    def apply(self, schema: SchemaState) -> SchemaState:
        """The column under its new name, also in constraints, indexes and foreign keys that point to it."""
        renamed = _Renamed(self.column, self.new_name)
        if (own := schema.views.get(self.column.table)) is not None:
            named = tuple(self.new_name if name == self.column.name else name for name in own.columns)
            views = {**schema.views, self.column.table: replace(own, columns=named)}
            return using(replace(schema, views=views), renamed.used)
        table = schema.known(self.column.table)
        column = table.column(self.column.name) or ColumnState(name=self.column.name)
        table = table.with_column(named_not_null(self.column.table, column))
        tables = {**schema.tables, self.column.table: table}
        followed = replace(
            schema,
            tables={name: renamed.table(name, state) for name, state in tables.items()},
            indexes={name: renamed.index(index) for name, index in schema.indexes.items()},
        )
        return using(followed, renamed.used)

    def makes(self, before: SchemaState) -> Column:
        """The column that is called so."""
        del before
        return Column(self.column.table, self.new_name)

    def costs(self, schema: SchemaState, server: Server) -> Iterator[Cost]:
        """A short lock."""
        del schema, server
        yield Lock(self.column.table, LockMode.ACCESS_EXCLUSIVE)

    def breaks(self, schema: SchemaState, server: Server) -> Iterator[Break]:
        """Code that uses the old name."""
        del schema, server
        yield Break(needs=f"column {self.column.text}")

    def refusals(self, schema: SchemaState, server: Server) -> Iterator[Refusal]:
        """A parent's column is renamed only there."""
        del server
        for parent in schema.inherited_from(self.column):
            yield Refusal("42P16", f"{self.column.text} is inherited from {parent.text}")

    def recipe(self, schema: SchemaState, server: Server, intent: Intent) -> Recipe | None:
        """A second column, kept in step with the first until no running code knows that one."""
        del server, intent
        table, old = self.column.table, schema.column(self.column)
        if old is None or old.type is None or self.obstacle(schema):
            return None
        new, steps, ahead, finish = Column(table, self.new_name), [], [], []
        uniques = [c for c in self._constraints(schema) if isinstance(c, Unique)]
        steps.append(
            copy_is_whole(self.column, {c.name: f"UNIQUE ({quote_all(c.columns)})" for c in uniques})
        )
        for unique in uniques:
            columns = quote_all(self.new_name if c == self.column.name else c for c in unique.columns)
            index = table.sibling(own_name(unique.name, self.new_name, "new"))
            statement = f"CREATE UNIQUE INDEX CONCURRENTLY {quote(index.name)} ON {table} ({columns})"
            steps.append(create_index(index, table, statement, Phase.BACKFILL, gone=self.column))
            using = f"UNIQUE USING INDEX {quote(index.name)}"
            # DROP COLUMN would take it along without a word.
            if len(unique.columns) > 1:
                ahead.append(drop_constraint(table, unique.name))
            finish.append(f"ALTER TABLE {table} ADD CONSTRAINT {quote(unique.name)} {using}")
        if old.not_null:
            steps.extend(set_not_null(new, str(old.type)))
        if old.default is not None:
            column = quote(self.new_name)
            finish.append(f"ALTER TABLE {table} ALTER COLUMN {column} SET DEFAULT {old.default.text}")
        pair = Pair(
            table=table,
            old=(self.column.name,),
            new={self.new_name: str(old.type)},
            up={self.new_name: quote(self.column.name)},
            down={self.column.name: quote(self.new_name)},
            begin=(make_alike(self.column, new),),
            ahead=tuple(ahead),
            finish=tuple(finish),
        )
        return Recipe(steps=tuple(steps), pairs=(pair,), notes=(_NOTE.format(self.new_name),))

    def obstacle(self, schema: SchemaState) -> str:
        """What hangs on the column and cannot be made anew on another one; empty: nothing."""
        table, column = self.column.table, schema.column(self.column)
        if column is None or column.type is None:
            return "its type is not known"
        if schema.column(Column(table, self.new_name)) is not None:
            return f"there is a column {self.new_name} already"
        if (
            column.identity
            or column.generated
            or (column.default and "nextval" in column.default.text.lower())
        ):
            return "its values come from a sequence or an expression of its own"
        partitioned = schema.known(table).partitioned_by is not None
        if schema.children(table) and not partitioned:
            return f"tables inherit from {table.text}, which our triggers do not see"
        if partitioned and any(index.uses(self.column.name) for _, index in schema.indexes_of(table)):
            return "an index of the partitioned table is over it"
        for constraint in self._constraints(schema):
            if isinstance(constraint, Unique) and _is_special(constraint):
                return f"{constraint.name} is more than a plain UNIQUE"
            if isinstance(constraint, ForeignKey) or (isinstance(constraint, Unique) and constraint.primary):
                return f"it is part of the key {constraint.name}"
        for other, key in schema.referencing(table):
            if self.column.name in key.target_columns:
                return f"foreign key {key.name} of {other.text} points to it"
        for other_column in schema.known(table).columns:
            computed = other_column.default if other_column.generated else None
            if computed and self.column.name in computed.columns:
                return f"{other_column.name} is generated from it"
        return ""

    def _constraints(self, schema: SchemaState) -> Iterator[Constraint]:
        for constraint in schema.known(self.column.table).constraints:
            if self.column.name in constrained_columns(constraint):
                yield constraint

    def undo(self, before: SchemaState) -> tuple[Change, ...] | None:
        """The old name again."""
        del before
        return (RenameColumn(Column(self.column.table, self.new_name), self.column.name),)


def _is_special(unique: Unique) -> bool:
    plain = unique.nulls_distinct and not (unique.deferrable or unique.included or unique.without_overlaps)
    return not plain


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
            needed=(
                frozenset((self.word(column), what) for column, what in state.needed) if own else state.needed
            ),
            partitioned_by=(
                frozenset(map(self.word, state.partitioned_by))
                if own and state.partitioned_by is not None
                else state.partitioned_by
            ),
        )

    def used(self, column: Column) -> Column:
        return Column(column.table, self.new) if column == self.old else column

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
            case Unique(columns=columns, included=included) if own:
                return replace(constraint, columns=self.words(columns), included=self.words(included))
            case Exclude(columns=columns) if own:
                return replace(constraint, columns=self.words(columns))
            case Unique() | Exclude():
                return constraint

    def index(self, index: IndexState) -> IndexState:
        if index.table != self.old.table:
            return index
        columns = tuple(None if name is None else self.word(name) for name in index.columns)
        also = frozenset(map(self.word, index.also))
        # Its text speaks of the old name.
        definition = "" if index.uses(self.old.name) else index.definition
        return replace(index, columns=columns, also=also, definition=definition)

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

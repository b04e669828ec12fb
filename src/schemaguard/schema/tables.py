"""A table as it is, of columns and constraints."""

from collections.abc import Iterator
from dataclasses import field, replace
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema.columns import ColumnState
from schemaguard.schema.constraints import Check, Constraint, ForeignKey, Unique


class Persistence(Enum):
    """How long a table's rows last."""

    PERMANENT = "permanent"
    #: Until the server crashes; replicas do not have them.
    UNLOGGED = "unlogged"
    #: Until the session ends; no other session sees them. Such a table is in schema ``pg_temp``.
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class TableState:
    """A table. ``complete`` False: it is there, but we have not seen it made."""

    columns: tuple[ColumnState, ...] = ()
    constraints: tuple[Constraint, ...] = ()
    #: Names of its triggers.
    triggers: frozenset[str] = frozenset()
    #: The triggers whose functions are known, each with its function, and with those that its WHEN calls.
    calls: frozenset[tuple[str, Relation]] = field(default=frozenset(), compare=False)
    #: Columns with the triggers of the table that name them.
    needed: frozenset[tuple[str, str]] = field(default=frozenset(), compare=False)
    persistence: Persistence = Persistence.PERMANENT
    #: The columns that its partition key names or computes with; None: it is not partitioned.
    partitioned_by: frozenset[str] | None = None
    #: Whether its rows are on another server.
    foreign: bool = False
    #: The server, where it is known.
    server: str = field(default="", compare=False)
    #: ``range``, ``list`` or ``hash``, where it is partitioned.
    strategy: str = field(default="", compare=False)
    #: Whether its partition key has an expression.
    computed_key: bool = field(default=False, compare=False)
    #: The functions that its partition key calls.
    key_calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    #: Its parents: the table that it is a partition of, or those that it inherits from.
    parents: tuple[Relation, ...] = ()
    #: The composite type that it is OF.
    of_type: Relation | None = None
    #: FOR VALUES ... or DEFAULT, where it is a partition; "": it is none.
    bound: str = field(default="", compare=False)
    #: What COMMENT ON says of it; "": nothing.
    comment: str = field(default="", compare=False)
    complete: bool = field(default=True, compare=False)

    def computing(self, column: str) -> list[str]:
        """The columns that are generated from the column."""
        return [c.name for c in self.columns if c.generated and c.default and column in c.default.columns]

    def needing(self, column: str) -> list[str]:
        """The triggers that name the column."""
        return sorted(trigger for name, trigger in self.needed if name == column)

    def column(self, name: str) -> ColumnState | None:
        """The column of that name, if it is known."""
        return next((column for column in self.columns if column.name == name), None)

    def constraint(self, name: str) -> Constraint | None:
        """The constraint of that name, if it is known."""
        return next((constraint for constraint in self.constraints if constraint.name == name), None)

    @property
    def primary_key(self) -> Unique | None:
        """The primary key, if there is one and it is known."""
        return next((c for c in self.constraints if isinstance(c, Unique) and c.primary), None)

    def checks(self) -> Iterator[Check]:
        """The CHECK constraints."""
        return (c for c in self.constraints if isinstance(c, Check))

    def foreign_keys(self) -> Iterator[ForeignKey]:
        """The FOREIGN KEY constraints."""
        return (c for c in self.constraints if isinstance(c, ForeignKey))

    def with_column(self, column: ColumnState) -> "TableState":
        """The same table with the column added at the end, or in place of its namesake."""
        if self.column(column.name) is None:
            return replace(self, columns=(*self.columns, column))
        return replace(self, columns=tuple(column if c.name == column.name else c for c in self.columns))

    def with_constraint(self, constraint: Constraint) -> "TableState":
        """The same table with the constraint added, or in place of its namesake. Order does not count."""
        others = [c for c in self.constraints if c.name != constraint.name]
        return replace(self, constraints=tuple(sorted([*others, constraint], key=lambda c: c.name)))

    def fitted(self, name: str, constraint: Constraint) -> Constraint:
        """The constraint of a table of that name: in a CHECK the name is the whole row, and no column."""
        if not isinstance(constraint, Check) or not self.complete or self.column(name) is not None:
            return constraint
        expression = constraint.expression
        columns, proved = expression.columns - {name}, expression.proves_present - {name}
        return replace(constraint, expression=replace(expression, columns=columns, proves_present=proved))

    def without_trigger(self, name: str) -> "TableState":
        """The same table without the trigger."""
        return replace(
            self,
            triggers=self.triggers - {name},
            calls=frozenset(pair for pair in self.calls if pair[0] != name),
            needed=frozenset(pair for pair in self.needed if pair[1] != name),
        )

    def without_constraint(self, name: str) -> "TableState":
        """The same table without the constraint of that name."""
        return replace(self, constraints=tuple(c for c in self.constraints if c.name != name))

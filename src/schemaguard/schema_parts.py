"""What a schema is made of: tables with their columns and constraints, indexes, views, sequences, types."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import Enum

from schemaguard.column_types import Type
from schemaguard.names import Column, Relation


class Volatility(Enum):
    """What is known of an expression's value over time."""

    #: The same for ever: a literal, an immutable function of literals.
    CONSTANT = "constant"
    #: The same within a statement: ``now()``.
    STABLE = "stable"
    VOLATILE = "volatile"
    #: A function that we do not know.
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """An SQL expression: the author's text, and what is known of it."""

    text: str = field(compare=False)
    #: The columns of the row that it refers to.
    columns: frozenset[str] = frozenset()
    #: The columns which are not null wherever it, as a valid CHECK, holds.
    proves_present: frozenset[str] = frozenset()
    #: Taken by itself; UNKNOWN where it calls functions that do not come with PostgreSQL.
    volatility: Volatility = field(default=Volatility.UNKNOWN, compare=False)
    #: These functions, of which a schema may know more, and how volatile it is but for them.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    rest: Volatility = field(default=Volatility.UNKNOWN, compare=False)


class Generated(Enum):
    """How a generated column gets its value."""

    STORED = "stored"
    VIRTUAL = "virtual"


class Identity(Enum):
    """How an identity column gets its value."""

    ALWAYS = "always"
    BY_DEFAULT = "by default"


class Persistence(Enum):
    """How long a table's rows last."""

    PERMANENT = "permanent"
    #: Until the server crashes; replicas do not have them.
    UNLOGGED = "unlogged"
    #: Until the session ends; no other session sees them. Such a table is in schema ``pg_temp``.
    TEMPORARY = "temporary"


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull:
    """How a column is NOT NULL: from 18 on there is a constraint which says so."""

    #: "": the name that PostgreSQL chooses.
    name: str = field(default="", compare=False)
    #: False: rows that were there before it may hold NULL.
    valid: bool = True
    #: NO INHERIT: children do not have it.
    own: bool = field(default=False, compare=False)
    #: Whether a parent has it, too.
    inherited: bool = field(default=False, compare=False)
    #: False: it is there because a parent has it, and for no other reason.
    local: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnState:
    """A column as it is. ``type`` None: unknown, which only an incomplete table has."""

    name: str
    type: Type | None = None
    not_null: bool = False
    not_null_as: NotNull = NotNull()
    default: Expression | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    #: False: it is there because a parent has it, and for no other reason.
    local: bool = True

    @property
    def holds_no_null(self) -> bool:
        """Whether it is NOT NULL, and has been proved to be so of all rows."""
        return self.not_null and self.not_null_as.valid

    @property
    def fills_itself(self) -> bool:
        """Whether an INSERT that omits the column gives it a value other than NULL."""
        return self.default is not None or self.generated is not None or self.identity is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """A CHECK constraint. ``name`` "": PostgreSQL chooses."""

    name: str
    expression: Expression
    valid: bool = True
    #: False: NOT ENFORCED (18): it is written down and never checked.
    enforced: bool = True
    #: The column it was written at; None: the table's.
    at_column: str | None = field(default=None, compare=False)
    #: NO INHERIT: children do not have it.
    own: bool = False
    #: Whether a parent has it, too.
    inherited: bool = False
    #: False: it is there because a parent has it, and for no other reason.
    local: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeignKey:
    """A FOREIGN KEY constraint. ``target_columns`` (): the primary key."""

    name: str
    columns: tuple[str, ...]
    target: Relation
    target_columns: tuple[str, ...] = ()
    valid: bool = True
    #: False: NOT ENFORCED (18): it is written down and never checked.
    enforced: bool = True
    deferrable: bool = False
    #: PERIOD of the last column (18): rows of the target have to cover it.
    period: bool = False
    #: INITIALLY DEFERRED: rows are looked at before COMMIT, unless SET CONSTRAINTS says otherwise.
    deferred: bool = False
    #: MATCH, ON DELETE and ON UPDATE as written.
    actions: str = field(default="", compare=False)
    #: What becomes of rows that point to a deleted one: ``CASCADE``; "": that is not said, or not known.
    on_delete: str = field(default="", compare=False)
    #: Whether it is a partition's part of its parent's.
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """A UNIQUE or PRIMARY KEY constraint; its index has the same name."""

    name: str
    columns: tuple[str, ...]
    primary: bool = False
    #: Its duplicates are looked for at the end of the statement, or of the transaction if it is deferred.
    deferrable: bool = False
    deferred: bool = False
    #: WITHOUT OVERLAPS of the last column (18): the values of the others must differ only where it overlaps.
    without_overlaps: bool = False
    #: False: NULLS NOT DISTINCT (15).
    nulls_distinct: bool = True
    #: The columns that its index has as well.
    included: tuple[str, ...] = ()
    #: Whether it is a partition's part of its parent's.
    inherited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexState:
    """An index. A column is its name, or None for an expression."""

    table: Relation
    columns: tuple[str | None, ...]
    #: The access method.
    method: str = "btree"
    unique: bool = False
    valid: bool = True
    #: The columns that expressions, INCLUDE and WHERE refer to.
    also: frozenset[str] = frozenset()
    partial: bool = False
    #: The index of a partitioned table that it is a part of.
    part_of: Relation | None = None
    #: The functions that its expressions and its WHERE call.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    #: What the name of one like it is made of, where PostgreSQL chooses; (): its columns.
    labels: tuple[str, ...] = field(default=(), compare=False)
    #: The statement that makes it, "" where that is not known.
    definition: str = field(default="", compare=False)

    def uses(self, column: str) -> bool:
        """Whether the index goes away with the column."""
        return column in self.columns or column in self.also


@dataclass(frozen=True, slots=True, kw_only=True)
class Exclude:
    """An EXCLUDE constraint: no two rows are such that all its operators say true. Its index has its name."""

    name: str
    #: Those that it compares, where it compares no expression.
    columns: tuple[str, ...]
    deferrable: bool = False
    deferred: bool = False
    #: Whether it is a partition's part of its parent's.
    inherited: bool = False
    #: What its index is like, where it is to be built.
    index: IndexState | None = field(default=None, compare=False)


Constraint = Check | ForeignKey | Unique | Exclude


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
    #: ``range``, ``list`` or ``hash``, where it is partitioned.
    strategy: str = field(default="", compare=False)
    #: Its parents: the table that it is a partition of, or those that it inherits from.
    parents: tuple[Relation, ...] = ()
    #: The composite type that it is OF.
    of_type: Relation | None = None
    #: FOR VALUES ... or DEFAULT, where it is a partition; "": it is none.
    bound: str = field(default="", compare=False)
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

    def without_constraint(self, name: str) -> "TableState":
        """The same table without the constraint of that name."""
        return replace(self, constraints=tuple(c for c in self.constraints if c.name != name))


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """A view or materialized view."""

    materialized: bool = False
    #: The columns of other relations that its query uses; a relation's whole row is column "".
    uses: frozenset[Column] = field(default=frozenset(), compare=False)
    #: Names of its own columns; (): not known.
    columns: tuple[str, ...] = field(default=(), compare=False)
    #: The functions that its query calls.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)

    @property
    def reads(self) -> frozenset[Relation]:
        """The relations that its query reads."""
        return frozenset(column.table for column in self.uses)


@dataclass(frozen=True, slots=True, order=True)
class Routine:
    """A function or procedure, by which it can be told from all others."""

    schema: str
    name: str
    #: The types of its arguments but those of OUT, as ``format_type`` spells them.
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutineState:
    """A function or procedure as it is."""

    #: ``function`` or ``procedure``.
    kind: str = "function"
    #: As declared.
    volatility: Volatility = Volatility.VOLATILE
    #: STRICT.
    strict: bool = False
    #: SECURITY DEFINER.
    definer: bool = False
    #: The settings that it is run with.
    settings: frozenset[str] = frozenset()
    #: The type of its value; "": not known.
    returns: str = field(default="", compare=False)
    #: The types of all its arguments, where those of OUT make a difference.
    whole: tuple[str, ...] = field(default=(), compare=False)
    #: The columns that a body uses which is SQL itself (BEGIN ATOMIC, RETURN), and the functions it calls.
    uses: frozenset[Column] = field(default=frozenset(), compare=False)
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)
    #: What its body comes to, if that is one expression in SQL.
    body: Expression | None = field(default=None, compare=False)
    #: Whether the body is put in the place of a call whatever the arguments are.
    plain: bool = field(default=False, compare=False)

    @property
    def inlined(self) -> Expression | None:
        """What the server puts in the place of a call; None: it calls the function."""
        return None if self.definer or self.settings else self.body

    @property
    def surely_inlined(self) -> bool:
        """Whether it does so whatever the arguments are."""
        return self.inlined is not None and self.plain


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceState:
    """A sequence."""

    #: The column with which it goes.
    owned_by: Column | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumState:
    """An enum type: its values in their order."""

    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DomainState:
    """A domain: another type with constraints."""

    base: Type
    not_null: bool = False
    #: What 17 and later call the constraint that says so; "": the name that they choose.
    not_null_name: str = field(default="", compare=False)
    default: Expression | None = None
    #: Their columns are empty: a domain's constraint speaks of VALUE.
    checks: tuple[Check, ...] = ()

    @property
    def constrained(self) -> bool:
        """Whether a value of the base type may be refused."""
        return self.not_null or bool(self.checks)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeState:
    """A composite type: its attributes in their order."""

    attributes: tuple[tuple[str, Type], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherType:
    """A type of another kind: ``range``, ``multirange``, ``base`` or ``shell``."""

    kind: str
    #: What a range is a range of, and a multirange a set of.
    over: Type | None = None


TypeState = EnumState | DomainState | CompositeState | OtherType


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Any other object, of which only its being there is known: an extension, policy, publication..."""

    #: The words after CREATE, in lower case: ``extension``, ``text search configuration``.
    kind: str
    #: As people write it, with the schema if it lives in one: ``public.my_stats``; ``pgcrypto``.
    name: str
    #: The table it belongs to, if it belongs to one: policies, rules, statistics.
    table: Relation | None = None
    #: The columns that it uses, as those of a view.
    uses: frozenset[Column] = field(default=frozenset(), compare=False, repr=False)
    #: The functions that it calls.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False, repr=False)

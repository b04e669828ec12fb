"""Constraints as they are, and the indexes that some of them have."""

from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema.expressions import Expression


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


def constrained_columns(constraint: Constraint) -> frozenset[str]:
    """The columns that the constraint is about."""
    if isinstance(constraint, Check):
        return constraint.expression.columns
    return frozenset(constraint.columns)

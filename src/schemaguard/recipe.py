"""What a change answers when asked how to do it gently: steps by phase, and what it needs to know."""

from collections.abc import Mapping
from dataclasses import field
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote, quote_all
from schemaguard.phase import Phase
from schemaguard.way_back import WayBack

__all__ = ["Backfill", "Conflict", "Intent", "LockClass", "Pair", "Phase", "Recipe", "Scope", "Step"]


class Scope(Enum):
    """How a step's statements are sent."""

    #: All in one transaction.
    TRANSACTION = "transaction"
    #: Each by itself, outside any transaction (CONCURRENTLY, VALIDATE).
    ALONE = "alone"
    #: ``backfill`` says what is written; each batch is a transaction.
    BATCHES = "batches"


class LockClass(Enum):
    """Which waiting is allowed."""

    #: Stops queries of others: never queue; short time-outs, tried again.
    BLOCKING = "blocking"
    #: Lets reads and writes through: no lock_timeout.
    PATIENT = "patient"


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Set ``values`` (column to expression) in the rows of ``table`` where ``where`` holds.

    ``into``: or make a row with these values in that table, for each of them; or with ``match``, set them
    in the rows there.
    """

    table: Relation
    #: Column of the row to expression over the row's columns, as SQL.
    values: Mapping[str, str]
    #: True for rows that still need it; no longer true once the values are set.
    where: str
    into: Relation | None = None
    #: Set them in the rows there that have these values: column to expression over the row of ``table``.
    match: Mapping[str, str] = field(default_factory=dict)
    #: Code goes on making such rows: those that come meanwhile are not waited for.
    once: bool = False

    @property
    def assignments(self) -> str:
        """What stands behind SET."""
        return ", ".join(f"{quote(column)} = {value}" for column, value in self.values.items())

    @property
    def statement(self) -> str:
        """All of it as one statement, which a large table is too large for."""
        if self.into is not None:
            return self.elsewhere()
        return f"UPDATE {self.table} SET {self.assignments} WHERE {self.where}"

    def elsewhere(self, limit: str = "") -> str:
        """The statement that writes into the other table, of all rows or of so many."""
        # Locked, for code that writes the row at this moment has already said what becomes of the other.
        some = (
            f"FROM {self.table} WHERE {self.where}"
            f"{f' LIMIT {limit}' if limit else ''} FOR NO KEY UPDATE OF {quote(self.table.name)}"
        )
        if self.match:
            sources = {**self.match, **self.values}
            free = ", ".join(f"{value} AS {quote(column)}" for column, value in sources.items())
            sets = ", ".join(f"{quote(column)} = free.{quote(column)}" for column in self.values)
            same = " AND ".join(f"there.{quote(column)} = free.{quote(column)}" for column in self.match)
            return (
                f"WITH free AS MATERIALIZED (SELECT {free} {some})"
                f" UPDATE {self.into} AS there SET {sets} FROM free WHERE {same}"
            )
        return (
            f"INSERT INTO {self.into} ({quote_all(self.values)})"
            f" SELECT {', '.join(self.values.values())} {some}"
            " ON CONFLICT DO NOTHING"
        )


@dataclass(frozen=True, slots=True)
class Holding:
    """What is gone with a step that is taken back: ``what`` in words, and a query that counts the rows.

    ``stops``: such rows are not lost, but keep the step from being taken back at all.
    """

    what: str
    count: str
    stops: bool = False
    #: What is told where the server cannot answer the query.
    or_else: "Holding | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One idempotent unit that the runner executes."""

    #: Unique within the plan, stable over runs, such as ``expand-01-customer-add-email``.
    id: str
    phase: Phase
    #: A line for people.
    title: str
    sql: tuple[str, ...] = ()
    scope: Scope = Scope.TRANSACTION
    lock_class: LockClass = LockClass.BLOCKING
    #: The locks that the runner takes first, by NOWAIT polling, in this order.
    locks: tuple[tuple[Relation, LockMode], ...] = ()
    #: A query that returns one boolean: is the step's end state there already?
    probe: str = "SELECT false"
    #: A query that returns one boolean which must be true after the step; "" for none.
    check: str = ""
    #: Where the check is not true: a query for what is in the way, a text for each thing; "" for none.
    culprits: str = ""
    #: Statements that take the step back; () where there is nothing to take back; None: impossible.
    undo: WayBack | None = ()
    #: What new code may have written that is gone with it.
    holds: tuple[Holding, ...] = ()
    #: Statements that clear away what a failed attempt leaves (an invalid index); each must be harmless.
    tidy: tuple[str, ...] = ()
    backfill: Backfill | None = None

    @property
    def statements(self) -> tuple[str, ...]:
        """What it sends, the rows of a backfill all at once."""
        return self.sql if self.backfill is None else (*self.sql, self.backfill.statement)


class Conflict(Enum):
    """What counts where one statement writes both forms of the same facts, and they contradict each other."""

    #: The new form.
    NEW = "new"
    #: The old one.
    OLD = "old"
    #: Neither: the statement fails.
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two forms of the same facts in one table, which one trigger keeps in step.

    All pairs of a table and release share one trigger, its columns being added in the
    transaction that creates it and the old ones dropped in the one that removes it.
    """

    table: Relation
    old: tuple[str, ...]
    #: New column to its type as SQL.
    new: Mapping[str, str]
    #: New column to its expression over the old columns.
    up: Mapping[str, str]
    #: Old column, which goes away in the end, to its expression over the new columns.
    #: Empty: the new columns are only filled, and the old ones stay.
    down: Mapping[str, str]
    #: The one new column takes the name of the first old one in the end. Until then nobody knows of it.
    in_place: bool = False
    #: The new columns that are NOT NULL in the end: no code leaves them empty.
    required: frozenset[str] = frozenset()
    conflict: Conflict = Conflict.NEW
    #: Old columns to their defaults, which an INSERT brings that does not give them: a conflict knows them.
    defaults: Mapping[str, str] = field(default_factory=dict)
    #: Statements of the transaction in which the new columns have come, after that.
    begin: tuple[str, ...] = ()
    #: Statements of the transaction in which the old columns go, before that.
    ahead: tuple[str, ...] = ()
    #: Statements of the transaction in which the old columns have gone, after that.
    finish: tuple[str, ...] = ()

    @property
    def dropped(self) -> tuple[str, ...]:
        """The old columns that go away in the end."""
        return self.old[:1] if self.in_place else tuple(self.down)


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """What cannot be derived from a change: taken from the migration itself or a directive."""

    #: New column to expression over the old ones.
    up: Mapping[str, str] = field(default_factory=dict)
    #: Old column to expression over the new ones.
    down: Mapping[str, str] = field(default_factory=dict)
    #: Column to expression that replaces NULL in old rows.
    null: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How a change is made gently: pairs to keep in step, and steps by phase in their order."""

    steps: tuple[Step, ...] = ()
    pairs: tuple[Pair, ...] = ()
    #: What the user should know, a sentence each.
    notes: tuple[str, ...] = ()

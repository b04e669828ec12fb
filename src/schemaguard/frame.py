"""A statement at its moment: what it does, what others feel of it, what running code misses after it."""

from collections.abc import Iterable, Iterator
from dataclasses import field
from itertools import groupby
from typing import TypeVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Unread
from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, essential
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Loss, Refusal
from schemaguard.names import Column, Relation
from schemaguard.phase import Phase
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.settings import Settings, Timeouts
from schemaguard.sql.statement import Statement

C = TypeVar("C", bound=Change)
K = TypeVar("K", Lock, Scan, Rewrite, BuildIndex, Wait)


@dataclass(frozen=True, slots=True)
class Effect:
    """One change of a statement, what others feel of it, and what running code misses after it."""

    change: Change
    costs: frozenset[Cost]
    breaks: tuple[Break, ...] = ()
    #: The server refuses the statement because of this change.
    refusals: tuple[Refusal, ...] = ()
    losses: tuple[Loss, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A statement at its moment: the schema before it, its effects, the schema after it."""

    statement: Statement
    before: SchemaState
    #: In the order in which the server does them.
    effects: tuple[Effect, ...]
    after: SchemaState
    server: Server
    #: The locks that its transaction holds already, the strongest of each table.
    held: frozenset[Lock] = frozenset()
    #: The tables that this release has made: no running code uses them.
    young: frozenset[Relation] = frozenset()
    timeouts: Timeouts = field(default_factory=Timeouts)
    #: What the session has set.
    settings: Settings = field(default_factory=Settings)
    in_transaction: bool = False
    #: The columns that the release has added and that nothing has filled in the rows that were there.
    empty: frozenset[Column] = frozenset()
    #: After it a transaction is open which nobody but the script itself will commit.
    leaves_open: bool = False
    #: What the migration declares itself to be.
    phase: Phase = Phase.EXPAND
    #: Of a DO block or a call: a frame for each statement in it. The effects of all are those of the whole.
    moments: "tuple[Frame, ...]" = ()

    @property
    def unread(self) -> tuple[Unread, ...]:
        """The parts of the statement that we could not read."""
        return tuple(change for change in self.statement.changes if isinstance(change, Unread))

    @property
    def costs(self) -> frozenset[Cost]:
        """All that the statement costs, on old tables and young."""
        return essential(cost for effect in self.effects for cost in effect.costs)

    @property
    def refusals(self) -> tuple[Refusal, ...]:
        """Why the server refuses the statement, or may refuse it."""
        return tuple(dict.fromkeys(refusal for effect in self.effects for refusal in effect.refusals))

    @property
    def refused(self) -> bool:
        """Whether the server certainly refuses the statement, so that the schema stays as it was."""
        return any(refusal.certain for refusal in self.refusals)

    @property
    def felt(self) -> tuple[tuple[Effect, Cost], ...]:
        """The costs that running code can feel: none on tables which this release made."""
        return tuple(
            (effect, cost)
            for effect in self.effects
            for cost in sorted(effect.costs, key=repr)
            if cost.table not in self.young
        )

    @property
    def derived_phase(self) -> Phase | None:
        """What the statement is for code that uses the whole schema before it; None: unread."""
        if self.unread:
            return None
        if any(effect.breaks for effect in self.effects):
            return Phase.CONTRACT
        writes = any(effect.change.moves_data for effect in self.effects)
        return Phase.BACKFILL if writes else Phase.EXPAND

    def each(self, change: type[C], *, costing: type[K]) -> Iterator[tuple[C, K]]:
        """The changes of that kind with each felt cost of that kind."""
        # Not through ``felt``: each rule asks this of each statement, and few have such a change.
        for effect in self.effects:
            if isinstance(effect.change, change):
                for cost in sorted((c for c in effect.costs if isinstance(c, costing)), key=repr):
                    if cost.table not in self.young:
                        yield effect.change, cost

    def breaking(self, change: type[C], *, certain: bool | None = None) -> Iterator[tuple[C, Break]]:
        """The changes of that kind with each break; none where the migration says that old code is gone."""
        if self.phase is Phase.CONTRACT:
            return
        for effect in self.effects:
            for broken in effect.breaks:
                if isinstance(effect.change, change) and certain in (None, broken.certain):
                    yield effect.change, broken


def transactions(frames: "Iterable[Frame]") -> "Iterator[list[Frame]]":
    """Neighbours that others see done at once: those of one transaction, and each that is in none."""

    def which(frame: Frame) -> object:
        return (frame.statement.piece.block,) if frame.in_transaction else id(frame)

    return (list(group) for _, group in groupby(frames, which))

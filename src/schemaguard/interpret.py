"""Statements, a schema and a server become frames: each statement at its moment."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

from schemaguard.breaks import Break
from schemaguard.changes.base import Change, Turn, Unread
from schemaguard.changes.begin_transaction import BeginTransaction
from schemaguard.changes.end_transaction import EndTransaction
from schemaguard.changes.rename_table import RenameTable
from schemaguard.changes.set_timeout import SetTimeout
from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, certain_first, essential
from schemaguard.evidence import Loss, Refusal
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.schema import SchemaState, Thing
from schemaguard.server import Server
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
class Timeouts:
    """Milliseconds; 0: waits for ever; None: the session's default, which nobody has told us."""

    lock: int | None = None
    statement: int | None = None


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
    timeouts: Timeouts = Timeouts()
    in_transaction: bool = False
    #: What the migration declares itself to be.
    phase: Phase = Phase.EXPAND

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


@dataclass(slots=True)
class _Session:
    """What a session is in the middle of."""

    schema: SchemaState
    young: frozenset[Relation] = frozenset()
    #: The types and things that this release has made.
    fresh: frozenset[Relation | Thing] = frozenset()
    timeouts: Timeouts = Timeouts()
    open: bool = False
    block: int | None = None
    held: dict[Relation, LockMode] = field(default_factory=dict)
    #: To return to: at ROLLBACK all three, at COMMIT the time-outs that SET LOCAL changed.
    before: "tuple[SchemaState, frozenset[Relation], Timeouts] | None" = None
    lasting: Timeouts = Timeouts()

    def begin(self) -> None:
        self.open = True
        self.before = (self.schema, self.young, self.timeouts)
        self.lasting = self.timeouts

    def end(self, *, commit: bool) -> None:
        if self.before is not None:
            if commit:
                self.timeouts = self.lasting
            else:
                self.schema, self.young, self.timeouts = self.before
        self.open, self.before = False, None
        self.held.clear()

    def enter(self, block: int | None) -> None:
        """The migration tool's own transactions begin and end between statements."""
        if block == self.block:
            return
        if self.block is not None and self.open:
            self.end(commit=True)
        if block is not None and not self.open:
            self.begin()
        self.block = block

    def obey(self, change: Change) -> None:
        match change:
            case BeginTransaction() if not self.open:
                self.begin()
            case EndTransaction(commit):
                self.end(commit=commit)
            case SetTimeout(name, milliseconds, local):
                kind = "lock" if name == "lock_timeout" else "statement"
                if local and not self.open:
                    return  # The server warns, and does nothing.
                if not local:
                    self.lasting = replace(self.lasting, **{kind: milliseconds})
                self.timeouts = replace(self.timeouts, **{kind: milliseconds})
            case _:
                pass  # Any other change leaves the session as it is.


def interpret(
    statements: Iterable[Statement],
    schema: SchemaState,
    server: Server | None = None,
    *,
    timeouts: Timeouts | None = None,
    phase: Phase | Callable[[Statement], Phase] = Phase.EXPAND,
) -> Iterator[Frame]:
    """Each statement at its moment, in order. ``schema`` is what was there before the release.

    ``phase`` is what the migration declares itself to be, or says it for each
    statement, where a release has several migrations.
    """
    server = server or Server()
    session = _Session(schema, timeouts=timeouts or Timeouts())
    for statement in statements:
        session.enter(statement.piece.block)
        before, young, fresh = session.schema, session.young, session.fresh
        held = frozenset(Lock(table, mode) for table, mode in session.held.items())
        current = types = before
        effects: list[Effect] = []
        for change in _in_turn(statement.changes):
            following = change.apply(current)
            if _changes_what_is_not_there(current, following):
                continue  # IF EXISTS; without it, the server refuses.
            # Before any type is changed, the server looks at all that are to be.
            looked_at = types if change.turn is Turn.TYPE else current
            costs = certain_first(change.costs(looked_at, server))
            running = not _young_only(costs, young) and change.about not in fresh
            breaks = tuple(change.breaks(looked_at, server)) if running else ()
            losses = tuple(change.losses(looked_at)) if running else ()
            refusals = _refusals(change, looked_at, server, inside=session.open)
            young, fresh = _grown(young, current, following), _fresher(fresh, change, current)
            current = following
            if change.turn < Turn.TYPE:
                types = current
            effects.append(Effect(change, costs, breaks, refusals, losses))
        if any(refusal.certain for effect in effects for refusal in effect.refusals):
            current, young, fresh = before, session.young, session.fresh
        frame = Frame(
            statement=statement,
            before=before,
            effects=_under_strongest(effects, session.held),
            after=current,
            server=server,
            held=held,
            young=session.young,
            timeouts=session.timeouts,
            in_transaction=session.open,
            phase=phase if isinstance(phase, Phase) else phase(statement),
        )
        made = young - session.young
        session.schema, session.young, session.fresh = current, young, fresh
        for effect in frame.effects if not frame.refused else ():
            session.obey(effect.change)
        if session.open and not frame.refused:
            _hold(session.held, (cost for effect in frame.effects for cost in effect.costs))
            # Others do not even see them.
            _hold(session.held, (Lock(table, LockMode.ACCESS_EXCLUSIVE) for table in made))
            _follow(session.held, (effect.change for effect in frame.effects))
        yield replace(frame, after=session.schema)


#: active_sql_transaction: what commits by itself cannot run in somebody's transaction.
IN_TRANSACTION = "25001"


def _refusals(change: Change, schema: SchemaState, server: Server, *, inside: bool) -> tuple[Refusal, ...]:
    if inside and change.alone_on(schema):
        return (Refusal(IN_TRANSACTION, "it cannot run inside of a transaction"),)
    if change.inside_only and not inside:
        return (Refusal("25P01", "it can run only inside of a transaction"),)
    return tuple(change.refusals(schema, server))


def _in_turn(changes: Iterable[Change | Unread]) -> list[Change]:
    """The changes in the order in which the server does them."""
    return sorted((c for c in changes if not isinstance(c, Unread)), key=lambda change: change.turn)


def _changes_what_is_not_there(before: SchemaState, after: SchemaState) -> bool:
    """Whether a change supposes a table that, as we know, is not there."""
    return before.complete and any(
        not state.complete for name, state in after.tables.items() if name not in before.tables
    )


def _young_only(costs: frozenset[Cost], young: frozenset[Relation]) -> bool:
    """Whether the change touches nothing but tables that no running code uses."""
    return bool(costs) and all(cost.table in young for cost in costs)


def _grown(young: frozenset[Relation], before: SchemaState, after: SchemaState) -> frozenset[Relation]:
    if before.tables.keys() == after.tables.keys():
        return young
    gone = before.tables.keys() - after.tables.keys()
    # What is made from nothing, or is a young table under another name.
    new = {t for t in after.tables.keys() - before.tables.keys() if after.tables[t].complete}
    return (young - gone) | new if gone <= young else young - gone


def _fresher(
    fresh: frozenset[Relation | Thing], change: Change, before: SchemaState
) -> frozenset[Relation | Thing]:
    """What a change makes is fresh, or another name for what is fresh."""
    made = change.makes(before)
    if made is None or not (change.about in (None, made) or change.about in fresh):
        return fresh
    return fresh | {made}


def _hold(held: dict[Relation, LockMode], costs: Iterable[Cost]) -> None:
    for cost in costs:
        if isinstance(cost, Lock) and (
            cost.table not in held or held[cost.table].strength < cost.mode.strength
        ):
            held[cost.table] = cost.mode


def _follow(held: dict[Relation, LockMode], changes: Iterable[Change]) -> None:
    """A lock stays on its table, however that is called."""
    for change in changes:
        if isinstance(change, RenameTable) and change.table in held:
            held[change.table.sibling(change.new_name)] = held.pop(change.table)


def _under_strongest(effects: list[Effect], held: dict[Relation, LockMode]) -> tuple[Effect, ...]:
    """What is read is read under the transaction's strongest lock; ALTER TABLE takes all of its own first."""
    strongest = dict(held)
    _hold(strongest, (cost for effect in effects for cost in effect.costs))

    def raised(cost: Cost) -> Cost:
        match cost:
            case Scan(table, under) | Rewrite(table, under) | BuildIndex(table, under):
                mode = strongest.get(table, under)
                return cost if mode.strength <= under.strength else replace(cost, under=mode)
            case Lock() | Wait():
                return cost

    return tuple(replace(e, costs=frozenset(raised(cost) for cost in e.costs)) for e in effects)

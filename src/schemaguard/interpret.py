"""Statements, a schema and a server become frames: each statement at its moment."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from schemaguard.absent import absent
from schemaguard.called import with_bodies
from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.base import Change, Made, Turn, Unread
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.next_in_block import NextInBlock
from schemaguard.costs import BuildIndex, Cost, Lock, Rewrite, Scan, Wait, certain_first, strengthen
from schemaguard.evidence import Refusal
from schemaguard.frame import Effect, Frame
from schemaguard.heirs.descent import descend, with_rows
from schemaguard.heirs.only import only_refusals
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.new_values import UNSAFE_USE, NewValues
from schemaguard.phase import Phase
from schemaguard.reach import too_old
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.session import Session
from schemaguard.settings import Timeouts, settings_of
from schemaguard.sql.statement import Statement
from schemaguard.taken import taken
from schemaguard.there import in_the_way

#: With these the server refuses what is there already, or what something else needs.
_IN_THE_WAY = frozenset({"42701", "42710", "42P06", "42P07", "42P16", "2BP01"})


def interpret(
    statements: Iterable[Statement],
    schema: SchemaState,
    server: Server | None = None,
    *,
    timeouts: Timeouts | None = None,
    search_path: str | None = None,
    phase: Phase | Callable[[Statement], Phase] = Phase.EXPAND,
) -> Iterator[Frame]:
    """Each statement at its moment, in order. ``schema`` is what was there before the release.

    ``phase`` is what the migration declares itself to be, or says it for each
    statement, where a release has several migrations.
    """
    target = server or Server()
    session = Session(schema, settings_of(timeouts or Timeouts(), search_path))
    for written in statements:
        session.enter(written.piece.block, written.place.path)
        statement = _with_bodies(written, session)
        declared = phase if isinstance(phase, Phase) else phase(written)
        if any(isinstance(change, NextInBlock) for change in statement.changes):
            frame, session = _of_block(statement, session, target, declared)
        else:
            frame = _moment(statement, session, target, declared)
        session.schema = _sure(session.schema, frame)
        yield replace(frame, after=session.schema, leaves_open=session.leaves_open)


def _of_block(statement: Statement, session: Session, target: Server, phase: Phase) -> tuple[Frame, Session]:
    """The frame of a DO block or of a call, with a moment for each statement in it; the session after it."""
    inner = session.within()
    moments: list[Frame] = []
    for changes in _parts(statement.changes):
        part = replace(statement, changes=changes, newer=() if moments else statement.newer)
        moments.append(replace(_moment(part, inner, target, phase), in_transaction=session.open))
    inner.leave(session)
    # Of what the block itself has made nobody feels anything.
    effects = tuple(
        replace(
            effect, costs=frozenset(c for c in effect.costs if c.table not in moment.young - session.young)
        )
        for moment in moments
        for effect in moment.effects
    )
    frame = replace(moments[0], statement=statement, effects=effects, moments=tuple(moments))
    after = session if frame.refused else inner
    return replace(frame, after=after.schema), after


def _moment(statement: Statement, session: Session, target: Server, phase: Phase) -> Frame:
    """The statement, or one within a block, at its moment; the session obeys."""
    server = session.at(target)
    before, young, fresh = session.schema, session.young, session.fresh
    held = frozenset(Lock(table, mode) for table, mode in session.held.items())
    current = types = before
    effects: list[Effect] = []
    block: NextInBlock | None = None
    for read in _in_turn(statement.changes):
        change = session.resolved(read, current)
        block = change if isinstance(change, NextInBlock) else block
        if block is not None and _is_spared(block, change, current, server):
            continue  # IF NOT EXISTS (...) THEN, or EXCEPTION WHEN.
        missing = session.nameless(change) or _absent(change, current, statement, block)
        if any(refusal.certain for refusal in missing):
            effects.append(Effect(change, frozenset(), refusals=missing))
            continue
        following = change.apply(current)
        heirs: tuple[Change, ...] = ()
        if current.has_children:
            following, heirs = descend(change, current, following, server, only=statement.only)
        if not isinstance(change, CreateTable) and _changes_what_is_not_there(current, following):
            continue  # IF EXISTS; without it, the server refuses.
        # Before any type is changed, the server looks at all that are to be.
        looked_at = types if change.turn is Turn.TYPE else current
        # Of what the same statement has made nobody feels anything: CREATE SCHEMA makes several.
        here = young - session.young
        said = (cost for part in (change, *heirs) for cost in part.costs(looked_at, server))
        costs = certain_first(c for c in with_rows(said, looked_at) if c.table not in here)
        running = not _young_only(costs, young) and change.about not in fresh
        breaks = tuple(change.breaks(looked_at, server)) if running else ()
        losses = tuple(change.losses(looked_at)) if running else ()
        refusals = (
            *missing,
            *session.refusals(change, looked_at, server),
            *session.reads_only(change, makes=following != current),
            *(only_refusals(change, looked_at) if statement.only else ()),
        )
        refusals = _as_known((*refusals, *_beside(refusals, taken(change, current))), current)
        young, fresh = _grown(young, current, following, change), _fresher(fresh, change, current)
        current = following
        if change.turn < Turn.TYPE:
            types = current
        effects.append(Effect(change, costs, breaks, refusals, losses))
    whole = _of_whole(session, statement, block, effects, server)
    effects[:1] = [replace(effect, refusals=(*effect.refusals, *whole)) for effect in effects[:1]]
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
        timeouts=session.settings.timeouts,
        settings=session.settings,
        in_transaction=session.open,
        phase=phase,
    )
    made = young - session.young
    session.schema, session.young, session.fresh = current, young, fresh
    if not frame.refused:
        for effect in frame.effects:
            session.obey(effect.change)
        done = [effect.change for effect in frame.effects]
        session.hold(done, (cost for effect in frame.effects for cost in effect.costs), made)
    return frame


def _with_bodies(written: Statement, session: Session) -> Statement:
    """The statement with what is prepared, and what is called, in place of its names."""
    changes = with_bodies(session.executed(written.changes), session.schema, session.search_path)
    return replace(written, changes=changes)


def _absent(
    change: Change, schema: SchemaState, statement: Statement, block: NextInBlock | None
) -> tuple[Refusal, ...]:
    """What it supposes and is not there; of ALTER in a block IF EXISTS is not known."""
    found = tuple(absent(change, schema)) if block is None else ()
    return () if found and statement.if_exists else found


def _as_known(refusals: tuple[Refusal, ...], schema: SchemaState) -> tuple[Refusal, ...]:
    """The refusals; none is certain that rests on what may not be there."""
    if not schema.inexact:
        return refusals
    return tuple(
        replace(one, why=f"{one.why}, as far as could be read", certain=False)
        if one.certain and one.sqlstate in _IN_THE_WAY
        else one
        for one in refusals
    )


def _sure(schema: SchemaState, frame: Frame) -> SchemaState:
    """The schema, of which less is certain after what nobody can read or what hangs on a condition."""
    marks = [effect.change for effect in frame.effects if isinstance(effect.change, NextInBlock)]
    unsure = frame.unread or any(mark.guarded or mark.caught for mark in marks)
    return replace(schema, unsure=True) if unsure and not schema.unsure else schema


def _of_whole(
    session: Session, statement: Statement, block: NextInBlock | None, effects: list[Effect], server: Server
) -> Iterator[Refusal]:
    """What is refused of no change alone: clauses that are too new, and the use of an enum's new value."""
    said = [refusal for effect in effects for refusal in effect.refusals]
    for clause in statement.newer:
        yield from _beside(said, too_old(server, clause.since, clause.what, clause.sqlstate))
    if session.open:
        added = NewValues.of(session.done, session.points[0].schema)
        changes = [effect.change for effect in effects]
        if block is None:
            yield from added.refusals(statement.text, changes, session.schema, server)
        elif block.caught.isdisjoint(("", UNSAFE_USE)):
            refused = added.refusals(block.text, changes, session.schema, server)
            yield from (replace(one, certain=one.certain and not block.guarded) for one in refused)


def _beside(said: Iterable[Refusal], others: Iterable[Refusal]) -> Iterator[Refusal]:
    """Those of the others that are no second word for one that is said."""
    states = {refusal.sqlstate for refusal in said if refusal.certain}
    return (refusal for refusal in others if refusal.sqlstate not in states)


def _parts(changes: Iterable[Change | Unread]) -> list[tuple[Change | Unread, ...]]:
    """The changes of a block, statement by statement, each with the mark before it."""
    parts: list[list[Change | Unread]] = [[]]
    for change in changes:
        if isinstance(change, NextInBlock):
            parts.append([])
        parts[-1].append(change)
    return [tuple(part) for part in parts if part]


def _in_turn(changes: Iterable[Change | Unread]) -> list[Change]:
    """The changes in the order in which the server does them, after the mark of the statement."""
    read = [change for change in changes if isinstance(change, Change)]
    marks = [change for change in read if isinstance(change, NextInBlock)]
    rest = [change for change in read if not isinstance(change, NextInBlock)]
    return marks + sorted(rest, key=lambda change: change.turn)


def _is_spared(block: NextInBlock, change: Change, schema: SchemaState, server: Server) -> bool:
    """Whether the server would refuse it, and the block sees to that."""
    states = [refusal.sqlstate for refusal in change.refusals(schema, server) if refusal.certain]
    there = in_the_way(change, schema, server)
    states += [there] if there else []
    return bool(states) and all(block.spares(sqlstate) for sqlstate in states)


def _changes_what_is_not_there(before: SchemaState, after: SchemaState) -> bool:
    """Whether a change supposes a table that, as we know, is not there."""
    return before.complete and any(
        not state.complete and (name not in before.tables or before.tables[name].complete)
        for name, state in after.tables.items()
    )


def _young_only(costs: frozenset[Cost], young: frozenset[Relation]) -> bool:
    """Whether the change touches nothing but tables that no running code uses."""
    return bool(costs) and all(cost.table in young for cost in costs)


def _grown(
    young: frozenset[Relation], before: SchemaState, after: SchemaState, change: Change
) -> frozenset[Relation]:
    if before.tables.keys() == after.tables.keys():
        if isinstance(change, AttachPartition) and change.table not in young:
            # Whoever uses the whole uses its parts.
            return young - {change.partition, *after.descendants(change.partition)}
        return young
    gone = before.tables.keys() - after.tables.keys()
    # What is made from nothing, or is a young table under another name.
    made = isinstance(change, CreateTable) and not change.if_not_exists
    new = {t for t in after.tables.keys() - before.tables.keys() if made or after.tables[t].complete}
    return (young - gone) | new if gone <= young else young - gone


def _fresher(fresh: frozenset[Made], change: Change, before: SchemaState) -> frozenset[Made]:
    """What a change makes is fresh, or another name for what is fresh."""
    made = change.makes(before)
    if made is None or not (change.about in (None, made) or change.about in fresh):
        return fresh
    return fresh | {made}


def _under_strongest(effects: list[Effect], held: dict[Relation, LockMode]) -> tuple[Effect, ...]:
    """What is read is read under the transaction's strongest lock; ALTER TABLE takes all of its own first."""
    strongest = dict(held)
    strengthen(strongest, (cost for effect in effects for cost in effect.costs))

    def raised(cost: Cost) -> Cost:
        match cost:
            case Scan(table, under) | Rewrite(table, under) | BuildIndex(table, under):
                mode = strongest.get(table, under)
                return cost if mode.strength <= under.strength else replace(cost, under=mode)
            case Lock() | Wait():
                return cost

    return tuple(replace(e, costs=frozenset(raised(cost) for cost in e.costs)) for e in effects)

"""What becomes of the author's INSERT, UPDATE and DELETE statements."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.batched_steps import fill_nulls
from schemaguard.changes import (
    AddCheck,
    AddForeignKey,
    AddUnique,
    CallUnknown,
    CreateIndex,
    DeleteRows,
    DropTable,
    InsertRows,
    SetNotNull,
    UpdateRows,
)
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation
from schemaguard.phase import Phase
from schemaguard.plan import verbatim
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible, Written
from schemaguard.plan.moved import moved
from schemaguard.plan.released import Released
from schemaguard.recipe import Step

#: What a statement that writes rows does.
OfRows = UpdateRows | InsertRows | DeleteRows | CallUnknown


def decide_rows(change: OfRows, frame: Frame, released: Released, notes: list[str]) -> Decision:
    """What becomes of a statement that writes rows."""
    if isinstance(change, CallUnknown):
        notes.append(f"{frame.statement.place}: what {change.called} does, beside its value, is not known.")
        return Consumed()
    gone = {c.table for f in released.frames for e in f.effects if isinstance(c := e.change, DropTable)}
    lost = sorted(table.text for table in set(change.reads) & gone)
    if lost:
        return Impossible(
            f"it moves rows out of {lost[0]}, which is dropped: running code goes on writing there",
            "Move the rows by a release of its own, with code that writes to both tables.",
        )
    if isinstance(change, UpdateRows):
        return _updated(change, frame, released, notes)
    # What a constraint to come will not have is taken away once more when old code writes no longer.
    if isinstance(change, DeleteRows) and _tightened_after(frame, change.table, released):
        phases = (Phase.BACKFILL, Phase.CONTRACT)
        return Gentle(tuple(verbatim.as_written(frame, phase, released.ends) for phase in phases))
    notes.append(
        f"{frame.statement.place}: runs once, in the backfill; rows that running code writes later are"
        " not in it."
    )
    return Written(Phase.BACKFILL)


def _updated(change: UpdateRows, frame: Frame, released: Released, notes: list[str]) -> Decision:
    """What an UPDATE does beyond saying how new columns follow from old ones."""
    said = released.said
    for old, new in _already_computed(change, frame, released):
        return Impossible(
            f"it changes {old} after {new} was computed of it, and while both are kept in step {new} follows",
            f"Put it above the UPDATE that computes {new}, or into a later release.",
        )
    steps: list[Step] = []
    phases = [Phase.BACKFILL]
    if _tightened_after(frame, change.table, released):
        phases.append(Phase.CONTRACT)
    rest = said.rest.get(id(change))
    if rest is not None:
        step = moved(change, rest, frame.before)
        if isinstance(step, str):
            return Impossible(
                step,
                "Write it so that running it again changes no more, or move the rows by a script.",
            )
        notes.append(
            f"{frame.statement.place}: running code sees the changed rows, and may write such rows again."
        )
        steps.extend(replace(step, phase=phase) for phase in phases)
    for name, _ in change.assignments:
        column = Column(change.table, name)
        state, value = frame.before.column(column), said.null.get(column)
        if value is not None and state is not None and state.type is not None:
            of = said.final(column)
            steps.extend(fill_nulls(of, str(state.type), value, phase) for phase in phases)
    return Gentle(tuple(steps)) if steps else Consumed()


def _already_computed(change: UpdateRows, frame: Frame, released: Released) -> Iterator[tuple[str, str]]:
    """The columns that it changes of which an earlier UPDATE has made others, and these."""
    sync = released.syncs.get(change.table)
    changed = {name for name, _ in change.assignments}
    before = {
        name
        for earlier in released.frames[: released.frames.index(frame)]
        for effect in earlier.effects
        if isinstance(effect.change, UpdateRows) and effect.change.table == change.table
        for name, _ in effect.change.assignments
    }
    for pair in sync.pairs if sync is not None else ():
        for old in sorted(changed.intersection(pair.old)):
            yield from ((old, new) for new in pair.new if new in before)


def _tightened_after(frame: Frame, table: Relation, released: Released) -> bool:
    """Whether a later statement of the release refuses rows that this one mends."""
    later = released.frames[released.frames.index(frame) + 1 :]
    tightens = AddCheck | AddForeignKey | AddUnique | SetNotNull | CreateIndex
    return any(
        isinstance(effect.change, tightens)
        and effect.breaks
        and any(cost.table == table for cost in effect.costs)
        for each in later
        for effect in each.effects
    )

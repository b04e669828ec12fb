"""A release's frames become its plan: what breaks nothing first, then the data, and the rest in the end."""

from collections.abc import Iterable, Sequence
from dataclasses import field, replace

from schemaguard.changes import RenameTable
from schemaguard.conditions import ask, written_down
from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError, NotEnoughEvidence, Refused
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.backfilled import has_key, nothing_comes_of_it
from schemaguard.plan.beyond import known_better
from schemaguard.plan.decide import Decider
from schemaguard.plan.decide_paired import said_of_old
from schemaguard.plan.decision import Consumed, Gentle, Impossible, Written
from schemaguard.plan.fingerprint import digest_of, fingerprint, shape
from schemaguard.plan.fitting import expressions_fit
from schemaguard.plan.functions_use import no_function_uses
from schemaguard.plan.heirs_locks import with_heirs
from schemaguard.plan.look import look
from schemaguard.plan.meant import notes_of
from schemaguard.plan.plan import Expected, Plan
from schemaguard.plan.released import Released
from schemaguard.plan.stamps import Stamp
from schemaguard.plan.unmade import made_and_unmade
from schemaguard.plan.verbatim import JOURNAL, TOLD, as_written, or_told
from schemaguard.recipe import Scope, Step
from schemaguard.server import Server
from schemaguard.steps import drop_foreign_key, listed
from schemaguard.sync import Sync
from schemaguard.sync_steps import fill, finish, order_of_triggers, preflight, start, verify
from schemaguard.text import Place, Source


@dataclass(slots=True)
class _Steps:
    """Steps as they are found, by where they go."""

    before: list[Step] = field(default_factory=list)
    expand: list[Step] = field(default_factory=list)
    fill: list[Step] = field(default_factory=list)
    data: list[Step] = field(default_factory=list)
    indexes: list[Step] = field(default_factory=list)
    verify: list[Step] = field(default_factory=list)
    tighten: list[Step] = field(default_factory=list)
    finish: list[Step] = field(default_factory=list)
    drop: list[Step] = field(default_factory=list)
    #: What removes for good what was only renamed until then.
    last: list[Step] = field(default_factory=list)
    #: What makes the second columns of a table, where it has begun.
    starts: dict[Relation | None, Step] = field(default_factory=dict)
    #: The fill steps of columns that new code may empty without being noticed.
    loose: list[str] = field(default_factory=list)
    #: What sets the end apart from that of the migration itself.
    apart: list[str] = field(default_factory=list)

    def add(self, step: Step, *, drops: bool = False) -> None:
        """Put a recipe's step, or a statement's, where its phase has it."""
        match step.phase:
            case Phase.EXPAND:
                (self.expand if step.sql else self.before).append(step)
            case Phase.BACKFILL:
                (self.indexes if step.scope is Scope.ALONE else self.data).append(step)
            case Phase.CONTRACT:
                (self.drop if drops else self.tighten).append(step)

    def fill_by(self, sync: Sync) -> None:
        """Put the step that fills the rows which were there before the trigger."""
        step = fill(sync)
        self.fill.append(step)
        if not all(pair.dropped for pair in sync.pairs):
            self.loose.append(step.id)

    @property
    def again(self) -> frozenset[str]:
        """The steps of the backfill which code, old or new, may give more to do after they were done."""
        return frozenset(step.id for step in self.data) | frozenset(self.loose)

    def ordered(self) -> list[Step]:
        """All of them, each once."""
        lists = (
            *(self.before, self.expand),
            *(self.fill, self.data, self.indexes),
            *(self.verify, self.tighten, self.finish, self.drop, self.last),
        )
        once: dict[tuple[Phase, str, tuple[str, ...]], Step] = {}
        for step in (step for steps in lists for step in steps):
            once.setdefault((step.phase, step.id, step.sql), step)
        return list(once.values())


def make_plan(
    frames: Sequence[Frame],
    *,
    release: str,
    source: Source,
    server: Server | None = None,
    revision_before: str | None = None,
    tombstones: bool = False,
    stamps: Sequence[Stamp] = (),
) -> Plan:
    """The plan of a release. Pure: it asks neither a database nor the clock.

    ``stamps``: how the migration's own tool writes down that it is done.

    ``tombstones``: what is dropped gets another name first, where the release does not say otherwise.
    Refused, with every reason, where something has no gentle way that we know.
    InputError where the migration does not say what has to be known.
    NotEnoughEvidence where the shape of a table is not known.
    """
    _refuse_what_is_not_exact(frames, source)
    released = look(frames, release=release, path=source.path, tombstones=tombstones)
    tables = _touched(frames)
    before = shape(released.before, tables)
    decider = Decider(released, server or frames[0].server)
    steps, refusals = _Steps(), [*released.refusals, *made_and_unmade(frames, released.passing)]
    for frame in frames:
        refusals.extend(_take(frame, decider, released, steps))
    if refusals:
        states = (released.before, released.end)
        unknown = [name for name in tables if not any(state.known(name).complete for state in states)]
        raise _refused(refusals, unknown)
    steps.before.extend(released.questions)
    for sync in released.syncs.values():
        steps.before.extend(preflight(sync))
        steps.fill_by(sync)
        steps.verify.extend(verify(sync))
        swap = released.keys.swap(sync.table)
        also = swap.tables.union(released.pointed_to(sync))
        steps.finish.append(finish(sync, also=also, before=swap.before, after=swap.after))
    for sync in released.said.own:
        steps.before.extend(order_of_triggers(sync.table, (sync.on_insert, sync.on_update), sync.known))
        if sync in released.said.filled:
            steps.fill_by(sync)
    steps.finish[:0] = no_function_uses(frames, released.said)
    for step in released.keys.steps():
        steps.add(step)
    steps.finish.extend(released.keys.validations())
    steps.before.extend(_unasked(steps, released))
    ordered = steps.ordered()
    last = max((step.phase for step in ordered if step.statements), key=_order, default=Phase.EXPAND)
    stamped = [stamp.steps(last) for stamp in stamps]
    ordered = [*(question for question, _ in stamped), *ordered, *(step for _, step in stamped)]
    of_data = (*notes_of(released.said), *_fired(steps, released))
    synced = (*released.syncs.values(), *released.said.own)
    return Plan(
        release=release,
        steps=_numbered(known_better(with_heirs(ordered, released.before), released), release, steps.again),
        starts_from=digest_of(before),
        ends_at=fingerprint(released.end, tables),
        tables=tables,
        revision_before=revision_before,
        revision_after=source.revision,
        ends_apart=tuple(steps.apart),
        round_trips=tuple(trip for sync in synced for trip in sync.round_trips),
        notes=tuple(dict.fromkeys((*released.notes, *decider.notes, *of_data))),
        expected=Expected(major=(server or frames[0].server).major, shape=before),
    )


def _refuse_what_is_not_exact(frames: Sequence[Frame], source: Source) -> None:
    if source.problems:
        first = source.problems[0]
        raise InputError(
            first.message, path=first.place.path, line=first.place.line, column=first.place.column
        )
    if source.approximate:
        raise NotEnoughEvidence(
            f"{source.path}: what it will run is not known exactly: {'; '.join(source.approximate)}",
            advice="Write these statements as text, with op.execute.",
        )
    if source.phase is not None:
        raise Refused(
            f"{source.path} declares that it is {source.phase.value}: there is nothing left to split",
            advice="Run it as it is, with what runs your migrations; or take the declaration away.",
        )
    if not frames:
        raise InputError("there is no statement in it", path=source.path)
    unread = [(frame.statement.place, what) for frame in frames for what in frame.unread]
    if unread:
        raise _refused(
            (
                place,
                f"not read: {what.reason}",
                "Mend it; or, where it is right, run it by a migration of its own, before or after.",
            )
            for place, what in unread
        )


def _take(
    frame: Frame, decider: Decider, released: Released, steps: _Steps
) -> Iterable[tuple[Place, str, str]]:
    """Put the frame's steps where they belong; what cannot be done is the answer."""
    for table in released.paired_by(frame):
        if table not in steps.starts:
            steps.starts[table] = start(released.syncs[table], released.adding(table))
            steps.expand.append(steps.starts[table])
    place = frame.statement.place
    decisions = [decider.decide(frame, effect) for effect in frame.effects]
    impossible = [decision for decision in decisions if isinstance(decision, Impossible)]
    if impossible:
        return [(place, decision.why, decision.instead) for decision in impossible]
    written = {decision.phase for decision in decisions if isinstance(decision, Written)}
    gentle = [decision for decision in decisions if isinstance(decision, Gentle)]
    all_written = all(isinstance(decision, Written | Consumed) for decision in decisions)
    if len(written) > 1 or (written and not all(isinstance(decision, Written) for decision in decisions)):
        return [(place, "its actions belong to different phases", "Write each in a statement of its own.")]
    if written and all_written:
        step = as_written(frame, written.pop(), released.ends)
        while step in (*steps.expand, *steps.data, *steps.tighten):
            # The same statement once more.
            step = replace(step, id=f"{step.id}-again")
        begun = steps.starts.get(said_of_old(frame, released))
        if begun is not None and step.phase is Phase.EXPAND:
            # Before the second column is made like it.
            steps.expand.insert(steps.expand.index(begun), step)
        else:
            steps.add(step)
    for decision in gentle:
        steps.apart.extend(decision.apart)
        steps.last.extend(decision.last)
        for step in decision.steps:
            # A key cannot go as long as another table points to it.
            steps.add(step, drops=decision.drops and step.id not in _ends_of_keys(released))
    return []


def _ends_of_keys(released: Released) -> set[str]:
    """The steps that drop foreign keys to tables with second columns."""
    pointing = (one for table in released.syncs for one in released.before.referencing(table))
    return {drop_foreign_key(child, key.name, key.target).id for child, key in pointing}


def _unasked(steps: _Steps, released: Released) -> Iterable[Step]:
    """A backfill calls only those triggers that may be called; one that makes other rows goes along a key."""
    backfills = [step.backfill for step in (*steps.fill, *steps.data) if step.backfill is not None]
    for table in dict.fromkeys(backfill.table for backfill in backfills if backfill.into is not None):
        if released.before.known(table).primary_key is None:
            yield has_key(table)
    written: dict[Relation, set[str]] = {}
    for backfill in backfills:
        if backfill.into is None or backfill.match:
            written.setdefault(backfill.into or backfill.table, set()).update(backfill.values)
    for table, columns in written.items():
        yield nothing_comes_of_it(table, columns, released.said.fires)
    yield from expressions_fit(backfills, released)


def _fired(steps: _Steps, released: Released) -> Iterable[str]:
    """What is said to be called for each row of a backfill."""
    filled = (s.backfill for s in (*steps.fill, *steps.data) if s.backfill)
    for table in dict.fromkeys(backfill.into or backfill.table for backfill in filled):
        triggers = ", ".join(sorted(released.before.known(table).triggers & released.said.fires))
        if triggers:
            yield f"The backfill of {table.text} fires {triggers} for each row, as was said."


def _touched(frames: Sequence[Frame]) -> tuple[Relation, ...]:
    touched = {cost.table for frame in frames for cost in frame.costs}
    changes = (effect.change for frame in frames for effect in frame.effects)
    renamed = (change for change in changes if isinstance(change, RenameTable) and change.table in touched)
    return tuple(sorted(touched | {change.table.sibling(change.new_name) for change in renamed}))


def _refused(refusals: Iterable[tuple[Place, str, str]], unknown: Sequence[Relation] = ()) -> Refused:
    """``unknown``: tables of which the whole shape is not known."""
    lines = [f"{place}: {why}\n    {instead}" for place, why, instead in refusals]
    return Refused(
        "this release cannot be split:\n  " + "\n  ".join(dict.fromkeys(lines)),
        advice="Everything else in it could be: take these statements out, or write them in another way."
        if not unknown
        else f"{listed([name.text for name in unknown])} may have more than is known here: give the whole"
        " history, or the schema before this migration: --schema FILE, written by `pg_dump --schema-only`.",
    )


def _order(phase: Phase) -> int:
    return phase.order


def _numbered(steps: Sequence[Step], release: str, again: frozenset[str]) -> tuple[Step, ...]:
    """The steps with ids that say their place; those that only the journal knows of ask it."""
    numbered: list[Step] = []
    for phase in Phase:
        for number, step in enumerate((s for s in steps if s.phase is phase), start=1):
            id_ = f"{phase.value}-{number:02}-{step.id}"
            told = written_down(release, id_)
            if step.probe == JOURNAL:
                named = replace(step, id=id_, probe=ask(told))
            elif TOLD in step.probe:
                named = replace(step, id=id_, probe=step.probe.replace(TOLD, told))
            elif step.scope is Scope.BATCHES and phase is Phase.BACKFILL and step.id in again:
                named = replace(or_told(step, told), id=id_)
            else:
                named = replace(step, id=id_)
            numbered.append(named)
    return tuple(numbered)

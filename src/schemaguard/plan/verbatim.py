"""The author's own statements as steps: where they run as they are, or with one word put in."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from schemaguard.changes import (
    AddCheck,
    AddForeignKey,
    CreateIndex,
    DropIndex,
    DropNotNull,
    ValidateConstraint,
)
from schemaguard.changes.base import Change
from schemaguard.conditions import all_of, ask, either
from schemaguard.costs import Cost, Lock, essential
from schemaguard.frame import Frame
from schemaguard.locks import LockMode
from schemaguard.loose_steps import retained
from schemaguard.names import Relation
from schemaguard.partition_steps import Part, build
from schemaguard.phase import Phase
from schemaguard.plan import edits
from schemaguard.plan.held import held
from schemaguard.plan.probes import Ends, seen
from schemaguard.plan.undone import way_back
from schemaguard.recipe import LockClass, Scope, Step
from schemaguard.steps import drop_constraint, slug, validate

#: A probe that cannot be asked of the catalog: the journal has to tell.
JOURNAL = ""
#: A condition within a probe: or the journal says so.
TOLD = "(told by the journal)"
_BETWEEN_WORDS = re.compile(r"(?<=[a-z])(?=[A-Z])")


def as_written(frame: Frame, phase: Phase, ends: Ends) -> Step:
    """The statement as it is."""
    changes = [effect.change for effect in frame.effects]
    text = frame.statement.text
    locks = _locks(effect_cost for effect in frame.effects for effect_cost in effect.costs)
    calm = not any(mode.stops_writes for table, mode in locks if table not in frame.young)
    conditions = [seen(change, frame.before, frame.after, ends) for change in changes]
    probe = ask(all_of(*conditions)) if all(conditions) else JOURNAL
    alone = edits.has_word(text, "CONCURRENTLY") or any(
        isinstance(c, ValidateConstraint) or c.alone_on(frame.before) for c in changes
    )
    return Step(
        id=slug(_subject(frame, changes).name, *(_name(change) for change in changes[:2])),
        phase=phase,
        title=_title(text),
        sql=(text,),
        scope=Scope.ALONE if alone else Scope.TRANSACTION,
        lock_class=LockClass.PATIENT if calm else LockClass.BLOCKING,
        locks=tuple((table, mode) for table, mode in locks if table not in frame.young),
        probe=probe,
        check=probe,
        undo=way_back(frame, ends),
        holds=tuple(held(frame, changes)),
        tidy=tuple(
            drop_constraint(c.column.table, retained(c.column)) for c in changes if isinstance(c, DropNotNull)
        ),
    )


def index(frame: Frame, change: CreateIndex, phase: Phase, ends: Ends) -> list[Step]:
    """The author's CREATE INDEX, CONCURRENTLY; of a partitioned table part by part."""
    whole = change.as_part(frame.before)
    # Of an index that takes another's name, or is gone in the end, the catalog does not tell.
    tells = whole.index in ends.end.indexes and whole.index not in ends.start.indexes
    return [step if tells else told_by_journal(step) for step in built(frame.statement.text, whole, phase)]


def built(text: str, whole: Part, phase: Phase) -> Iterator[Step]:
    """The author's CREATE INDEX, under the names of these parts."""

    def write(part: Part) -> str:
        if whole.parts is None:
            return edits.concurrently(text, part.index.name)
        return edits.index_on(text, part.index.name, part.table, only=part.parts is not None)

    return build(whole, write, phase)


def not_valid(frame: Frame, change: AddCheck | AddForeignKey, phase: Phase, ends: Ends) -> list[Step]:
    """The author's constraint, written down at once and validated afterwards.

    Where a child has it from its parent, it becomes the child's own, too: nothing is read.
    """
    had = {constraint.name for constraint in frame.before.known(change.table).constraints}
    has = (constraint.name for constraint in frame.after.known(change.table).constraints)
    name = next((one for one in has if one not in had), "")
    add = as_written(frame, phase, ends)
    if not name:
        return [told_by_journal(add)]
    if not edits.names(frame.statement.text, name):
        # The same statement again gives it another one.
        add = replace(add, id=slug(add.id, name))
    valid = change.check.valid if isinstance(change, AddCheck) else change.key.valid
    if not valid:
        return [add]
    target = change.key.target if isinstance(change, AddForeignKey) else None
    steps = [
        _with_sql(add, edits.not_valid(frame.statement.text)),
        validate(change.table, name, phase, also=target),
    ]
    return steps if add.probe != JOURNAL else [steps[0], told_by_journal(steps[1])]


def dropped_index(frame: Frame, change: DropIndex, phase: Phase, ends: Ends) -> Step:
    """The author's DROP INDEX, CONCURRENTLY."""
    step = as_written(frame, phase, ends)
    built = frame.before.indexes.get(change.index)
    table = built.table if built else change.index
    return replace(
        step,
        sql=(edits.drop_concurrently(frame.statement.text),),
        scope=Scope.ALONE,
        lock_class=LockClass.PATIENT,
        locks=((table, LockMode.SHARE_UPDATE_EXCLUSIVE),),
    )


def or_so(step: Step, condition: str) -> Step:
    """The step, done as well where the condition holds."""

    def widened(query: str) -> str:
        return ask(either(query.removeprefix("SELECT "), condition))

    return replace(step, probe=widened(step.probe), check=widened(step.check) if step.check else "")


def told_as_well(step: Step) -> Step:
    """The step, done as well where the journal says so; what follows it still asks the catalog."""
    return replace(step, probe=ask(either(step.probe.removeprefix("SELECT "), TOLD)))


def or_told(step: Step, told: str) -> Step:
    """The step, done as well where the journal says so: what it does may have to be done again."""
    return replace(or_so(step, told), check="")


def told_by_journal(step: Step) -> Step:
    """The step, of which the catalog does not tell whether it is done."""
    return _replace_probe(step, JOURNAL)


def _replace_probe(step: Step, probe: str) -> Step:
    return replace(step, probe=probe, check="")


def _with_sql(step: Step, statement: str) -> Step:
    return replace(step, sql=(statement,), title=_title(statement))


def _locks(costs: Iterable[Cost]) -> list[tuple[Relation, LockMode]]:
    return sorted(
        ((cost.table, cost.mode) for cost in essential(costs) if isinstance(cost, Lock)),
        key=lambda lock: (lock[0], lock[1].strength),
    )


def _subject(frame: Frame, changes: list[Change]) -> Relation:
    for change in changes:
        for owner in (change, getattr(change, "column", None), getattr(change, "index", None)):
            table = getattr(owner, "table", None)
            if isinstance(table, Relation):
                return table
    tables = sorted(cost.table for cost in frame.costs)
    return tables[0] if tables else Relation("public", "schema")


def _name(change: Change) -> str:
    return _BETWEEN_WORDS.sub("_", type(change).__name__).lower()


def _title(text: str) -> str:
    whole = " ".join(text.split())
    return whole if len(whole) <= 90 else f"{whole[:87]}..."

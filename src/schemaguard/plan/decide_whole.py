"""What becomes of a change to a whole table or type: a new name, a partition, a value more."""

from schemaguard.changes import AddEnumValue, AttachPartition, RenameEnumValue, RenameTable, RenameType
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.attached import made_before
from schemaguard.plan.decide_spelling import decide_spelling
from schemaguard.plan.decision import Decision, Gentle, Impossible, Written
from schemaguard.plan.released import Released
from schemaguard.recipe import Intent, Step
from schemaguard.schema import EnumState
from schemaguard.server import Server

_NEW_VALUE = (
    "'{value}' of type {type}: old code that reads it does not know it. Let new code write it only when no"
    " old code runs any more, or know that old code can do with it."
)


def decide_whole(
    change: RenameTable | AttachPartition | AddEnumValue | RenameEnumValue,
    frame: Frame,
    released: Released,
    server: Server,
    notes: list[str],
) -> Decision:
    """The recipe's steps, or why there are none."""
    if isinstance(change, AddEnumValue):
        notes.append(_NEW_VALUE.format(value=change.value, type=change.type.text))
        return Written(Phase.EXPAND)
    if isinstance(change, RenameEnumValue):
        return decide_spelling(change, frame, released, notes)
    schema, before = frame.before, tuple[Step, ...]()
    if isinstance(change, AttachPartition):
        before, schema = made_before(change, schema, server)
        why = change.obstacle(schema)
        instead = "Make it so before, by a migration of its own; then it is attached without being read."
    else:
        why = _of_rename(change, frame, released, server)
        instead = "Rename it by a release of its own, or keep the name and change it in code alone."
    recipe = change.recipe(schema, server, Intent())
    if why or recipe is None:
        return Impossible(why, instead)
    notes.extend(recipe.notes)
    return Gentle((*before, *recipe.steps))


def otherwise(change: Change, frame: Frame) -> str:
    """What to do by hand where running code needs what goes."""
    if isinstance(change, RenameType) and isinstance(frame.before.types.get(change.type), EnumState):
        return (
            "To take a value out of it, make a type of another name without it, and give that to each column"
            " by ALTER COLUMN ... TYPE ... USING; then drop this one. Or forbid the value by a CHECK, and"
            " leave it in the type."
        )
    return "Make it in two releases by hand: first what both versions can live with, then the rest."


def _of_rename(change: RenameTable, frame: Frame, released: Released, server: Server) -> str:
    if change.table not in frame.before.tables:
        return f"running code may need {change.table.text}, and there is no recipe for it yet"
    names = {change.table, change.table.sibling(change.new_name)}
    if any(names & _touched(other) for other in released.frames if other is not frame):
        return f"{change.table.text} is renamed, and other statements of this release are about it"
    why = change.obstacle(frame.before, server)
    return f"a view cannot stand in for {change.table.text}: {why}" if why else ""


def _touched(frame: Frame) -> set[Relation]:
    return {cost.table for cost in frame.costs}

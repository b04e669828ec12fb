"""What becomes of NOT NULL that comes or goes."""

from collections.abc import Container

from schemaguard.changes import DropNotNull, RenameColumn, SetNotNull
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible, Written
from schemaguard.plan.released import Released
from schemaguard.plan.unmade import INSTEAD, dropped_tables
from schemaguard.recipe import Intent
from schemaguard.server import Server

_READ = (
    "{0}: old code that reads it may not be ready for NULL. Let new code write NULL only when no old code"
    " runs any more, or know that old code can do with it."
)


def decide_not_null(
    change: Change,
    frame: Frame,
    released: Released,
    server: Server,
    notes: list[str],
    later: Container[Relation],
) -> Decision | None:
    """None: others decide. ``later``: tables of which something was put off to the contract."""
    match change:
        case SetNotNull():
            return _set(change, frame, released, server, notes, later)
        case DropNotNull(column=column) if (state := frame.before.column(column)) and not state.not_null:
            return Consumed()  # It may be NULL already.
        case DropNotNull(column=column) if column.table not in frame.young:
            notes.append(_READ.format(column.text))
            return None
        case _:
            return None


def _set(
    change: SetNotNull,
    frame: Frame,
    released: Released,
    server: Server,
    notes: list[str],
    later: Container[Relation],
) -> Decision:
    said = released.said
    column = said.final(change.column)
    state = released.end.column(column)
    known = released.end.tables.keys() | dropped_tables(released.frames)
    if column.table in known and not (state and state.not_null):
        return Impossible(f"NOT NULL of {column.text} is gone when the release ends", INSTEAD)
    schema = frame.before
    if column != change.column:
        schema = RenameColumn(change.column, column.name).apply(schema)
    value = next((text for c, text in said.null.items() if said.final(c) == column), "")
    recipe = SetNotNull(column).recipe(schema, server, Intent(null={column.name: value} if value else {}))
    if recipe is not None:
        notes.extend(recipe.notes)
        return Gentle(recipe.steps)
    if released.in_pair(column):
        return Consumed()
    return Written(Phase.CONTRACT if column.table in later else Phase.EXPAND)

"""What becomes of a column, a table or a type that is dropped."""

from dataclasses import replace

from schemaguard.changes import DropColumn, DropTable, DropType
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.names import Column
from schemaguard.phase import Phase
from schemaguard.plan import verbatim
from schemaguard.plan.decision import Decision, Gentle, Impossible
from schemaguard.plan.released import Released
from schemaguard.plan.tombstones import buried
from schemaguard.recipe import Intent
from schemaguard.schema import SchemaState
from schemaguard.server import Server


def decide_drop(
    change: Change, frame: Frame, released: Released, server: Server, notes: list[str]
) -> Decision | None:
    """New code does without it; or why it cannot. None: it is another change, or has no recipe."""
    if isinstance(change, DropType) and not change.cascade:
        # Columns of it may go by the last steps only.
        return Gentle((), last=(verbatim.as_written(frame, Phase.CONTRACT, released.ends),))
    if not isinstance(change, DropColumn | DropTable):
        return None
    schema = frame.before
    if isinstance(change, DropColumn):
        # An index that the release drops as well is there until the contract.
        schema = replace(schema, indexes={**released.before.indexes, **schema.indexes})
        schema = _with_the_default_of_before(schema, change.column, released)
        why = change.obstacle(schema)
        if why:
            return Impossible(why, "Drop that index by a release of its own before.")
    recipe = change.recipe(schema, server, Intent())
    if recipe is None:
        return None
    notes.extend(recipe.notes)
    if released.said.buries(change):
        return buried(change, recipe.steps, frame, released.release, notes)
    return Gentle(recipe.steps, drops=True)


def _with_the_default_of_before(schema: SchemaState, column: Column, released: Released) -> SchemaState:
    """Defaults that the release gives and takes come and go in the contract only, with the column."""
    before, now = released.before.column(column), schema.column(column)
    if before is None or now is None or before.default == now.default:
        return schema
    table = schema.known(column.table)
    return schema.with_table(column.table, table.with_column(replace(now, default=before.default)))

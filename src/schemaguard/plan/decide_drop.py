"""What becomes of a column that is dropped."""

from dataclasses import replace

from schemaguard.changes import DropColumn
from schemaguard.frame import Frame
from schemaguard.plan.decision import Decision, Gentle, Impossible
from schemaguard.plan.released import Released
from schemaguard.plan.tombstones import buried
from schemaguard.recipe import Intent
from schemaguard.server import Server


def decide_drop(
    change: DropColumn, frame: Frame, released: Released, server: Server, notes: list[str]
) -> Decision:
    """New code leaves it out; or why it cannot."""
    # An index that the release drops as well is there until the contract.
    schema = replace(frame.before, indexes={**released.before.indexes, **frame.before.indexes})
    why = change.obstacle(schema)
    if why:
        return Impossible(why, "Drop that index by a release of its own before.")
    recipe = change.recipe(schema, server, Intent())
    assert recipe is not None, change
    notes.extend(recipe.notes)
    if released.said.buries(change):
        return buried(change, recipe.steps, frame, released.release, notes)
    return Gentle(recipe.steps, drops=True)

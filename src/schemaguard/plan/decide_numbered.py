"""What becomes of a new column that numbers the rows: identity or serial."""

from schemaguard.changes import AddColumn
from schemaguard.frame import Frame
from schemaguard.names import Column
from schemaguard.number_steps import unnumbered
from schemaguard.plan.decision import Decision, Gentle, Impossible
from schemaguard.recipe import Intent
from schemaguard.server import Server


def decide_numbered(change: AddColumn, frame: Frame, server: Server, notes: list[str]) -> Decision:
    """The steps, or why there are none."""
    of = Column(change.table, change.column.name)
    recipe = change.recipe(frame.before, server, Intent())
    if recipe is not None:
        notes.extend(recipe.notes)
        return Gentle(recipe.steps)
    if unnumbered(change.column) is None:
        return Impossible(
            f"the sequence of {of.text} gives every value of {change.column.type}, so none is left for rows"
            " without a number",
            "Leave one out: MINVALUE 1, for example.",
        )
    return Impossible(
        f"{of.text} is numbered row by row, and has constraints from the start",
        "Add the column without them, and each of them by a statement of its own.",
    )

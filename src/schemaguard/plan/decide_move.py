"""What becomes of a statement that moves columns to another table, and of these columns."""

from collections.abc import Iterator
from dataclasses import replace

from schemaguard.across import Across
from schemaguard.across_new import AcrossNew
from schemaguard.across_steps import steps
from schemaguard.changes import DropColumn
from schemaguard.changes.base import Change
from schemaguard.frame import Frame
from schemaguard.phase import Phase
from schemaguard.plan.decision import Decision, Gentle, Impossible
from schemaguard.plan.moves import BY_HAND
from schemaguard.plan.released import Released
from schemaguard.recipe import Intent
from schemaguard.server import Server
from schemaguard.steps import listed

_DEADLOCK = (
    "Code that writes {source} and code that writes {target} lock the two rows in opposite order: where they"
    " write the same at the same moment, the server ends one of them (40P01), which is to try again."
)
_NOT_YET = (
    "New code finds its rows in {target} when the backfill is done, and not before. Code that reads {columns}"
    " finds NULL where new code has no row there."
)
_LEFT = (
    "What is in {columns} of {source} for rows that have none in {target} is gone in the end, as the"
    " migration says. A row that code inserts into {target} with NULL in {new}, or without, gets what"
    " {source} says; so does one that goes to another row of {source}."
)
_TRUNCATE = (
    "From the expand on, TRUNCATE {source} by itself is refused, for {target} points to it: TRUNCATE ..."
    " CASCADE empties both."
)

_SILENT = (
    "Rows of {source} with NULL in {columns} have one in {target}, too, as the migration says: they get it in"
    " the backfill, and once more in the contract. New code that makes both in two transactions may find the"
    " second there; with ON CONFLICT that does no harm."
)


def decide_move(
    change: Change, frame: Frame, released: Released, server: Server, notes: list[str]
) -> Decision | None:
    """The steps; None: it is another change."""
    for move in released.moves:
        across = move.across
        if isinstance(across, str):
            if change is move.change:
                return Impossible(f"it moves columns that are dropped: {across}", BY_HAND)
        elif change is move.change:
            return _moved(across, released, notes)
        elif isinstance(change, DropColumn) and change.column in across.columns:
            return _dropped(change, frame, released, server)
    return None


def _moved(across: Across, released: Released, notes: list[str]) -> Decision:
    others = [move.across for move in released.moves if isinstance(move.across, Across)]
    twice = [c for c in across.columns if sum(c in other.columns for other in others) > 1]
    twice += [c for c in across.columns if released.in_pair(c)]
    if twice:
        return Impossible(f"{min(twice).text} goes to two places", "Move it to one, and copy it later.")
    beside = [other for other in others if other is not across and other.target == across.target]
    if beside and isinstance(across, AcrossNew):
        return Impossible(
            f"rows of {across.target.text} are made by two statements", "Make them by one statement."
        )
    words = {
        "source": across.source.text,
        "target": across.target.text,
        "columns": listed(tuple(across.moved)),
        "new": listed(tuple(across.moved.values())),
    }
    notes.extend(note.format(**words) for note in (*_notes(across, released), _DEADLOCK))
    keys = released.before.known(across.source).foreign_keys()
    also = {key.target for key in keys if set(key.columns) & across.moved.keys()}
    return Gentle(tuple(steps(across, also)), drops=True)


def _notes(across: Across, released: Released) -> Iterator[str]:
    if not isinstance(across, AcrossNew):
        yield _LEFT
        return
    yield _NOT_YET
    if across.every:
        yield _SILENT
    if any(key.target == across.source for key in released.end.known(across.target).foreign_keys()):
        yield _TRUNCATE


def _dropped(change: DropColumn, frame: Frame, released: Released, server: Server) -> Decision:
    """New code may leave it out; it goes with the triggers."""
    if change.cascade:
        return Impossible("CASCADE may take more along", "Drop by statements of their own what hangs on it.")
    if released.said.buries(change) and id(change) in released.said.buried:
        return Impossible(
            f"{change.column.text} lives on in another table, and goes with the triggers between them",
            "Leave schemaguard: tombstone out here: its values are there.",
        )
    schema = replace(frame.before, indexes={**released.before.indexes, **frame.before.indexes})
    why = change.obstacle(schema)
    if why:
        return Impossible(why, "Drop that index by a release of its own before.")
    recipe = change.recipe(schema, server, Intent())
    found = recipe.steps if recipe else ()
    return Gentle(tuple(step for step in found if step.phase is Phase.EXPAND))

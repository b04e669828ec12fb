"""What becomes of indexes and keys that are new."""

from collections.abc import Iterable
from dataclasses import replace

from schemaguard.changes import AddPrimaryKey, AddUnique, CreateIndex, DropIndex
from schemaguard.frame import Effect, Frame
from schemaguard.names import Relation
from schemaguard.phase import Phase
from schemaguard.plan import verbatim
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible
from schemaguard.plan.edits import has_word
from schemaguard.plan.released import Released
from schemaguard.recipe import Intent, Step
from schemaguard.schema import Unique
from schemaguard.server import Server


def decide_index(change: CreateIndex, frame: Frame, effect: Effect, released: Released) -> Decision:
    """The author's CREATE INDEX."""
    if change.if_not_exists and change.name in frame.before.indexes:
        return Consumed()
    named = columns_of(change)
    if obstacle := goes(released, change.index.table, named):
        return obstacle
    # A name that another index has is free only in the contract.
    taken = change.chosen_name(frame.before) in released.before.indexes
    new = named & new_columns(released, change.index.table)
    phase = Phase.CONTRACT if taken or (effect.breaks and not new) else Phase.EXPAND
    return Gentle(tuple(verbatim.index(frame, change, phase, released.ends)))


def decide_key(
    change: AddUnique | AddPrimaryKey, frame: Frame, released: Released, server: Server
) -> Decision:
    """The author's UNIQUE or PRIMARY KEY."""
    key = key_of(change)
    if obstacle := unbuildable(key, frame) or goes(released, change.table, key.columns):
        return obstacle
    recipe = change.recipe(frame.before, server, Intent())
    steps = recipe.steps if recipe else ()
    if new_columns(released, change.table).intersection(key.columns):
        steps = tuple(replace(step, phase=Phase.EXPAND) for step in steps)
    return Gentle(steps)


def dropped_index(frame: Frame, change: DropIndex, released: Released) -> Step:
    """The author's DROP INDEX: CONCURRENTLY, but of a partitioned table, which knows no such thing."""
    built = frame.before.indexes.get(change.index)
    if built is not None and frame.before.known(built.table).partitioned_by is not None:
        step = verbatim.as_written(frame, Phase.CONTRACT, released.ends)
    else:
        step = verbatim.dropped_index(frame, change, Phase.CONTRACT, released.ends)
    made = (effect.change for each in released.frames for effect in each.effects)
    again = any(isinstance(one, CreateIndex) and one.name == change.index for one in made)
    return verbatim.told_by_journal(step) if again else step


def key_of(change: AddUnique | AddPrimaryKey) -> Unique:
    """The constraint that it adds."""
    return change.unique if isinstance(change, AddUnique) else change.key


def columns_of(change: CreateIndex) -> set[str]:
    """The columns that the index has to do with."""
    return {column for column in change.index.columns if column} | change.index.also


def unbuildable(key: Unique, frame: Frame) -> Impossible | None:
    """Why the key's index cannot be built by itself; None: it can."""
    if has_word(frame.statement.text, "WITH", "TABLESPACE"):
        return Impossible(
            "a key with storage parameters or a tablespace is built while nobody can use the table",
            "Build the index with CREATE UNIQUE INDEX CONCURRENTLY, and add the constraint USING INDEX.",
        )
    if key.without_overlaps:
        return Impossible(
            "a key WITHOUT OVERLAPS is built while nobody can use the table",
            "Do it while nobody needs the table, or fill a new one that has it.",
        )
    return None


def goes(released: Released, table: Relation, columns: Iterable[str]) -> Impossible | None:
    """Why nothing new can be about the columns: their facts live on in new ones; None: it can."""
    sync = released.syncs.get(table)
    going = set(columns) & set(sync.dropped) if sync else ()
    if not going:
        return None
    return Impossible(
        f"it is about {', '.join(sorted(going))} of {table.text}, which this release renames, drops or makes"
        " anew",
        "Put it behind the statement that does so, with the new name, or into a release of its own.",
    )


def new_columns(released: Released, table: Relation) -> set[str]:
    """The columns which this release adds, and which are filled by new code alone."""
    return {
        column.name
        for column, added in released.said.added.items()
        if column.table == table
        and not released.in_step(column)
        and not (added.column.generated or added.column.brings_sequence)
    }

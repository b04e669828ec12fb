"""What becomes of an index or a key that takes the place of another: that one stays until it is there."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import takewhile

from schemaguard.changes import (
    AddPrimaryKey,
    AddUnique,
    AlterConstraint,
    CommentOn,
    CreateIndex,
    DropIndex,
    ReplicaIdentity,
    SetOption,
)
from schemaguard.changes.base import Change
from schemaguard.conditions import all_of, ask, constraint_exists, index_is_ready, negated, relation_exists
from schemaguard.costs import Lock
from schemaguard.frame import Frame
from schemaguard.locks import LockMode
from schemaguard.names import Relation, quote
from schemaguard.partition_steps import Part, add_key, key_index, part_of
from schemaguard.phase import Phase
from schemaguard.plan.decide_index import columns_of, goes, key_of, new_columns, unbuildable
from schemaguard.plan.decision import Consumed, Decision, Gentle, Impossible, Written
from schemaguard.plan.edits import has_word
from schemaguard.plan.released import Released
from schemaguard.plan.replaced import Replaced
from schemaguard.plan.verbatim import TOLD, built, told_as_well
from schemaguard.recipe import Intent, Step
from schemaguard.schema import Unique
from schemaguard.server import Server
from schemaguard.sql.words import named
from schemaguard.steps import alone, at_once, drop_constraint, ensure, own_name, slug

#: What is said of an index or a key that is there.
_SAID = (AlterConstraint, CommentOn, ReplicaIdentity, SetOption)


def decide_replaced(change: Change, frame: Frame, released: Released, server: Server) -> Decision | None:
    """All steps, with the last of the changes; None: it is another change."""
    for each in released.replaced:
        if change is each.last:
            return _decided(each, released, server)
        if any(change is one for one in each.changes):
            return Consumed()
        if isinstance(change, _SAID) and _is_about(change, frame, each, released):
            # Until then that is another one's name.
            return Written(Phase.CONTRACT)
    return None


def _is_about(change: Change, frame: Frame, each: Replaced, released: Released) -> bool:
    """Whether it says something of the new index or key, which is there by then."""
    if isinstance(change, CommentOn) and change.kind not in ("index", "constraint"):
        return False
    later = any(one is each.frame for one in takewhile(lambda one: one is not frame, released.frames))
    return later and bool(named(frame.statement.text, {each.name.name}))


def _decided(each: Replaced, released: Released, server: Server) -> Decision:
    made, start = each.made, released.before
    columns = columns_of(made) if isinstance(made, CreateIndex) else set(key_of(made).columns)
    before = start.indexes[each.old]
    had = {column for column in before.columns if column} | before.also
    table = made.index.table if isinstance(made, CreateIndex) else made.table
    obstacle = goes(released, table, columns) or (not each.apart and goes(released, before.table, had))
    if isinstance(made, AddUnique | AddPrimaryKey):
        obstacle = obstacle or unbuildable(key_of(made), each.frame)
    if obstacle:
        return obstacle
    # What the old one refuses no code writes; and of new columns only new code knows.
    stricter = made if isinstance(made, CreateIndex) else AddUnique(table, key_of(made))
    breaks = any(stricter.breaks(start, server)) or _subtler(each, released)
    phase = Phase.CONTRACT if breaks and not columns & new_columns(released, table) else Phase.EXPAND
    if isinstance(made, CreateIndex):
        first, renames = _parts_of(each, made)
        building = tuple(map(told_as_well, built(each.frame.statement.text, first, phase)))
        if each.apart:
            return Gentle(building, last=(_renamed(each, renames),))
        return Gentle((*building, *_index(each, renames, released, server)))
    present = made.present(each.schema, server, Intent()) if isinstance(made, AddPrimaryKey) else []
    if present is None:
        return Impossible(f"a column of the key of {table.text} is not known", "Give the whole history.")
    return Gentle((*present, *_key(each, made, phase)))


def _subtler(each: Replaced, released: Released) -> bool:
    """Whether it may refuse at once what one over the same columns lets pass, or looks at later."""
    unique = each.made.index.unique if isinstance(each.made, CreateIndex) else True
    before = released.before.indexes[each.old]
    key = released.before.known(before.table).constraint(each.old.name)
    deferrable = isinstance(key, Unique) and key.deferrable
    return unique and (deferrable or has_word(each.frame.statement.text, "NULLS", "COLLATE"))


def _key(each: Replaced, made: AddUnique | AddPrimaryKey, phase: Phase) -> Iterator[Step]:
    table = made.table
    yield told_as_well(key_index(each.temporary, table, key_of(made), phase))
    yield _exchange(
        each,
        f"let {each.name.name} of {table.text} be the new key, and no longer the old one",
        (drop_constraint(table, each.old.name), add_key(table, each.name.name, key_of(made), each.temporary)),
        {table: LockMode.ACCESS_EXCLUSIVE},
        constraint_exists(table, each.name.name),
    )


def _parts_of(each: Replaced, made: CreateIndex) -> tuple[Part, tuple[str, ...]]:
    """The index with its parts under passing names, and what gives them their last ones."""
    last = made.as_part(each.schema)
    names = {part.table: part.index for part in _parts(last)} | {last.table: each.name}

    def passing(table: Relation) -> str:
        return own_name(names[table].name, "new")

    first = part_of(made.index.table, each.temporary, each.schema, passing)
    return first, tuple(
        f"ALTER INDEX {part.index} RENAME TO {quote(names[part.table].name)}" for part in _parts(first)
    )


def _renamed(each: Replaced, renames: tuple[str, ...]) -> Step:
    title = f"give index {each.temporary.text} the name {each.name.name}"
    return _exchange(each, title, renames, {}, index_is_ready(each.name))


def _index(each: Replaced, renames: tuple[str, ...], released: Released, server: Server) -> Iterator[Step]:
    ready = ensure(
        slug(each.name.name, "is-there"),
        f"index {each.temporary.text}, which takes the place of {each.old.text}, is there",
        Phase.CONTRACT,
        index_is_ready(each.temporary),
    )
    yield told_as_well(ready)
    was, drop = released.before.indexes[each.old].table, DropIndex(index=each.old)
    renaming = _renamed(each, renames)
    if released.before.known(was).partitioned_by is not None:
        locks = {
            cost.table: cost.mode for cost in drop.costs(released.before, server) if isinstance(cost, Lock)
        }
        sql = (f"DROP INDEX IF EXISTS {each.old}", *renames)
        title = f"drop index {each.old.text}, and {renaming.title}"
        yield replace(renaming, title=title, sql=sql, locks=tuple(locks.items()))
        return
    gone = alone(
        slug(each.old.name, "drop"),
        f"drop index {each.old.text} while {was.text} is in use",
        Phase.CONTRACT,
        f"DROP INDEX CONCURRENTLY IF EXISTS {each.old}",
        probe=negated(relation_exists(each.old)),
        locks=((was, LockMode.SHARE_UPDATE_EXCLUSIVE),),
        undo=None,
    )
    yield told_as_well(gone)
    yield renaming


def _exchange(
    each: Replaced, title: str, sql: tuple[str, ...], locks: Mapping[Relation, LockMode], done: str
) -> Step:
    """The last step: afterwards all names are as they were, so that only the journal tells of it."""
    step = at_once(
        slug(each.name.name, "take-place"),
        title,
        Phase.CONTRACT,
        sql,
        probe=TOLD,
        locks=tuple(locks.items()),
        undo=None,
    )
    return replace(step, check=ask(all_of(done, negated(relation_exists(each.temporary)))))


def _parts(whole: Part) -> Iterator[Part]:
    yield whole
    for part in whole.parts or ():
        yield from _parts(part)

"""Looks at a release as a whole: which of its columns live in two forms meanwhile."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from schemaguard.changes import ChangeType, RenameColumn
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.anew import is_made_anew, made_anew, renamed, retyped
from schemaguard.plan.conflicts import ruled
from schemaguard.plan.generated import end_of
from schemaguard.plan.heard import listen
from schemaguard.plan.moves import moves_of
from schemaguard.plan.nulls import what_null_means
from schemaguard.plan.pairs import pairs_of
from schemaguard.plan.released import Released
from schemaguard.plan.replaced import replaced
from schemaguard.recipe import Pair
from schemaguard.schema import SchemaState
from schemaguard.sync import Sync


def look(frames: Sequence[Frame], *, release: str, path: str, tombstones: bool = False) -> Released:
    """The release at a glance. InputError where it does not say what has to be known."""
    said = listen(frames, tombstones=tombstones)
    released = Released(frames, frames[0].before, end_of(frames, said), said, release)
    pairs: dict[Relation, list[Pair]] = defaultdict(list)
    released.moving = {*said.renamed, *made_anew(frames)}
    released.moves.extend(moves_of(frames, said, release))
    released.replaced, released.passing = replaced(frames)
    for frame in frames:
        for effect in frame.effects:
            pair = None
            match effect.change:
                case RenameColumn() as rename if rename.column in said.renamed:
                    pair = renamed(released, frame, rename)
                case ChangeType() as change if is_made_anew(change, effect, frame):
                    pair = retyped(released, frame, change)
                case _:
                    pass  # Others make no pair by themselves.
            if pair is not None:
                pairs[pair.table].append(pair)
    for pair in pairs_of(said, released.before, path=path):
        after = [column for column in released.end.known(pair.table).columns if column.name in pair.new]
        required = frozenset(column.name for column in after if column.not_null)
        whole = replace(pair, finish=_defaults(released.end, pair), required=required)
        pairs[pair.table].append(whole)
        released.questions.extend(what_null_means(whole, released.before))
    for table, of_table in ruled(pairs, said, released.before).items():
        types = {c.name: str(c.type) for c in released.before.known(table).columns if c.type is not None}
        types |= {name: type_ for pair in of_table for name, type_ in pair.new.items()}
        released.syncs[table] = Sync(table=table, pairs=tuple(of_table), release=release, types=types)
    return released


def _defaults(end: SchemaState, pair: Pair) -> tuple[str, ...]:
    """The defaults that the new columns have in the end; while both forms live there must be none."""
    found = []
    for name in pair.new:
        column = end.column(Column(pair.table, name))
        if column is not None and column.default is not None and not column.generated:
            of = f"ALTER TABLE {pair.table} ALTER COLUMN {quote(name)}"
            found.append(f"{of} SET DEFAULT {column.default.text}")
    return tuple(found)

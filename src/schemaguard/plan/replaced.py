"""Indexes and keys of a release that take the place of others, whatever they are called on the way."""

from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import count

from schemaguard.changes import (
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    CreateIndex,
    DropConstraint,
    DropIndex,
    RenameConstraint,
    RenameIndex,
)
from schemaguard.changes.add_unique import added_name
from schemaguard.changes.base import Change
from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.names import Relation
from schemaguard.schema import SchemaState, Unique
from schemaguard.steps import own_name

#: What brings an index.
Making = CreateIndex | AddUnique | AddPrimaryKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Replaced:
    """An index that goes, and the one that has its name in the end, or is the table's key in its place."""

    old: Relation
    #: The new one: its name in the end, and the one that it has until the old one has gone.
    name: Relation
    temporary: Relation
    made: Making
    frame: Frame
    #: The schema just before it is made.
    schema: SchemaState
    #: All changes that go into it, and the last of those that make the one and drop the other.
    changes: tuple[Change, ...]
    last: Change
    #: The old one goes, or gets another name, by what is done to its column or table, or to itself.
    apart: bool = False


@dataclass(slots=True, kw_only=True, eq=False)
class _Index:
    """One index on its way through the release."""

    names: list[Relation]
    changes: list[Change] = field(default_factory=list)
    made: Making | None = None
    frame: Frame | None = None
    schema: SchemaState | None = None
    #: It has become a constraint's, by a statement of the author.
    used: bool = False
    #: One that goes has been found for it.
    replaces: bool = False


@dataclass(slots=True)
class _Trail:
    """Follows all indexes by their names."""

    there: dict[Relation, _Index]
    gone: list[_Index] = field(default_factory=list)
    #: Which change came when.
    order: list[Change] = field(default_factory=list)

    def follow(self, change: Change, frame: Frame, schema: SchemaState) -> None:
        self.order.append(change)
        match change:
            case CreateIndex() if not change.is_there(schema):
                self._made(change, change.chosen_name(schema), frame, schema)
            case AddUnique(table=table) | AddPrimaryKey(table=table):
                name = added_name(table, schema, change.apply(schema))
                if schema.known(table).partitioned_by is None:
                    self._made(change, table.sibling(name), frame, schema)
            case DropIndex(index=index, cascade=False):
                self._dropped(change, index)
            case DropConstraint(table=table, name=name, cascade=False):
                self._dropped(change, table.sibling(name))
            case RenameIndex(index=index, new_name=new):
                self._renamed(change, index, new)
            case RenameConstraint(table=table, name=name, new_name=new):
                self._renamed(change, table.sibling(name), new)
            case AddUsingIndex(table=table, index=name):
                self._renamed(change, table.sibling(name), change.name or name)
                self.there[table.sibling(change.name or name)].used = True
            case _:
                pass  # Others neither make nor drop an index by its name.

    def _made(self, change: Making, name: Relation, frame: Frame, schema: SchemaState) -> None:
        self.there[name] = _Index(names=[name], changes=[change], made=change, frame=frame, schema=schema)

    def _dropped(self, change: Change, name: Relation) -> None:
        if name in self.there:
            index = self.there.pop(name)
            index.changes.append(change)
            self.gone.append(index)

    def _renamed(self, change: Change, name: Relation, new: str) -> None:
        index = self.there.pop(name, None) or _Index(names=[name])
        index.changes.append(change)
        index.names.append(name.sibling(new))
        self.there[name.sibling(new)] = index

    def last(self, *changes: Change) -> Change:
        return next(change for change in reversed(self.order) if any(change is one for one in changes))


def replaced(frames: Sequence[Frame]) -> tuple[tuple[Replaced, ...], frozenset[Relation]]:
    """All of them; names that they have for a while, or indexes until the author's USING INDEX."""
    start, trail = frames[0].before, _follow(frames)
    found: list[Replaced] = []
    passing = {name for index in trail.there.values() if index.used for name in index.names}
    for by_name in (True, False):
        for index in [one for one in trail.there.values() if not (one.used or one.replaces)]:
            old = next((o for o in trail.gone if _replaces(index, o, start, by_name=by_name)), None)
            if old is None or index.made is None or index.frame is None or index.schema is None:
                continue
            trail.gone.remove(old)
            index.replaces = True
            passing.update(old.names, index.names)
            found.append(
                Replaced(
                    old=old.names[0],
                    name=index.names[-1],
                    temporary=_temporary(index, start),
                    made=index.made,
                    frame=index.frame,
                    schema=index.schema,
                    changes=(*old.changes, *index.changes),
                    last=trail.last(old.changes[-1], index.made),
                )
            )
    found.extend(_apart(trail, start))
    return tuple(found), frozenset(passing)


def _apart(trail: _Trail, start: SchemaState) -> Iterator[Replaced]:
    """New indexes whose names others have, that are not dropped as such."""
    for name, index in trail.there.items():
        if name not in start.indexes or index.used or index.replaces or index.frame is None:
            continue
        if isinstance(index.made, CreateIndex) and index.schema is not None:
            yield Replaced(
                old=name,
                name=name,
                temporary=_temporary(index, start),
                made=index.made,
                frame=index.frame,
                schema=index.schema,
                changes=tuple(index.changes),
                last=index.made,
                apart=True,
            )


def _temporary(index: _Index, start: SchemaState) -> Relation:
    """The author's, if there is one."""
    first, last = index.names[0], index.names[-1]
    if first != last and not start.has_relation(first):
        return first
    free = (last.sibling(own_name(last.name, f"new{number or ''}")) for number in count())
    return next(name for name in free if not start.has_relation(name))


def _follow(frames: Sequence[Frame]) -> _Trail:
    trail = _Trail({name: _Index(names=[name]) for name in frames[0].before.indexes})
    for frame in frames:
        schema = frame.before
        for effect in frame.effects:
            trail.follow(effect.change, frame, schema)
            schema = effect.change.apply(schema)
    return trail


def _replaces(index: _Index, old: _Index, start: SchemaState, *, by_name: bool) -> bool:
    name, made = old.names[0], index.made
    if old.made is not None or name not in start.indexes:
        return False
    table = start.indexes[name].table
    key = start.known(table).constraint(name.name)
    # What is an index stays one, and what is a constraint, too.
    if isinstance(made, CreateIndex) or not isinstance(key, Unique):
        return by_name and name == index.names[-1] and isinstance(made, CreateIndex) and key is None
    if made is None or made.table != table or isinstance(made, AddPrimaryKey) is not key.primary:
        return False
    return key.primary or not by_name or name == index.names[-1]

"""What a transaction takes away and gives back before it commits: no other session ever misses it.

An enum that loses or changes values is swapped so: the type is renamed, one of its name is made, the
columns are given that, and the old one is dropped. At the commit there is a type of that name again. Only
sessions that have prepared a query of such a column fail once, so that hangs on the driver. A key that is
dropped and made anew, to cascade for example, refuses no row that it did not refuse before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import field, replace

from schemaguard.breaks import Break
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.rename_type import RenameType
from schemaguard.changes.set_default import SetDefault
from schemaguard.dataclass import dataclass
from schemaguard.frame import Effect, Frame, transactions
from schemaguard.names import Relation
from schemaguard.schema import EnumState, SchemaState


def without_restored(frames: Sequence[Frame]) -> tuple[Frame, ...]:
    """The frames without the breaks that are mended when their transaction commits."""
    return tuple(frame for group in transactions(frames) for frame in _mended(group))


def _mended(group: list[Frame]) -> Iterator[Frame]:
    if len(group) == 1:
        yield from group
        return
    ends = _Ends(group[0].before, group[-1].after)
    for frame in group:
        effects = tuple(_without(effect, ends) if effect.breaks else effect for effect in frame.effects)
        for effect in frame.effects:
            if isinstance(effect.change, RenameType):
                ends.new.add(effect.change.new)
        yield replace(frame, effects=effects) if effects != frame.effects else frame


@dataclass(frozen=True, slots=True)
class _Ends:
    """The schemas around a transaction, and the names of types that are new in it so far."""

    before: SchemaState
    after: SchemaState
    new: set[Relation] = field(default_factory=set)

    def left(self, change: Change, broken: Break) -> Iterator[Break]:
        """What is left of it when the transaction commits."""
        if not self._is_mended(change, broken):
            yield broken
        elif isinstance(change, ChangeType):
            yield replace(broken, certain=False)

    def _is_mended(self, change: Change, broken: Break) -> bool:
        match change:
            case RenameType(type=type_) | DropType(type=type_):
                return broken.needs == f"type {type_.text}" and (type_ in self.new or self.is_back(type_))
            case ChangeType(column=column):
                then, now = self.before.column(column), self.after.column(column)
                if then is None or now is None or then.type is None or then.type != now.type:
                    return False
                named = (one for one in self.before.types if then.type.name in (one.name, one.text))
                return all(self.is_back(one) for one in named)
            case SetDefault(column=column) | DropDefault(column=column):
                then, now = self.before.column(column), self.after.column(column)
                if then is None or now is None or then.default is None or now.default is None:
                    return False
                return then.default.text == now.default.text
            case AddForeignKey(table=table, key=key):
                keys = self.before.known(table).foreign_keys()
                return any((one.columns, one.target) == (key.columns, key.target) for one in keys)
            case AddUnique(table=table, unique=key):
                return self.before.unique_over(table, key.columns)
            case AddPrimaryKey(table=table, key=key) if broken.needs.startswith("duplicates"):
                return self.before.unique_over(table, key.columns)
            case CreateIndex(index=index) if None not in index.columns and not index.partial:
                return self.before.unique_over(index.table, [name for name in index.columns if name])
            case _:
                return False

    def is_back(self, type_: Relation) -> bool:
        """Whether there is an enum of that name again, which has all values of the first."""
        first, last = self.before.types.get(type_), self.after.types.get(type_)
        if not isinstance(first, EnumState) or not isinstance(last, EnumState):
            return False
        return set(first.values) <= set(last.values)


def _without(effect: Effect, ends: _Ends) -> Effect:
    return replace(
        effect, breaks=tuple(left for one in effect.breaks for left in ends.left(effect.change, one))
    )

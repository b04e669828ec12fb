"""A release at a glance: the schema before and after it, and the columns that live in two forms meanwhile."""

from collections.abc import Iterator, Sequence
from dataclasses import field

from schemaguard.changes import AddColumn, ChangeType, DropColumn, RenameColumn
from schemaguard.changes.base import Change
from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.keys import Keys, Second
from schemaguard.plan.moves import Move
from schemaguard.plan.probes import Ends
from schemaguard.plan.replaced import Replaced
from schemaguard.plan.said import Said
from schemaguard.recipe import Step
from schemaguard.schema import SchemaState
from schemaguard.sync import Sync
from schemaguard.text import Place


@dataclass(slots=True)
class Released:
    """What is known of the whole release before any of its statements is looked at alone."""

    frames: Sequence[Frame]
    before: SchemaState
    end: SchemaState
    said: Said
    #: Its name.
    release: str
    syncs: dict[Relation, Sync] = field(default_factory=dict)
    #: Of a rename: the steps beside the pair.
    around: dict[Column, tuple[Step, ...]] = field(default_factory=dict)
    #: What has to be true before anything is done.
    questions: list[Step] = field(default_factory=list)
    #: The columns that are renamed, or of another type in the end, whether or not there is an obstacle.
    moving: set[Column] = field(default_factory=set)
    seconds: list[Second] = field(default_factory=list)
    #: INSERT statements that take along to another table what is dropped.
    moves: list[Move] = field(default_factory=list)
    #: Indexes and keys that take the place of others, and names that they have for a while.
    replaced: tuple[Replaced, ...] = ()
    passing: frozenset[Relation] = frozenset()
    notes: list[str] = field(default_factory=list)
    refusals: list[tuple[Place, str, str]] = field(default_factory=list)

    @property
    def ends(self) -> Ends:
        """The schema before the release and after it."""
        return Ends(self.before, self.end)

    def in_pair(self, column: Column) -> bool:
        """Whether the column, under its first or its last name, is one of a pair's."""
        sync = self.syncs.get(column.table)
        if sync is None:
            return False
        return column.name in sync.added or self.said.original(column).name in sync.dropped

    def is_read(self, column: Column) -> bool:
        """Whether a trigger of ours is about the column, be it that it only reads it."""
        sync = self.syncs.get(column.table)
        return sync is not None and self.said.original(column).name in sync.known

    def in_step(self, column: Column) -> bool:
        """Whether it is kept in step, by a trigger of ours or by the author's own."""
        return self.in_pair(column) or self.said.keeps(column) is not None

    def paired_by(self, frame: Frame) -> Iterator[Relation]:
        """The tables whose pairs the frame has to do with."""
        for effect in frame.effects:
            column = _column(effect.change)
            if column is not None and self.in_pair(column):
                yield column.table

    def adding(self, table: Relation) -> tuple[str, ...]:
        """The statements that add the pairs' new columns, the author's own as far as possible."""
        sync, written, covered = self.syncs[table], [], set()
        for frame in self.frames:
            changes = [effect.change for effect in frame.effects]
            plain = [c for c in changes if isinstance(c, AddColumn) and c.table == table and _plain(c)]
            if changes and len(plain) == len(changes) and all(c.column.name in sync.added for c in plain):
                written.append(frame.statement.text)
                covered |= {change.column.name for change in plain}
        types = {name: type_ for pair in sync.pairs for name, type_ in pair.new.items()}
        ours = ", ".join(
            f"ADD COLUMN {quote(name)} {type_}" for name, type_ in types.items() if name not in covered
        )
        return (*((f"ALTER TABLE {table} {ours}",) if ours else ()), *written)

    @property
    def keys(self) -> Keys:
        """The keys of the columns that have a second one."""
        return Keys(before=self.before, end=self.end, seconds=tuple(self.seconds), syncs=self.syncs)

    def beside(self, column: Column) -> set[str]:
        """The columns of its table that are moving, itself among them."""
        return {one.name for one in self.moving if one.table == column.table}

    def pointed_to(self, sync: Sync) -> Iterator[Relation]:
        """The tables that foreign keys of the dropped columns point to."""
        for key in self.before.known(sync.table).foreign_keys():
            if set(key.columns) & set(sync.dropped):
                yield key.target


def _plain(change: AddColumn) -> bool:
    column = change.column
    return not (column.not_null or column.fills_itself or change.constraints or change.if_not_exists)


def _column(change: Change) -> Column | None:
    match change:
        case AddColumn(table=table, column=column):
            return Column(table, column.name)
        case DropColumn(column=of) | RenameColumn(column=of) | ChangeType(column=of):
            return of
        case _:
            return None  # Others are not what makes a pair.

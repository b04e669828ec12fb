"""A release at a glance: the schema before and after it, and the columns that live in two forms meanwhile."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from schemaguard.changes import AddColumn, ChangeType, DropColumn, RenameColumn
from schemaguard.changes.base import Change
from schemaguard.costs import blocks
from schemaguard.frame import Effect, Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.narrowing import widens
from schemaguard.plan.carry import carry, unknown_index
from schemaguard.plan.conflicts import ruled
from schemaguard.plan.generated import end_of
from schemaguard.plan.heard import listen
from schemaguard.plan.keys import Keys, Second, apart
from schemaguard.plan.keys import obstacle as key_obstacle
from schemaguard.plan.moves import Move, moves_of
from schemaguard.plan.nulls import what_null_means
from schemaguard.plan.pairs import pairs_of
from schemaguard.plan.probes import Ends
from schemaguard.plan.said import Said
from schemaguard.plan.verbatim import or_so
from schemaguard.recipe import Intent, Pair, Recipe, Step
from schemaguard.schema import SchemaState, constrained_columns
from schemaguard.steps import own_name
from schemaguard.sync import Sync, ended
from schemaguard.text import Place

BY_HAND = (
    "Keep the old name in the database and give the new one to the attribute in code; or add a new column,"
    " move to it over two releases, and drop the old one."
)


RETYPE_BY_HAND = (
    "Add a column of another name and the new type, fill it by an UPDATE, and drop the old one, all in this"
    " release: both are kept in step meanwhile."
)
_RETYPED = (
    "{0} is of the old type until the contract: until then new code must not write what only {1} can hold. It"
    " becomes the last column of its table, and prepared statements that read it fail once with 0A000."
)


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


def look(frames: Sequence[Frame], *, release: str, path: str, tombstones: bool = False) -> Released:
    """The release at a glance. InputError where it does not say what has to be known."""
    said = listen(frames, tombstones=tombstones)
    released = Released(frames, frames[0].before, end_of(frames, said), said, release)
    pairs: dict[Relation, list[Pair]] = defaultdict(list)
    released.moving = {*said.renamed, *_retyped(frames)}
    released.moves.extend(moves_of(frames, said, release))
    for frame in frames:
        for effect in frame.effects:
            pair = None
            match effect.change:
                case RenameColumn() as rename if rename.column in said.renamed:
                    pair = _rename(released, frame, rename)
                case ChangeType() as change if is_made_anew(change, effect, frame):
                    pair = _retype(released, frame, change)
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


def _rename(released: Released, frame: Frame, change: RenameColumn) -> Pair | None:
    """The pair of a rename; None where there is an obstacle, which is noted."""
    made = _second(released, frame, change, change.new_name)
    if isinstance(made, str):
        why = f"{change.column.text} cannot be renamed gently: {made}"
        released.refusals.append((frame.statement.place, why, BY_HAND))
        return None
    released.around[change.column] = made.steps
    released.seconds.append(Second(column=change.column, name=change.new_name, last=change.new_name))
    released.notes.extend(made.notes)
    return made.pairs[0]


def _second(released: Released, frame: Frame, rename: RenameColumn, last_name: str) -> Recipe | str:
    """A second column, called so in the end, with all that hangs on the first; or what is in the way."""
    column, beside = rename.column, released.beside(rename.column)
    last = Column(column.table, last_name)
    in_the_way = key_obstacle(released.before, released.end, column, last, beside)
    schema = apart(_surviving(released, rename, last_name), column, beside)
    obstacle = in_the_way or rename.obstacle(schema) or _obstacle(released, rename, schema)
    recipe = rename.recipe(schema, frame.server, Intent())
    if obstacle or recipe is None:
        return obstacle or "its type is not known"
    carried = carry(rename, schema)
    (pair,) = recipe.pairs
    ahead, finish = (*pair.ahead, *carried.ahead), (*pair.finish, *carried.finish)
    whole = replace(pair, ahead=ahead, finish=finish)
    return replace(recipe, pairs=(whole,), steps=(*recipe.steps, *carried.steps))


def _retype(released: Released, frame: Frame, change: ChangeType) -> Pair | None:
    """The pair of a column and its like of another type; None where there is an obstacle, which is noted."""
    column = change.column
    rename = RenameColumn(column, own_name(column.name, "retyped"))
    made = _second(released, frame, rename, column.name)
    if released.said.original(column) in released.said.dropped:
        made = "this release drops it"
    elif released.said.original(column) in released.said.renamed or column in released.around:
        made = "this release changes it in another way, too"
    elif Column(column.table, rename.new_name) in released.said.added:
        made = f"this release adds a column {rename.new_name}"
    if isinstance(made, str):
        why = f"the type of {column.text} cannot be changed gently: {made}"
        released.refusals.append((frame.statement.place, why, RETYPE_BY_HAND))
        return None
    type_, hidden = str(change.type), rename.new_name
    back = f"ALTER TABLE {column.table} RENAME COLUMN {quote(hidden)} TO {quote(column.name)}"
    pair = replace(
        made.pairs[0],
        new={hidden: type_},
        up={hidden: f"{quote(column.name)}::{type_}"},
        down={},
        in_place=True,
        finish=(*made.pairs[0].finish, back),
    )
    released.seconds.append(Second(column=column, name=hidden, last=column.name))
    released.around[column] = tuple(or_so(step, ended(column.table, pair)) for step in made.steps)
    released.notes.append(_RETYPED.format(column.text, type_))
    return pair


def is_made_anew(change: ChangeType, effect: Effect, frame: Frame) -> bool:
    """Whether others would wait for the change, and a column of the new type can follow the old one."""
    state = frame.before.column(change.column)
    waiting = any(blocks(cost) for cost in effect.costs if cost.table not in frame.young)
    converts = change.using is None or change.is_mere_cast(change.using)
    return (
        waiting
        and converts
        and state is not None
        and state.type is not None
        and widens(state.type, change.type)
    )


def _retyped(frames: Sequence[Frame]) -> Iterator[Column]:
    for frame in frames:
        for effect in frame.effects:
            match effect.change:
                case ChangeType(column=column) as change if is_made_anew(change, effect, frame):
                    yield column
                case _:
                    pass  # Others make nothing anew.


def _obstacle(released: Released, change: RenameColumn, schema: SchemaState) -> str:
    table = change.column.table
    index = unknown_index(change, schema)
    if index is not None:
        return f"the definition of its index {index.text} is not known"
    renamed = released.beside(change.column)
    for constraint in schema.known(table).constraints:
        if len(constrained_columns(constraint) & renamed) > 1:
            return f"constraint {constraint.name} is about two columns that are made anew"
    for name, built in schema.indexes_of(table):
        if sum(built.uses(column) for column in renamed) > 1:
            return f"index {name.text} is about two columns that are made anew"
    return ""


def _surviving(released: Released, change: RenameColumn, last_name: str) -> SchemaState:
    """The schema before the release, with what the release leaves of the column and what hangs on it."""
    table, schema, end = change.column.table, released.before, released.end
    kept = {constraint.name for constraint in end.known(table).constraints}
    for constraint in schema.known(table).constraints:
        if constraint.name not in kept:
            schema = schema.without_constraint(table, constraint.name)
    for index, _ in list(schema.indexes_of(table)):
        if index not in end.indexes:
            schema = schema.without_index(index)
    state, last = schema.column(change.column), end.column(Column(table, last_name))
    if state is None or last is None:
        return schema
    column = replace(state, default=last.default, not_null=state.not_null and last.not_null)
    return schema.with_table(table, schema.known(table).with_column(column))


def _defaults(end: SchemaState, pair: Pair) -> tuple[str, ...]:
    """The defaults that the new columns have in the end; while both forms live there must be none."""
    found = []
    for name in pair.new:
        column = end.column(Column(pair.table, name))
        if column is not None and column.default is not None and not column.generated:
            of = f"ALTER TABLE {pair.table} ALTER COLUMN {quote(name)}"
            found.append(f"{of} SET DEFAULT {column.default.text}")
    return tuple(found)


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

"""Columns that are made anew beside the old ones: under another name, or of another type in their place."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from schemaguard.changes import ChangeType, RenameColumn
from schemaguard.conditions import regclass
from schemaguard.costs import blocks
from schemaguard.frame import Effect, Frame
from schemaguard.likeness import make_alike
from schemaguard.names import Column, literal, quote
from schemaguard.narrowing import widens
from schemaguard.phase import Phase
from schemaguard.plan.carry import carry, unknown_index
from schemaguard.plan.keys import Second, apart
from schemaguard.plan.keys import obstacle as key_obstacle
from schemaguard.plan.pairs import be_computable
from schemaguard.plan.released import Released
from schemaguard.plan.unmade import dropped_tables
from schemaguard.plan.verbatim import or_so
from schemaguard.recipe import Intent, Pair, Recipe, Step
from schemaguard.schema import SchemaState, Volatility, constrained_columns
from schemaguard.sql.expressions import facts
from schemaguard.sql.words import named, unqualified
from schemaguard.steps import ensure_none, own_name, slug
from schemaguard.sync import ended

BY_HAND = (
    "Keep the old name in the database and give the new one to the attribute in code; or add a new column,"
    " move to it over two releases, and drop the old one."
)


RETYPE_BY_HAND = (
    "Add a column of another name and the new type, fill it by an UPDATE, and drop the old one, all in this"
    " release: both are kept in step meanwhile. Or say by USING what becomes of the values, where new code"
    " can do with the old type until the contract."
)
_RETYPED = (
    "{0} is of the old type until the contract: until then new code must not write what only {1} can hold."
)
_BY_USING = (
    "{0} is of the old type until the contract, and {1} from then on: new code must be able to do with both."
    " From the expand on, who writes there what ({2}) refuses is refused."
)
_LAST = " It becomes the last column of its table, and prepared statements that read it fail once with 0A000."


def renamed(released: Released, frame: Frame, change: RenameColumn) -> Pair | None:
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


def retyped(released: Released, frame: Frame, change: ChangeType) -> Pair | None:
    """The pair of a column and its like of another type; None where there is an obstacle, which is noted."""
    column = change.column
    rename = RenameColumn(column, own_name(column.name, "retyped"))
    made = _in_place(released, frame, change, rename)
    if isinstance(made, str):
        why = f"the type of {column.text} cannot be changed gently: {made}"
        released.refusals.append((frame.statement.place, why, RETYPE_BY_HAND))
        return None
    type_, hidden = str(change.type), rename.new_name
    back = f"ALTER TABLE {column.table} RENAME COLUMN {quote(hidden)} TO {quote(column.name)}"
    using = _using(released, frame, change)
    known = {one.name for one in released.before.known(column.table).columns}
    pair = replace(
        made.pairs[0],
        old=(column.name, *sorted(named(using, known - {column.name}))),
        new={hidden: type_},
        up={hidden: using or f"{quote(column.name)}::{type_}"},
        down={},
        in_place=True,
        begin=(make_alike(column, Column(column.table, hidden), retyped=True),),
        finish=(*made.pairs[0].finish, back),
    )
    be_computable(pair.up[hidden], released.before, column)
    released.seconds.append(Second(column=column, name=hidden, last=column.name))
    released.around[column] = tuple(or_so(step, ended(column.table, pair)) for step in made.steps)
    note = _BY_USING if using else _RETYPED
    released.notes.append(note.format(column.text, type_, using) + _LAST)
    return pair


def _in_place(released: Released, frame: Frame, change: ChangeType, rename: RenameColumn) -> Recipe | str:
    """The second column of the other type, with all that hangs on the first; or what is in the way."""
    column, said = change.column, released.said
    if said.original(column) in said.dropped:
        return "this release drops it"
    if column.table in dropped_tables(released.frames):
        return "this release drops its table"
    if said.original(column) in said.renamed or column in released.around:
        return "this release changes it in another way, too"
    if Column(column.table, rename.new_name) in said.added:
        return f"this release adds a column {rename.new_name}"
    if using := _using(released, frame, change):
        others = {*released.moving, *said.added} - {column}
        changed = named(using, {one.name for one in others if one.table == column.table})
        if changed:
            return f"its USING names {min(changed)}, which this release adds or changes, too"
        if facts(using).volatility is Volatility.VOLATILE:
            return f"its USING gives another value each time: {using}"
        # A key's other end would keep the old values.
        if obstacle := rename.obstacle(_surviving(released, rename, column.name)):
            return obstacle
    return _second(released, frame, rename, column.name)


def _using(released: Released, frame: Frame, change: ChangeType) -> str:
    """What the new values are, over the row as it was before the release; "": the old ones."""
    state = frame.before.column(change.column)
    if change.using is None or state is None or state.type is None:
        return ""
    if change.is_mere_cast(change.using) and widens(state.type, change.type):
        return ""
    return unqualified(change.using.text, released.said.columns(change.column.table, frame))


def changes_nothing(change: ChangeType, frame: Frame) -> bool:
    """Whether the column has the type already, and its values stay what they are."""
    state = frame.before.column(change.column)
    keeps_values = change.using is None or change.is_mere_cast(change.using)
    return state is not None and state.type == change.type and keeps_values and not change.collated


def nothing_of_its_own(column: Column) -> Step:
    """A question: a type that is set once more takes a collation and a storage away."""
    found = (
        "SELECT attname FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_type AS t ON t.oid = a.atttypid"
        f" WHERE attrelid = {regclass(column.table)} AND attname = {literal(column.name)}"
        " AND (attcollation <> typcollation OR attstorage <> typstorage)"
    )
    return ensure_none(
        slug(column.table.name, column.name, "as", "its", "type"),
        f"{column.text} has the type already, and no collation or storage of its own that would go",
        Phase.EXPAND,
        found,
    )


def is_made_anew(change: ChangeType, effect: Effect, frame: Frame) -> bool:
    """Whether others would wait for the change, and a column of the new type can follow the old one."""
    state = frame.before.column(change.column)
    waiting = any(blocks(cost) for cost in effect.costs if cost.table not in frame.young)
    if (
        not waiting
        or change.collated
        or state is None
        or state.type is None
        or changes_nothing(change, frame)
    ):
        return False
    return change.using is not None or widens(state.type, change.type)


def made_anew(frames: Sequence[Frame]) -> Iterator[Column]:
    """The columns that get another type so."""
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

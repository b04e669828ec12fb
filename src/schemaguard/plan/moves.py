"""Columns that a release moves to another table: what its INSERT or UPDATE says, what may be in the way."""

from collections.abc import Collection, Iterator, Sequence

from schemaguard.across import Across
from schemaguard.across_in_use import AcrossInUse
from schemaguard.across_new import AcrossNew
from schemaguard.changes import InsertRows, UpdateRows
from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation
from schemaguard.plan.movable import (
    InTheWay,
    Sides,
    be_alike,
    be_alone,
    be_decidable,
    be_given,
    be_keys,
    be_new,
    be_unconstrained,
    be_whole,
    not_null,
    required,
    type_of,
)
from schemaguard.plan.said import Said
from schemaguard.schema import ColumnState, SchemaState
from schemaguard.sql.copied import Copied, copied
from schemaguard.sql.joined import joined
from schemaguard.sql.lexer import Kind, tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.words import named, only_column, unqualified
from schemaguard.text import Place

BY_HAND = (
    "In steps: a release that makes the new table, then code that writes both and reads the old columns; one"
    " that fills it, then code that reads and writes the new table alone; a release that drops the columns."
)


@dataclass(frozen=True, slots=True)
class Move:
    """A statement that moves dropped columns, or why it cannot be carried out gently."""

    change: InsertRows | UpdateRows
    place: Place
    across: Across | str


def moves_of(frames: Sequence[Frame], said: Said, release: str) -> Iterator[Move]:
    """The INSERT and UPDATE statements that take along what the release drops."""
    before, end = frames[0].before, frames[-1].after
    for frame in frames:
        for effect in frame.effects:
            change = effect.change
            if isinstance(change, InsertRows | UpdateRows) and _takes_along(change, frame, said):
                try:
                    if isinstance(change, InsertRows):
                        across: Across | str = _across(change, frame, said, release, before, end)
                    else:
                        across = _in_use(change, frame, said, release, before, end)
                except (InTheWay, Reject) as error:
                    across = str(error)
                yield Move(change, frame.statement.place, across)


def _takes_along(change: InsertRows | UpdateRows, frame: Frame, said: Said) -> bool:
    dropped = {column.name for column in said.dropped if column.table in change.reads}
    return bool(named(frame.statement.text, dropped)) and change.table not in change.reads


def _in_use(
    change: UpdateRows, frame: Frame, said: Said, release: str, before: SchemaState, end: SchemaState
) -> AcrossInUse:
    """What is to be kept in step. InTheWay where it cannot be."""
    target = change.table
    try:
        found = joined(frame.statement.text)
    except Reject as error:
        raise InTheWay(
            f"only columns of one other table, joined by =, can be followed: {error.reason}"
        ) from error
    source = found.source
    for table in (source, target):
        be_whole(table, frame, before, end)
    if source.name == target.name:
        raise InTheWay("both tables have the same name, in two schemas")
    sides = Sides(found, frame.before.known(source), frame.before.known(target))
    key = dict(map(sides.pair, found.same))
    be_keys(key, source, target, frame, before)
    moved: dict[str, str] = {}
    for there, value in found.values:
        here = sides.of_source(value)
        if here in moved or Column(source, here) not in said.dropped:
            raise InTheWay(f"{here} of {source.text} stays, or goes to two columns")
        be_new(Column(target, there), said, end)
        moved[here] = there
    types = {column: type_of(before, Column(source, column)) for column in moved}
    be_alike(source, target, key | moved, before, end)
    be_unconstrained(source, target, {}, moved, end)
    return AcrossInUse(
        release=release,
        source=source,
        target=target,
        key=key,
        moved=moved,
        types=types,
        early=_may_be_early(source, target, end),
    )


def _across(
    change: InsertRows, frame: Frame, said: Said, release: str, before: SchemaState, end: SchemaState
) -> AcrossNew:
    """What is to be kept in step. InTheWay where it cannot be."""
    target = change.table
    if target not in frame.young or target not in end.tables:
        raise InTheWay(f"{target.text} is in use, and each row of it need not be one of the other table")
    try:
        said_ = copied(frame.statement.text)
    except Reject as error:
        raise InTheWay(f"rows become others than they were: {error.reason}") from error
    source = said_.source
    be_alone(source, target, frame, said, before, end)
    key, moved, given = _columns(said_, source, target, frame, said, before)
    be_keys(key, source, target, frame, before)
    types = {column: type_of(before, Column(source, column)) for column in moved}
    where = unqualified(said_.where, {c.name for c in before.known(source).columns})
    be_decidable(where, moved)
    be_alike(source, target, key | moved, before, end)
    be_given(target, {*key.values(), *moved.values(), *given}, end)
    needed = required(source, target, moved, where, before, end)
    be_unconstrained(source, target, key, moved, end)
    return AcrossNew(
        release=release,
        source=source,
        target=target,
        key=key,
        moved=moved,
        types=types,
        given=given,
        where=where,
        every=not where and not any(not_null(before.known(source), name) for name in moved),
        plain=_is_plain(where, moved),
        required=needed,
        early=_may_be_early(source, target, end),
    )


def _may_be_early(source: Relation, target: Relation, end: SchemaState) -> bool:
    """Whether a row of the target may be there before that of the source: no foreign key is against it."""
    keys = (key for key in end.known(target).foreign_keys() if key.target == source)
    return not any(key.enforced and key.valid and not key.deferrable for key in keys)


def _columns(
    said_: Copied, source: Relation, target: Relation, frame: Frame, said: Said, before: SchemaState
) -> tuple[dict[str, str], dict[str, str], dict[str, tuple[str, Type]]]:
    """The columns that are the key, those that move, and those with a constant."""
    state, names = before.known(source), [c.name for c in frame.before.known(target).columns]
    own = {column.name for column in state.columns}
    columns = said_.columns or tuple(names[: len(said_.values)])
    if len(columns) != len(said_.values) or len(set(columns)) != len(columns):
        raise InTheWay("columns and values are not as many")
    dropped = {column.name for column in said.dropped if column.table == source}
    key: dict[str, str] = {}
    moved: dict[str, str] = {}
    given: dict[str, tuple[str, Type]] = {}
    for there, value in zip(columns, said_.values, strict=True):
        text = unqualified(value, own)
        here = only_column(text, own)
        if here is None:
            given[there] = _literal(text, there, frame.before.column(Column(target, there)))
        elif here in key or here in moved:
            raise InTheWay(f"{here} goes into two columns")
        elif here in dropped:
            moved[here] = there
        else:
            key[here] = there
    if not moved or not key:
        raise InTheWay("it does not say which row of the one table belongs to which of the other")
    return key, moved, given


def _literal(text: str, there: str, state: ColumnState | None) -> tuple[str, Type]:
    """What all new rows get, and its type."""
    found = tokens(text.removeprefix("-"))
    if len(found) != 1 or not (
        found[0].kind in (Kind.STRING, Kind.NUMBER) or found[0].upper in ("TRUE", "FALSE")
    ):
        raise InTheWay(f"{there} is {text}, and nothing says how the old columns follow from it")
    if state is None or state.type is None:
        raise InTheWay(f"the type of {there} is not known")
    return text, state.type


def _is_plain(where: str, columns: Collection[str]) -> bool:
    """Whether it does nothing but ask which of the columns are NULL."""
    words = {"IS", "NOT", "NULL", "AND", "OR", "(", ")"}
    return all(token.upper in words or named(token.text, columns) for token in tokens(where))

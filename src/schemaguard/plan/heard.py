"""Listens to a release: what its statements say of its data, and then what its directives do."""

from collections.abc import Iterator, Sequence

from schemaguard.changes import AddColumn, DropColumn, RenameColumn, UpdateRows
from schemaguard.changes.base import Change
from schemaguard.column_types import as_assigned
from schemaguard.defaults import is_null
from schemaguard.errors import InputError
from schemaguard.frame import Frame
from schemaguard.names import Column, quote
from schemaguard.plan.directives import directives
from schemaguard.plan.obeyed import obey
from schemaguard.plan.said import Said, Updated, wrong
from schemaguard.plan.synced import synced
from schemaguard.schema import Volatility
from schemaguard.sql.words import exchanged, is_null_test, named, reads_tables, replaced, unqualified
from schemaguard.sync import Sync
from schemaguard.text import Place


def listen(frames: Sequence[Frame], *, tombstones: bool = False) -> Said:
    """All that the release says. InputError where it cannot be understood."""
    said = Said(tombstones=tombstones, own=tuple(_own(frames)))
    for frame in frames:
        for effect in frame.effects:
            if not _young(effect.change, frame):
                _hear(said, effect.change, frame)
    # Directives go before what statements say.
    for frame in frames:
        for directive in directives(frame.statement.piece):
            obey(said, directive, frame)
    for column, error in said.untold.items():
        if column not in said.told("up"):
            raise error
    return said


def _own(frames: Sequence[Frame]) -> Iterator[Sync]:
    found = (synced(frame.statement.piece) for frame in frames)
    yield from (one.sync for one in found if one is not None)


def _young(change: Change, frame: Frame) -> bool:
    table = getattr(change, "table", None) or getattr(getattr(change, "column", None), "table", None)
    return table in frame.young


def _hear(said: Said, change: Change, frame: Frame) -> None:
    place = frame.statement.place
    match change:
        case AddColumn(table=table, column=column):
            _is_free(said, Column(table, column.name), place)
            said.added[Column(table, column.name)] = change
        case DropColumn(column=column):
            said.dropped[said.original(column)] = place
        case RenameColumn(column=column, new_name=new_name):
            if said.original(column) != column or column in said.added:
                raise wrong("a column is renamed twice, or added and renamed, in one release", place)
            _is_free(said, Column(column.table, new_name), place)
            said.renamed[column] = new_name
        case UpdateRows():
            _hear_update(said, change, frame)
        case _:
            pass  # What it says of data, if anything, is its own affair.


def _is_free(said: Said, column: Column, place: Place) -> None:
    if column in said.dropped or column in said.renamed:
        raise wrong(f"{column.text} goes in this release, and another of its name comes", place)


def _hear_update(said: Said, update: UpdateRows, frame: Frame) -> None:
    table, columns = update.table, said.columns(update.table, frame)
    where = unqualified(update.where.text, columns) if update.where else ""
    before = {c.name: text for c, text in said.up.items() if c.table == table}
    for name, expression in update.assignments:
        column, text = Column(table, name), unqualified(expression.text, columns)
        foreign = bool(update.reads) or reads_tables(text) or reads_tables(where)
        own = said.keeps(column) if column in said.added else None
        if own is not None and is_null_test(where) == name and text == own.up.get(name):
            said.filled.append(own)
        elif column in said.added and own is None and not foreign:
            _hear_value(said, column, text, where, before, frame)
        elif own is None and is_null_test(where) == name and not foreign:
            said.null[column] = text
        else:
            said.rest[id(update)][name] = text
            if column in said.added:
                said.updated[column] = Updated(frame.statement.place, None)


def _hear_value(
    said: Said, column: Column, text: str, where: str, before: dict[str, str], frame: Frame
) -> None:
    """What an UPDATE makes of an added column; where that cannot be told, a directive may say it."""
    # The columns that depend on one that is not told are not, either.
    untold = {other.name: error for other, error in said.untold.items() if other.table == column.table}
    try:
        for name in named(f"{text} {where}" if where else text, untold):
            raise untold[name]
        value = _value(said, column, text, where, before, frame)
    except InputError as error:
        said.untold[column] = error
        said.updated[column] = Updated(frame.statement.place, None)
        return
    plain = not where or (is_null_test(where) == column.name and said.added[column].column.default is None)
    whole = plain and column not in said.updated
    said.up[column] = value
    said.updated[column] = Updated(frame.statement.place, value if whole else None)


def _value(said: Said, column: Column, text: str, where: str, before: dict[str, str], frame: Frame) -> str:
    """What an UPDATE makes of an added column, over the row as it was before the release."""
    default = said.added[column].column.default
    unset = default.text if default is not None and not is_null(default) else ""
    so_far = before.get(column.name, unset)
    # New columns hold what the release has given them so far; renamed ones have their old names.
    given = {
        c.name: _held(before.get(c.name) or _from_start(added, column, frame), added)
        for c, added in said.added.items()
        if c.table == column.table and c != column
    }
    old_names = {new: old.name for old, new in said.renamed.items() if old.table == column.table}

    def over_the_old_row(expression: str) -> str:
        return exchanged(replaced(expression, given), old_names)

    type_ = str(said.added[column].column.type)
    if is_null_test(where) == column.name:
        value = over_the_old_row(text)
        if not so_far:
            return value
        return f"coalesce({as_assigned(so_far, type_)}, {as_assigned(value, type_)})"
    if column.name in named(f"{text} {where}" if where else text, {column.name}):
        raise wrong(
            f"how {column.text} follows from other columns cannot be told from this UPDATE, which uses it",
            frame.statement.place,
            f"Say it above the ADD COLUMN: schemaguard: up {quote(column.name)} = ...",
        )
    value = over_the_old_row(text)
    if not where:
        return value
    condition = over_the_old_row(where)
    if not so_far:
        return f"CASE WHEN {condition} THEN {value} ELSE NULL END"
    # Each has been assigned by itself, whatever its type.
    values = f"THEN {as_assigned(value, type_)} ELSE {as_assigned(so_far, type_)}"
    return f"CASE WHEN {condition} {values} END"


def _held(value: str, added: AddColumn) -> str:
    """The value, as a column of the type holds it."""
    type_ = added.column.type
    return f"({value})" if type_ is None else f"({as_assigned(value, str(type_))})"


def _from_start(other: AddColumn, column: Column, frame: Frame) -> str:
    """What an added column holds that the release gives no value by an UPDATE."""
    default = other.column.default
    if default is None:
        return "NULL"
    if default.volatility is Volatility.VOLATILE:
        raise wrong(
            f"{column.text} follows from {other.column.name}, which has another value in each row",
            frame.statement.place,
        )
    return default.text

"""What a release says of its data: by its own UPDATE statements, and by directives.

Of each column that it adds, how the value follows from the row as it was before; of
each that it drops, how it follows from the new ones; of each that shall be NOT
NULL, what takes the place of NULL.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from schemaguard.changes import (
    AddColumn,
    DropColumn,
    DropTable,
    RenameColumn,
    UpdateRows,
)
from schemaguard.changes.base import Change
from schemaguard.defaults import is_null
from schemaguard.errors import InputError
from schemaguard.frame import Frame
from schemaguard.names import Column, Relation, quote
from schemaguard.plan.directives import Directive, directives, fired
from schemaguard.plan.subjects import subjects
from schemaguard.plan.synced import synced
from schemaguard.schema import Volatility
from schemaguard.sql.words import exchanged, is_null_test, named, reads_tables, replaced, unqualified
from schemaguard.sync import Sync
from schemaguard.text import Place


@dataclass(slots=True)
class Said:
    """What is said of the columns of the tables that running code uses."""

    #: Each column that is added, by the change that adds it.
    added: dict[Column, AddColumn] = field(default_factory=dict)
    #: Each column that is dropped, with the place.
    dropped: dict[Column, Place] = field(default_factory=dict)
    #: A column's name before the release to the one after it.
    renamed: dict[Column, str] = field(default_factory=dict)
    #: Column to expression over the row as it was.
    up: dict[Column, str] = field(default_factory=dict)
    down: dict[Column, str] = field(default_factory=dict)
    null: dict[Column, str] = field(default_factory=dict)
    #: The triggers that may fire for the rows of a backfill.
    fires: set[str] = field(default_factory=set)
    #: Generated columns for which others shall wait until all rows are written anew.
    rewritten: set[Column] = field(default_factory=set)
    #: Whether what is dropped gets another name first, and of which drops (by identity) otherwise is said.
    tombstones: bool = False
    buried: dict[int, bool] = field(default_factory=dict)
    #: What the release itself keeps in step, by op.create_sync_trigger; and those of which it fills the rows.
    own: tuple[Sync, ...] = ()
    filled: list[Sync] = field(default_factory=list)
    #: What each directive has said of what.
    directed: dict[tuple[str, object], str] = field(default_factory=dict)
    #: Assignments of statements (by identity) that are none of these: to be carried out as they are.
    rest: dict[int, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))

    def columns(self, table: Relation, frame: Frame) -> frozenset[str]:
        """The table's columns at that moment, under old names and new."""
        now = {column.name for column in frame.before.known(table).columns}
        old = {column.name for column in self.renamed if column.table == table}
        return frozenset(now | old | {new for c, new in self.renamed.items() if c.table == table})

    def keeps(self, column: Column) -> Sync | None:
        """What the release itself keeps in step with the column."""
        return next((one for one in self.own if one.table == column.table and column.name in one.known), None)

    def final(self, column: Column) -> Column:
        """The column under the name that it has after the release."""
        return Column(column.table, self.renamed.get(column, column.name))

    def buries(self, change: DropColumn | DropTable) -> bool:
        """Whether it gets another name before it is dropped."""
        return self.buried.get(id(change), self.tombstones)

    def original(self, column: Column) -> Column:
        """The column under the name that it had before the release."""
        for old, new in self.renamed.items():
            if old.table == column.table and new == column.name:
                return old
        return column


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
            _obey(said, directive, frame)
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
                raise _wrong("a column is renamed twice, or added and renamed, in one release", place)
            _is_free(said, Column(column.table, new_name), place)
            said.renamed[column] = new_name
        case UpdateRows():
            _hear_update(said, change, frame)
        case _:
            pass  # What it says of data, if anything, is its own affair.


def _is_free(said: Said, column: Column, place: Place) -> None:
    if column in said.dropped or column in said.renamed:
        raise _wrong(f"{column.text} goes in this release, and another of its name comes", place)


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
            said.up[column] = _value(said, column, text, where, before, frame)
        elif own is None and is_null_test(where) == name and not foreign:
            said.null[column] = text
        else:
            said.rest[id(update)][name] = text


def _value(said: Said, column: Column, text: str, where: str, before: dict[str, str], frame: Frame) -> str:
    """What an UPDATE makes of an added column, over the row as it was before the release."""
    default = said.added[column].column.default
    unset = default.text if default is not None and not is_null(default) else ""
    so_far = before.get(column.name, unset)
    # New columns hold what the release has given them so far; renamed ones have their old names.
    given = {
        c.name: f"({before.get(c.name) or _from_start(added, column, frame)})"
        for c, added in said.added.items()
        if c.table == column.table and c != column
    }
    old_names = {new: old.name for old, new in said.renamed.items() if old.table == column.table}

    def over_the_old_row(expression: str) -> str:
        return exchanged(replaced(expression, given), old_names)

    if is_null_test(where) == column.name:
        value = over_the_old_row(text)
        return f"coalesce({so_far}, {value})" if so_far else value
    if column.name in named(f"{text} {where}" if where else text, {column.name}):
        raise _wrong(
            f"how {column.text} follows from other columns cannot be told from this UPDATE, which uses it",
            frame.statement.place,
            f"Say it above the ADD COLUMN: schemaguard: up {quote(column.name)} = ...",
        )
    value = over_the_old_row(text)
    if not where:
        return value
    return f"CASE WHEN {over_the_old_row(where)} THEN {value} ELSE {so_far or 'NULL'} END"


def _from_start(other: AddColumn, column: Column, frame: Frame) -> str:
    """What an added column holds that the release gives no value by an UPDATE."""
    default = other.column.default
    if default is None:
        return "NULL"
    if default.volatility is Volatility.VOLATILE:
        raise _wrong(
            f"{column.text} follows from {other.column.name}, which has another value in each row",
            frame.statement.place,
        )
    return default.text


def _obey(said: Said, directive: Directive, frame: Frame) -> None:
    if directive.key == "fire":
        said.fires |= fired(directive.expression)
        return
    if directive.key == "tombstone":
        _obey_tombstone(said, directive, frame)
        return
    column = _column_of(said, directive, frame)
    if column.table in frame.young:
        return  # Of a table that no code uses yet nothing has to be kept in step.
    text = unqualified(directive.expression, said.columns(column.table, frame) | _names(said, column.table))
    _obey_once(said, directive, column, text)
    match directive.key:
        case "up":
            said.up[column] = text
        case "down":
            said.down[said.original(column)] = text
        case "stored":
            _obey_stored(said, column, text, directive.place)
        case _:
            said.null[column] = text


def _obey_once(said: Said, directive: Directive, of: object, text: str) -> None:
    before = said.directed.setdefault((directive.key, of), text)
    if before != text:
        key = directive.key
        raise _wrong(
            f"schemaguard: {key} = {text}, and {key} = {before}", directive.place, "Say one of them."
        )


def _obey_stored(said: Said, column: Column, text: str, place: Place) -> None:
    match text:
        case "rewrite":
            said.rewritten.add(column)
        case "trigger":
            said.rewritten.discard(column)
        case _:
            raise _wrong(
                f"schemaguard: stored = {text}: there are rewrite and trigger",
                place,
                "rewrite: others wait until all rows are written anew; trigger: it stays a plain column.",
            )


def _obey_tombstone(said: Said, directive: Directive, frame: Frame) -> None:
    drops = [e.change for e in frame.effects if isinstance(e.change, DropColumn | DropTable)]
    if directive.column is not None or not drops or directive.expression not in ("yes", "no"):
        raise _wrong(
            "schemaguard: tombstone = yes, or = no, stands above a DROP COLUMN or DROP TABLE",
            directive.place,
            "yes: it gets another name first, and is removed by the last step.",
        )
    for change in drops:
        _obey_once(said, directive, id(change), directive.expression)
    said.buried.update((id(change), directive.expression == "yes") for change in drops)


def _names(said: Said, table: Relation) -> frozenset[str]:
    return frozenset(column.name for column in (*said.added, *said.dropped) if column.table == table)


def _column_of(said: Said, directive: Directive, frame: Frame) -> Column:
    below = [c for effect in frame.effects for c in subjects(effect.change) if c[0] == directive.key]
    if directive.column is None:
        if len(below) == 1:
            return below[0][1]
        raise _wrong(
            f"schemaguard: {directive.key}: of which column?",
            directive.place,
            f"Name it: schemaguard: {directive.key} column = {directive.expression}",
        )
    tables = {c.table for c in (*said.added, *said.dropped, *said.renamed, *(c for _, c in below))}
    if directive.table is not None:
        tables = {table for table in tables if table.name == directive.table}
    found = [Column(table, directive.column) for table in sorted(tables)]
    if directive.key in ("up", "down"):
        pool = frozenset(said.added if directive.key == "up" else said.dropped)
        found = [column for column in found if column in pool]
    if len(found) == 1:
        return found[0]
    verb = {"up": "added", "down": "dropped", "null": "made NOT NULL", "stored": "generated"}[directive.key]
    raise _wrong(
        f"schemaguard: {directive.key}: no column {directive.column} is {verb} in this release"
        if not found
        else f"schemaguard: {directive.key}: {directive.column} of which table?",
        directive.place,
        f"Write table.column: schemaguard: {directive.key} table.{quote(directive.column)} = ...",
    )


def _wrong(what: str, place: Place, advice: str = "Make these changes in two releases.") -> InputError:
    return InputError(what, path=place.path, line=place.line, column=place.column, advice=advice)

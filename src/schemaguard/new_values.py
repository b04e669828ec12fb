"""Values that a transaction has added to an enum, and that it cannot use before it ends."""

from collections.abc import Iterable, Iterator
from dataclasses import field

from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.changes.base import Change, Unread
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.rename_enum_value import RenameEnumValue
from schemaguard.changes.rename_type import RenameType
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Column, Relation
from schemaguard.schema import EnumState, SchemaState
from schemaguard.server import Server
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import Kind, LexError, tokens
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content
from schemaguard.sql.type_names import cast_of
from schemaguard.user_types import spelled

#: unsafe_new_enum_value_usage.
UNSAFE_USE = "55P04"
#: Since then the values of an enum are safe that the same transaction made. (14 to 18.)
SAFE_IF_MADE_HERE = 17

#: Of a long transaction each statement looks for these among all before it.
_ABOUT_VALUES = frozenset((AddEnumValue, CreateType, RenameEnumValue, RenameType))
#: An expression, and the type of the column that gets it; None: not known.
_Given = tuple[str, Type | None]


@dataclass(slots=True)
class NewValues:
    """What the open transaction has added."""

    values: set[tuple[Relation, str]] = field(default_factory=set)
    #: The enums that it has made.
    made: set[Relation] = field(default_factory=set)

    @classmethod
    def of(cls, done: Iterable[Change], before: SchemaState) -> "NewValues":
        """What the changes that a transaction has done since it began have added."""
        added = cls()
        for change in done:
            if type(change) in _ABOUT_VALUES:
                added.note(change, before)
                before = change.apply(before)
        return added

    def note(self, change: Change, before: SchemaState) -> None:
        """Keep in mind what a change adds, makes, or calls by another name."""
        match change:
            case CreateType(name, EnumState()):
                self.made.add(name)
            case AddEnumValue(type=name, value=value):
                state = before.types.get(name)
                if not isinstance(state, EnumState) or value not in state.values:
                    self.values.add((name, value))
            case RenameEnumValue(name, value, new) if (name, value) in self.values:
                self.values ^= {(name, value), (name, new)}
            case RenameType(name, new):
                self.values = {(new if t == name else t, value) for t, value in self.values}
                self.made = {new if t == name else t for t in self.made}
            case _:
                pass  # Any other change adds no value.

    def refusals(
        self, text: str, changes: Iterable[Change | Unread], schema: SchemaState, server: Server
    ) -> Iterator[Refusal]:
        """That the statement uses such a value, or may do so."""
        changes = tuple(changes)
        if not self.values or all(type(change) in _ABOUT_VALUES for change in changes):
            return
        try:
            cursor = over(text, tokens(text))
        except LexError:
            return  # It is unread, and reported as such.
        given = [pair for change in changes for pair in _given(change, cursor, schema)]
        for name, value in sorted(self.values):
            if name in self.made and min(server.majors) >= SAFE_IF_MADE_HERE:
                continue
            certain = _uses(cursor, given, name, value)
            if certain is not None:
                until = ", up to PostgreSQL 16" if name in self.made else ""
                why = f"'{value}' is new in {name.text}, and cannot be used before COMMIT{until}"
                yield Refusal(UNSAFE_USE, why, certain)


def _uses(cursor: Cursor, given: list[_Given], name: Relation, value: str) -> bool | None:
    """Whether it certainly (True) or perhaps (False) uses the value; None: it does not."""
    places = [place for place, token in enumerate(cursor.tokens) if _says(token.kind, token.text, value)]
    if not places:
        return None
    kinds = [kind for text, kind in given if _is_value(text, value)]
    casts = [cast_of(cursor, place) for place in places]
    if any(kind is not None and kind.name == spelled(name) for kind in (*kinds, *casts)):
        return True
    elsewhere = sum(kind is not None for kind in (*kinds, *casts))
    return False if elsewhere < len(places) else None


def _says(kind: Kind, text: str, value: str) -> bool:
    """Whether the constant is the value, or has it inside: in an array, or in the body of a function."""
    if kind not in (Kind.STRING, Kind.DOLLAR):
        return False
    quoted = "'" + value.replace("'", "''") + "'"
    inner = text[1:-1].replace("''", "'")
    return text == quoted or inner == value or quoted in inner or value in inner.strip("{}").split(",")


def _is_value(text: str, value: str) -> bool:
    found = tokens(text)
    if len(found) != 1 or found[0].kind not in (Kind.STRING, Kind.DOLLAR):
        return False
    try:
        return content(found[0]) == value
    except Reject:
        return False


def _given(change: Change | Unread, cursor: Cursor, schema: SchemaState) -> Iterator[_Given]:
    """What the change gives to columns, and of which types these are."""
    match change:
        case AddColumn(column=column) if column.default is not None:
            yield column.default.text, column.type
        case CreateTable(columns=columns):
            yield from ((c.default.text, c.type) for c in columns if c.default is not None)
        case SetDefault(column, default):
            yield default.text, _type(schema, column)
        case UpdateRows(table=table, assignments=assignments):
            yield from ((v.text, _type(schema, Column(table, name))) for name, v in assignments)
        case InsertRows(table=table, columns=names):
            if names is None:
                names = tuple(column.name for column in schema.known(table).columns)
            types = [_type(schema, Column(table, name)) for name in names]
            for row in _rows(cursor):
                yield from zip(row, types, strict=False)
        case _:
            return  # What else gives values to columns is not known so closely.


def _type(schema: SchemaState, column: Column) -> Type | None:
    state = schema.column(column)
    return state.type if state is not None else None


def _rows(cursor: Cursor) -> Iterator[list[str]]:
    """The rows after VALUES, each a list of expressions."""
    place = cursor.find("VALUES")
    rows = Cursor(cursor.text, cursor.tokens, cursor.words, min(place + 1, cursor.stop))
    while rows.word == "(":
        yield [part.source for part in rows.inside().parts()]
        rows.accept(",")

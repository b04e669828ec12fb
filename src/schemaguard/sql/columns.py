"""A column's definition, as CREATE TABLE and ADD COLUMN have it."""

from dataclasses import field

from schemaguard.column_types import SERIALS, Type
from schemaguard.dataclass import dataclass
from schemaguard.schema import (
    SERIAL,
    Check,
    ColumnState,
    Constraint,
    Exclude,
    Expression,
    ForeignKey,
    Generated,
    Identity,
    NotNull,
    Numbers,
    Unique,
    Volatility,
)
from schemaguard.sql.constraints import (
    attributes,
    foreign_options,
    nulls_distinct,
    references,
    unique_options,
)
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.functions import of_tokens
from schemaguard.sql.index_elements import collation
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.sequences import sequence_options
from schemaguard.sql.type_names import is_serial, type_name

#: What can come after a default.
_FOLLOWING = frozenset(
    """CONSTRAINT NOT NULL UNIQUE PRIMARY CHECK DEFAULT GENERATED REFERENCES DEFERRABLE INITIALLY COLLATE
    ENFORCED""".split()
)


@dataclass(slots=True)
class _Column:
    """What has been read of a column so far."""

    name: str
    type: Type | None
    not_null: bool = False
    not_null_as: NotNull = field(default_factory=NotNull)
    default: Expression | None = None
    generated: Generated | None = None
    identity: Identity | None = None
    numbers: Numbers = field(default_factory=Numbers)
    constraints: list[Constraint] = field(default_factory=list)

    def fill(self, cursor: Cursor) -> None:
        """A column fills itself in one way at most."""
        if self.default is not None or self.identity is not None:
            raise Reject("a column with more than one default", cursor.offset)


def column_options(cursor: Cursor, name: str) -> tuple[ColumnState, tuple[Constraint, ...]]:
    """What is written at a column that has its type from elsewhere, up to the end."""
    column = _Column(name, None)
    while not cursor.done:
        _clause(cursor, column)
    return _state(column)


def column_definition(cursor: Cursor) -> tuple[ColumnState, tuple[Constraint, ...]]:
    """A column and the constraints that are written at it, up to the end."""
    name = cursor.name("a column")
    kind = type_name(cursor)
    column = _Column(name, kind)
    if is_serial(kind):
        column.type = Type(SERIALS[kind.name])
        column.not_null = True
        column.default = Expression(text=SERIAL, volatility=Volatility.VOLATILE)
    if cursor.accept("STORAGE") and not cursor.accept("DEFAULT"):
        cursor.name("a storage mode")
    if cursor.accept("COMPRESSION") and not cursor.accept("DEFAULT"):
        cursor.name("a compression method")
    while not cursor.done:
        _clause(cursor, column)
    return _state(column)


def _state(column: _Column) -> tuple[ColumnState, tuple[Constraint, ...]]:
    state = ColumnState(
        name=column.name,
        type=column.type,
        not_null=column.not_null,
        not_null_as=column.not_null_as,
        default=column.default,
        generated=column.generated,
        identity=column.identity,
        numbers=column.numbers,
    )
    return state, tuple(column.constraints)


def _clause(cursor: Cursor, column: _Column) -> None:
    named = cursor.accept("CONSTRAINT")
    name = cursor.name("a constraint's name") if named else ""
    match cursor.word:
        case "NOT" if cursor.look() == "NULL":
            cursor.expect("NOT", "NULL")
            column.not_null = True
            column.not_null_as = NotNull(name=name, own=cursor.accept("NO", "INHERIT"))
        case "NULL":
            cursor.expect("NULL")
        case "DEFAULT":
            cursor.expect("DEFAULT")
            column.fill(cursor)
            column.default = default(cursor.up_to(end_of_default(cursor)))
        case "GENERATED":
            _generated(cursor, column)
        case "CHECK":
            cursor.expect("CHECK")
            expression = facts_at(cursor.inside())
            own = cursor.accept("NO", "INHERIT")
            check = Check(name=name, expression=expression, at_column=column.name, own=own)
            column.constraints.append(check)
        case "UNIQUE" | "PRIMARY":
            primary = cursor.accept("PRIMARY")
            cursor.expect("KEY" if primary else "UNIQUE")
            distinct = primary or nulls_distinct(cursor)
            unique_options(cursor)
            unique = Unique(name=name, columns=(column.name,), primary=primary, nulls_distinct=distinct)
            column.constraints.append(unique)
        case "REFERENCES":
            key = references(cursor, name, (column.name,))
            if key.period:
                raise Reject("a PERIOD is a part of a key of the table", cursor.offset)
            column.constraints.append(key)
        case "OPTIONS" if not named:
            foreign_options(cursor)
        case "COLLATE" if not named:
            cursor.expect("COLLATE")
            collation(cursor)
        case "NOT" | "DEFERRABLE" | "INITIALLY" | "ENFORCED" if not named and column.constraints:
            column.constraints[-1] = _said_of(cursor, column.constraints[-1])
        case _:
            raise cursor.expected("a constraint of the column, or its end")


def _said_of(cursor: Cursor, last: Constraint) -> Constraint:
    """The constraint before, of which it is said here when and whether it is checked."""
    start, changed = cursor.at, last
    match last:
        case Check():
            changed = attributes(cursor, "a CHECK constraint", "enforced").of_check(last)
        case ForeignKey():
            changed = attributes(cursor, "a foreign key", "enforced", "deferrable", "deferred").of_key(last)
        case Unique():
            changed = attributes(cursor, "a unique constraint", "deferrable", "deferred").of_unique(last)
        case Exclude():
            raise AssertionError("no column has an EXCLUDE constraint")
    if cursor.at == start:
        raise cursor.expected("a constraint of the column, or its end")
    return changed


def default(cursor: Cursor) -> Expression:
    """The default that all that is left is. What is not understood is of unknown volatility."""
    if cursor.done:
        raise cursor.expected("an expression")
    start = cursor.at
    try:
        return facts_at(cursor)
    except Reject as reject:
        if "syntax error" in reject.reason:
            raise
        cursor.at = start
        expression = Expression(text=cursor.source, calls=of_tokens(cursor).calls)
        cursor.at = cursor.stop
        return expression


def end_of_default(cursor: Cursor) -> int:
    """Where the default that begins here ends: before the next clause of the column.

    What it may hold without parentheses (b_expr) has no NOT but in IS NOT DISTINCT
    FROM and IS NOT DOCUMENT, and no NULL but as an operand.
    """
    depth = 0
    for place in range(cursor.at, cursor.stop):
        word = cursor.words[place]
        before = cursor.words[place - 1] if place > cursor.at else ""
        if (
            depth == 0
            and word in _FOLLOWING
            and place > cursor.at
            and not _belongs(cursor, place, word, before)
        ):
            return place
        if word in ("(", "[", "CASE"):
            depth += 1
        elif word in (")", "]") or (word == "END" and before != "."):
            depth -= 1
    return cursor.stop


def _belongs(cursor: Cursor, place: int, word: str, before: str) -> bool:
    """Whether the word is a part of the default."""
    if before == ".":
        return True
    if word == "NOT":
        return before == "IS"
    is_operator = cursor.tokens[place - 1].kind is not Kind.WORD and before not in (")", "]")
    if word == "NULL":
        return before == "FROM" or (is_operator and cursor.tokens[place - 1].kind in (Kind.OP, Kind.PARAM))
    return False


def _generated(cursor: Cursor, column: _Column) -> None:
    cursor.expect("GENERATED")
    always = cursor.accept("ALWAYS")
    if not always:
        cursor.expect("BY", "DEFAULT")
    cursor.expect("AS")
    column.fill(cursor)
    if cursor.accept("IDENTITY"):
        column.identity = Identity.ALWAYS if always else Identity.BY_DEFAULT
        column.not_null = True
        if cursor.word == "(":
            column.numbers = sequence_options(cursor.inside())
        return
    if not always:
        raise cursor.expected("IDENTITY")
    column.default = facts_at(cursor.inside())
    # Without either word it is an error up to 17, and virtual from 18 on.
    stored = cursor.accept_one("STORED", "VIRTUAL") == "STORED"
    column.generated = Generated.STORED if stored else Generated.VIRTUAL

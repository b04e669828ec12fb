"""Which column each parameter of a statement has to do with, as far as its tokens tell.

A guess that makes values likely to meet rows. Wrong guesses cost evidence, never truth: values that do
not work at home are not used.
"""

from dataclasses import field
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import Kind, Token, tokens


class Role(Enum):
    """What a parameter is for."""

    #: The value of a column in a new row.
    INSERTED = "inserted"
    #: The new value of a column.
    ASSIGNED = "assigned"
    #: Compared with a column.
    COMPARED = "compared"
    #: A lower bound of a column, and an upper.
    LOWER = "lower"
    UPPER = "upper"
    #: How many rows.
    LIMIT = "limit"
    #: None of these.
    FREE = "free"


@dataclass(frozen=True, slots=True)
class ColumnReference:
    """A name in the statement that may be a column."""

    qualifier: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What is known of one parameter."""

    role: Role = Role.FREE
    #: The likeliest first.
    columns: tuple[ColumnReference, ...] = ()
    #: For an INSERT without a list: the column's place, from 0.
    place: int | None = None
    #: Compared with = ANY.
    array: bool = False


@dataclass(slots=True)
class Hints:
    """The tables of a statement and the uses of its parameters, by their numbers from 1."""

    #: Alias or name to (schema or "", name), in order of appearance.
    tables: dict[str, tuple[str, str]] = field(default_factory=dict)
    uses: dict[int, Use] = field(default_factory=dict)
    #: The table of INSERT INTO, and whether its columns are named.
    target: str = ""
    names_columns: bool = True


_STOPS = frozenset(
    "select from where and or on set values having when then else join inner left right full cross group "
    "order returning union except intersect using case limit offset".split()
)
_NOT_ALIASES = _STOPS | frozenset("as natural lateral for fetch window default overriding do".split())
#: Words of conditions, which are no columns.
_NO_COLUMNS = _STOPS | frozenset(
    "like ilike similar to in is not between any some all distinct null escape".split()
)
_BEFORE_TABLE = frozenset(("from", "join", "into", "update", "using"))
_LOWER, _UPPER = frozenset((">", ">=")), frozenset(("<", "<="))


def read_hints(sql: str) -> Hints:
    """The hints of a statement with ``$n``."""
    found = tokens(sql)
    hints = Hints()
    _tables(found, hints)
    insert = _insert_columns(found, hints)
    hints.names_columns = insert is None or bool(insert[1])
    for place, token in enumerate(found):
        if token.kind is Kind.PARAM and token.text[1:].isdigit():
            number = int(token.text[1:])
            use = _use(found, place, insert)
            if hints.uses.get(number, Use()).role is Role.FREE:
                hints.uses[number] = use
    return hints


def _word(token: Token | None) -> str:
    return token.identifier if token is not None and token.kind is Kind.WORD else ""


def _name(token: Token | None) -> str:
    return token.identifier if token is not None and token.kind in (Kind.WORD, Kind.QUOTED) else ""


def _at(found: list[Token], place: int) -> Token | None:
    return found[place] if 0 <= place < len(found) else None


def _text(found: list[Token], place: int) -> str:
    token = _at(found, place)
    return token.text if token is not None else ""


def _tables(found: list[Token], hints: Hints) -> None:
    for place, token in enumerate(found):
        if _word(token) not in _BEFORE_TABLE:
            continue
        here = place + 1
        while True:
            if _word(_at(found, here)) in ("only", "lateral"):
                here += 1
            name = _name(_at(found, here))
            if not name or name in _STOPS:
                break
            schema = ""
            if _text(found, here + 1) == ".":
                schema, name = name, _name(_at(found, here + 2))
                here += 2
            here += 1
            if _word(token) == "into" and not hints.target:
                hints.target = name
            if _word(_at(found, here)) == "as":
                here += 1
            alias = _name(_at(found, here))
            if alias and alias not in _NOT_ALIASES:
                here += 1
            else:
                alias = name
            hints.tables.setdefault(alias, (schema, name))
            if _text(found, here) != ",":
                break
            here += 1


def _insert_columns(found: list[Token], hints: Hints) -> tuple[int, list[str]] | None:
    """Where the values of INSERT begin, and the names of its columns."""
    if not hints.target:
        return None
    into = next(place for place, token in enumerate(found) if _word(token) == "into")
    here = into + 1
    while here < len(found) and _text(found, here) != "(" and _word(found[here]) not in ("values", "select"):
        here += 1
    columns: list[str] = []
    if _text(found, here) == "(" and _word(_at(found, here + 1)) not in ("select", "with"):
        while here < len(found) and _text(found, here) != ")":
            if _text(found, here - 1) in ("(", ","):
                columns.append(_name(found[here]))
            here += 1
    return here, columns


def _use(found: list[Token], place: int, insert: tuple[int, list[str]] | None) -> Use:
    if _word(_at(found, place - 1)) in ("limit", "offset", "first", "next"):
        return Use(role=Role.LIMIT)
    clause = _clause(found, place)
    if insert is not None and clause in ("values", "select") and place > insert[0]:
        index = _index_in_row(found, place)
        if insert[1] and index < len(insert[1]):
            return Use(role=Role.INSERTED, columns=(ColumnReference("", insert[1][index]),), place=index)
        if not insert[1] and clause == "values":
            return Use(role=Role.INSERTED, place=index)
    columns = (*_columns_before(found, place), *_columns_after(found, place))
    if clause == "set":
        alone = _text(found, place - 1) == "="
        return Use(role=Role.ASSIGNED if alone else Role.FREE, columns=columns)
    if not columns:
        return Use()
    before = [_text(found, place - back).lower() for back in (1, 2)]
    array = before[0] == "(" and before[1] in ("any", "some", "all")
    if before[0] in _LOWER or (before[0] == "between"):
        return Use(role=Role.LOWER, columns=columns)
    if before[0] in _UPPER or before[0] == "and":
        return Use(role=Role.UPPER, columns=columns)
    return Use(role=Role.COMPARED, columns=columns, array=array)


def _clause(found: list[Token], place: int) -> str:
    """The nearest word before that begins a clause at this depth or further out."""
    depth = 0
    for token in reversed(found[:place]):
        if token.text == ")":
            depth += 1
        elif token.text == "(":
            depth = max(depth - 1, 0)
        elif depth == 0 and (word := _word(token)) in (
            "values",
            "select",
            "set",
            "where",
            "on",
            "having",
            "limit",
        ):
            return word
    return ""


def _index_in_row(found: list[Token], place: int) -> int:
    """Which item of its row or list a token is in, from 0."""
    depth = index = 0
    opened = 0
    for back in range(place - 1, -1, -1):
        text = found[back].text
        if text == ")":
            depth += 1
        elif text == "(":
            if depth:
                depth -= 1
            elif _word(_at(found, back - 1)) == "values" or _text(found, back - 1) == ",":
                return index
            else:
                # A function's own list: what counts is the item that the call is.
                index, opened = 0, opened + 1
        elif text == "," and not depth:
            index += 1
        elif not depth and _word(found[back]) == "select":
            return index
    return index


def _columns_before(found: list[Token], place: int) -> list[ColumnReference]:
    """Names before the parameter within its condition, the nearest first."""
    columns: list[ColumnReference] = []
    for here in range(place - 1, -1, -1):
        word = _word(found[here])
        if word in _STOPS and not (word == "and" and _between(found, here)):
            break
        columns += _column(found, here)
    return columns


def _columns_after(found: list[Token], place: int) -> list[ColumnReference]:
    columns: list[ColumnReference] = []
    for here in range(place + 1, len(found)):
        if _word(found[here]) in _STOPS or found[here].text in (",", ";"):
            break
        columns += _column(found, here)
    return columns


def _column(found: list[Token], here: int) -> list[ColumnReference]:
    """The column that the token may name: no function, no qualifier, no type after ``::``."""
    name = _name(found[here])
    before = _text(found, here - 1)
    if (
        not name
        or _word(found[here]) in _NO_COLUMNS
        or _text(found, here + 1) in ("(", ".")
        or before == "::"
    ):
        return []
    return [ColumnReference(_name(_at(found, here - 2)) if before == "." else "", name)]


def _between(found: list[Token], place: int) -> bool:
    """Whether this AND belongs to BETWEEN."""
    for token in reversed(found[max(place - 6, 0) : place]):
        if _word(token) == "between":
            return True
        if _word(token) in _STOPS:
            return False
    return False

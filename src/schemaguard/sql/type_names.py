"""Type names as written become types as ``format_type`` spells them."""

from schemaguard.column_types import Type, canonical, is_internal, user_type
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.keywords import COLUMNS_ONLY, RESERVED
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject

_SERIALS = frozenset({"serial", "serial2", "serial4", "serial8", "bigserial", "smallserial"})
_CHARACTERS = ("CHARACTER", "CHAR", "NCHAR", "VARCHAR", "NATIONAL")
_INTERVALS = {
    "YEAR": ("MONTH",),
    "MONTH": (),
    "DAY": ("HOUR", "MINUTE", "SECOND"),
    "HOUR": ("MINUTE", "SECOND"),
    "MINUTE": ("SECOND",),
    "SECOND": (),
}


def type_name(cursor: Cursor) -> Type:
    """A type, with its modifiers and array bounds; serial types as ``serial`` and the like."""
    if cursor.word == "SETOF":
        raise Reject("a SETOF type", cursor.offset)
    start = cursor.offset
    scalar = _scalar(cursor)
    array = _array(cursor)
    if array and scalar.name in _SERIALS:
        raise Reject("an array of serial", start)
    return Type(scalar.name, scalar.modifiers, scalar.array or array)


def is_serial(kind: Type) -> bool:
    """Whether it is one of the types which are an integer, NOT NULL and a sequence."""
    return kind.name in ("serial", "bigserial", "smallserial") and not kind.array


def _scalar(cursor: Cursor) -> Type:
    word = cursor.word
    match word:
        case "DOUBLE" if cursor.look() == "PRECISION":
            cursor.expect("DOUBLE", "PRECISION")
            return canonical("double precision")
        case "INT" | "INTEGER" | "SMALLINT" | "BIGINT" | "REAL" | "BOOLEAN":
            cursor.expect(word)
            return canonical(word.lower())
        case "FLOAT" | "DECIMAL" | "DEC" | "NUMERIC":
            cursor.expect(word)
            modifiers = _modifiers(cursor)
            if word == "FLOAT" and modifiers and not modifiers[0].isdecimal():
                raise Reject("float with a precision that is no number", cursor.offset)
            return canonical(word.lower(), modifiers)
        case "BIT":
            cursor.expect("BIT")
            varying = " varying" if cursor.accept("VARYING") else ""
            return canonical("bit" + varying, _modifiers(cursor))
        case "TIME" | "TIMESTAMP":
            cursor.expect(word)
            modifiers = _modifiers(cursor)
            zone = " with time zone" if cursor.accept("WITH", "TIME", "ZONE") else " without time zone"
            cursor.accept("WITHOUT", "TIME", "ZONE")
            return canonical(word.lower() + zone, modifiers)
        case "INTERVAL":
            cursor.expect("INTERVAL")
            return _interval(cursor)
        case _ if word in _CHARACTERS:
            return _character(cursor)
        case _:
            return _named(cursor)


def _character(cursor: Cursor) -> Type:
    if cursor.accept("VARCHAR"):
        return canonical("character varying", _modifiers(cursor))
    if cursor.accept("NATIONAL"):
        cursor.expect_one("CHARACTER", "CHAR")
    else:
        cursor.expect_one("CHARACTER", "CHAR", "NCHAR")
    name = "character varying" if cursor.accept("VARYING") else "character"
    return canonical(name, _modifiers(cursor))


def _interval(cursor: Cursor) -> Type:
    modifiers = _modifiers(cursor)
    if modifiers:
        return Type("interval", modifiers)
    fields, modifiers = interval_fields(cursor)
    return Type(f"interval {fields}" if fields else "interval", modifiers)


def interval_fields(cursor: Cursor) -> tuple[str, tuple[str, ...]]:
    """Reads ``DAY TO SECOND(3)`` and the like, if that comes next."""
    first = cursor.accept_one(*_INTERVALS)
    if not first:
        return "", ()
    fields = first
    if _INTERVALS[first] and cursor.accept("TO"):
        fields = f"{first} to {cursor.expect_one(*_INTERVALS[first])}"
    modifiers = _modifiers(cursor) if fields.endswith("SECOND") else ()
    return fields.lower(), modifiers


def _named(cursor: Cursor) -> Type:
    quoted = not cursor.done and cursor.token.kind is Kind.QUOTED
    if cursor.word in RESERVED or (cursor.word in COLUMNS_ONLY and cursor.word != "JSON"):
        raise cursor.expected("a type")
    name = cursor.function_name("a type")
    schema = None
    if cursor.accept("."):
        schema, name = name, cursor.label("a type")
        if cursor.word == ".":
            raise Reject("a name with a database in it", cursor.offset)
    if cursor.word == "%":
        raise Reject("a type taken from a column by %TYPE", cursor.offset)
    modifiers = _modifiers(cursor)
    if schema in (None, "pg_catalog"):
        if name == "interval" and modifiers:
            # Here they would be a mask of fields.
            raise Reject("a number after the name of interval in the catalog", cursor.offset)
        if name == "bit" and not modifiers:
            return Type('"bit"')
        if is_internal(name):
            return canonical(name, modifiers)
        if schema is None and name in _SERIALS:
            if modifiers:
                raise Reject("a serial type with a modifier", cursor.offset)
            return canonical(name)
        if name == "char" and (quoted or schema):
            return Type('"char"')
        if name.startswith("_") and is_internal(name[1:]) and name != "_bit":
            return canonical(name[1:], modifiers, array=True)
    return Type(user_type(schema, name), modifiers)


def _modifiers(cursor: Cursor) -> tuple[str, ...]:
    if cursor.word != "(":
        return ()
    within = cursor.inside()
    found = within.listed(lambda: _modifier(within))
    within.finish()
    return tuple(found)


def _modifier(cursor: Cursor) -> str:
    sign = cursor.accept_one("-")
    token = cursor.token
    if token.kind is Kind.NUMBER and token.text.isdigit():
        cursor.at += 1
        return str(int(sign + token.text))
    if sign or token.kind is not Kind.WORD:
        raise cursor.expected("a number")
    cursor.name("a number")
    return token.text


def _array(cursor: Cursor) -> bool:
    if cursor.accept("ARRAY"):
        if cursor.accept("["):
            _bound(cursor)
            cursor.expect("]")
        return True
    found = False
    while cursor.accept("["):
        found = True
        if cursor.word != "]":
            _bound(cursor)
        cursor.expect("]")
    return found


def _bound(cursor: Cursor) -> None:
    if cursor.token.kind is not Kind.NUMBER:
        raise cursor.expected("a number")
    cursor.at += 1


def cast_of(cursor: Cursor, place: int) -> Type | None:
    """The type to which the constant at that place is cast."""
    words = cursor.words
    after = words[place + 1] if place + 1 < len(cursor.tokens) else ""
    if after != "::" and not (after == "AS" and words[max(place - 2, 0) : place] == ["CAST", "("]):
        return None
    try:
        return type_name(Cursor(cursor.text, cursor.tokens, words, place + 2))
    except Reject:
        return None

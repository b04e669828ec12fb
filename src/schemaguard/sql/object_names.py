"""The names of objects of all kinds, as COMMENT ON, SECURITY LABEL, GRANT and ALTER EXTENSION write them."""

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import any_type, operator
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.routines import arguments_at
from schemaguard.sql.strings import content

#: Kinds whose objects live in a schema.
_IN_SCHEMA = (
    ("MATERIALIZED", "VIEW"), ("FOREIGN", "TABLE"), ("TEXT", "SEARCH", "CONFIGURATION"),
    ("TEXT", "SEARCH", "DICTIONARY"), ("TEXT", "SEARCH", "PARSER"), ("TEXT", "SEARCH", "TEMPLATE"),
    ("TABLE",), ("SEQUENCE",), ("VIEW",), ("INDEX",), ("COLLATION",), ("CONVERSION",), ("STATISTICS",),
)  # fmt: skip
_RELATIONS = ("table", "sequence", "view", "materialized view", "index", "foreign table")
#: Kinds whose objects live in none.
_ALONE = (
    ("ACCESS", "METHOD"), ("EVENT", "TRIGGER"), ("FOREIGN", "DATA", "WRAPPER"), ("PROCEDURAL", "LANGUAGE"),
    ("EXTENSION",), ("LANGUAGE",), ("PUBLICATION",), ("SCHEMA",), ("SERVER",), ("DATABASE",), ("ROLE",),
    ("SUBSCRIPTION",), ("TABLESPACE",),
)  # fmt: skip
_ROUTINES = ("AGGREGATE", "FUNCTION", "PROCEDURE", "ROUTINE")
_OF_TABLE = ("CONSTRAINT", "POLICY", "RULE", "TRIGGER")


@dataclass(frozen=True, slots=True)
class ObjectName:
    """An object of any kind."""

    #: In lower case.
    kind: str
    name: str
    #: The table or view that it is or belongs to.
    table: Relation | None = None
    #: The column of it that it is.
    column: str = ""


def object_named(cursor: Cursor) -> ObjectName:
    """A kind and a name."""
    for words in _IN_SCHEMA:
        if cursor.accept(*words):
            kind = " ".join(words).lower()
            relation = cursor.relation(f"a {kind}")
            return ObjectName(kind, relation.text, relation if kind in _RELATIONS else None)
    for words in _ALONE:
        if cursor.accept(*words):
            kind = "language" if words[-1] == "LANGUAGE" else " ".join(words).lower()
            return ObjectName(kind, cursor.name(f"a {kind}"))
    if word := cursor.accept_one(*_ROUTINES):
        return ObjectName(word.lower(), routine(cursor, aggregate=word == "AGGREGATE"))
    if word := cursor.accept_one(*_OF_TABLE):
        name = cursor.name(f"a {word.lower()}")
        cursor.expect("ON")
        if word == "CONSTRAINT" and cursor.word == "DOMAIN" and cursor.look() not in ("", ".", "IS"):
            cursor.expect("DOMAIN")
            return ObjectName("domain constraint", f"{name} on {any_type(cursor)}")
        table = cursor.relation()
        return ObjectName(word.lower(), f"{name} on {table.text}", table)
    return _other(cursor)


def _other(cursor: Cursor) -> ObjectName:
    match cursor.expect_one("COLUMN", "TYPE", "DOMAIN", "CAST", "TRANSFORM", "OPERATOR", "LARGE"):
        case "COLUMN":
            return _column(cursor)
        case "TYPE":
            return ObjectName("type", any_type(cursor))
        case "DOMAIN":
            return ObjectName("domain", any_type(cursor))
        case "CAST":
            within = cursor.inside()
            source = any_type(within)
            within.expect("AS")
            target = any_type(within)
            within.finish()
            return ObjectName("cast", f"({source} as {target})")
        case "TRANSFORM":
            cursor.expect("FOR")
            source = any_type(cursor)
            cursor.expect("LANGUAGE")
            return ObjectName("transform", f"for {source} language {cursor.name('a language')}")
        case "OPERATOR":
            return _operator(cursor)
        case _:
            cursor.expect("OBJECT")
            return ObjectName("large object", number(cursor))


def _column(cursor: Cursor) -> ObjectName:
    parts = [cursor.name("a column")]
    while cursor.accept("."):
        parts.append(cursor.label("a column"))
    if len(parts) not in (2, 3):
        raise Reject("the column of a table needs the table's name, and no database's", cursor.offset)
    *schema, name, column = parts
    found = cursor.schema != "public"
    table = Relation(schema[0], name) if schema else Relation(cursor.schema, name, qualified=found)
    return ObjectName("column", f"{table.text}.{column}", table, column)


def _operator(cursor: Cursor) -> ObjectName:
    if kind := cursor.accept_one("CLASS", "FAMILY"):
        relation = cursor.relation(f"an operator {kind.lower()}")
        cursor.expect("USING")
        method = cursor.name("an access method")
        return ObjectName(f"operator {kind.lower()}", f"{relation.text} using {method}")
    schema, name = operator(cursor)
    within = cursor.inside()
    sides = ["none" if part.accept("NONE") else any_type(part) for part in within.parts()]
    if len(sides) != 2:
        raise Reject("an operator has two sides, of which one may be NONE", cursor.offset)
    return ObjectName("operator", f"{schema}.{name} ({', '.join(sides)})")


def routine(cursor: Cursor, *, aggregate: bool = False) -> str:
    """A function's, procedure's or aggregate's name, with its arguments if they follow."""
    first = cursor.function_name("a function")
    name = f"{first}.{cursor.label()}" if cursor.accept(".") else f"public.{first}"
    if cursor.word == ".":
        raise Reject("a name with a database in it", cursor.offset)
    if cursor.word == "(":
        place = cursor.at
        within = cursor.inside()
        if aggregate and (within.accept("*") or within.find("ORDER") < within.stop):
            within.at = within.stop  # Which arguments it is asked for with changes nothing here.
        else:
            cursor.at = place
            arguments_at(cursor)
    elif aggregate:
        raise cursor.expected("the arguments of the aggregate")
    return name


def role_name(cursor: Cursor, *, public: bool = False) -> str:
    """A role; ``public`` where everybody may be meant."""
    if word := cursor.accept_one("CURRENT_ROLE", "CURRENT_USER", "SESSION_USER"):
        return word.lower()
    at = cursor.offset
    name = cursor.function_name("a role")
    if name == "none" or (name == "public" and not public):  # In quotes, too.
        raise Reject(f"{name} is no role", at)
    return name


def number(cursor: Cursor) -> str:
    """A number, with its sign."""
    sign = cursor.accept_one("-", "+")
    if cursor.token.kind is not Kind.NUMBER:
        raise cursor.expected("a number")
    cursor.at += 1
    return sign.replace("+", "") + cursor.tokens[cursor.at - 1].text


def string(cursor: Cursor) -> str:
    """A string constant."""
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a string")
    cursor.at += 1
    return content(token)

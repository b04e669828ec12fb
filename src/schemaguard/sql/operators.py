"""CREATE, ALTER and DROP of operators, and of their classes and families."""

from dataclasses import replace

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.create_thing import CreateThing
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.definitions import any_type, definition, function, operator
from schemaguard.sql.lexer import Kind
from schemaguard.sql.productions import Productions
from schemaguard.sql.reject import Reject
from schemaguard.sql.things import Named, altered, drop_all, drop_one

# Operators


def _operator(cursor: Cursor) -> Named:
    """An operator with the types of its operands."""
    schema, name = operator(cursor)
    within = cursor.inside()
    left = _operand(within)
    within.expect(",")
    right = _operand(within)
    within.finish()
    return Named(kind="operator", schema=schema, name=name, tail=f"({left}, {right})")


def _operand(cursor: Cursor) -> str:
    return "NONE" if cursor.accept("NONE") else any_type(cursor)


def _create_operator(cursor: Cursor) -> tuple[Change, ...]:
    schema, name = operator(cursor)
    options = definition(cursor)
    cursor.finish()
    if "leftarg" not in options and "rightarg" not in options:
        raise Reject("an operator without operands", cursor.offset)
    left, right = (any_type(options[side]) if side in options else "NONE" for side in ("leftarg", "rightarg"))
    named = Named(kind="operator", schema=schema, name=name, tail=f"({left}, {right})")
    return (CreateThing(thing=named.thing),)


def _alter_operator(cursor: Cursor) -> tuple[Change, ...]:
    named = _operator(cursor)
    if cursor.is_at("SET", "("):
        cursor.expect("SET")
        definition(cursor)
        cursor.finish()
        return (AlterThing(thing=named.thing, action="options"),)
    return altered(cursor, named, ("OWNER", "SCHEMA"))


# Classes and families


def _class(cursor: Cursor) -> Named:
    return _of_method(cursor, "operator class")


def _family(cursor: Cursor) -> Named:
    return _of_method(cursor, "operator family")


def _of_method(cursor: Cursor, kind: str) -> Named:
    name = cursor.relation(f"an {kind}")
    cursor.expect("USING")
    method = cursor.name("an access method")
    return Named(kind=kind, schema=name.schema, name=name.name, tail=f" USING {method}")


def _create_class(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.relation("an operator class")
    cursor.accept("DEFAULT")
    cursor.expect("FOR", "TYPE")
    any_type(cursor)
    cursor.expect("USING")
    method = cursor.name("an access method")
    own = Named(kind="operator class", schema=name.schema, name=name.name, tail=f" USING {method}")
    # Without one it makes a family of its own name, unless there is one.
    family: tuple[Change, ...] = (
        CreateThing(thing=replace(own, kind="operator family").thing, if_not_exists=True),
    )
    if cursor.accept("FAMILY"):
        cursor.relation("an operator family")
        family = ()
    cursor.expect("AS")
    cursor.listed(lambda: _member(cursor))
    cursor.finish()
    return (*family, CreateThing(thing=own.thing))


def _member(cursor: Cursor) -> None:
    """An operator or function of a class, with its number."""
    match cursor.expect_one("OPERATOR", "FUNCTION", "STORAGE"):
        case "OPERATOR":
            _number(cursor)
            operator(cursor)
            if cursor.word == "(":
                within = cursor.inside()
                within.listed(lambda: _operand(within))
                within.finish()
            if cursor.accept("FOR") and not cursor.accept("SEARCH"):
                cursor.expect("ORDER", "BY")
                cursor.relation("an operator family")
        case "FUNCTION":
            _number(cursor)
            if cursor.word == "(":
                _types(cursor)
            function(cursor)
        case _:
            any_type(cursor)


def _types(cursor: Cursor) -> None:
    within = cursor.inside()
    within.listed(lambda: any_type(within))
    within.finish()


def _number(cursor: Cursor) -> None:
    if cursor.token.kind is not Kind.NUMBER or not cursor.word.isdigit():
        raise cursor.expected("a number")
    cursor.at += 1


def _create_family(cursor: Cursor) -> tuple[Change, ...]:
    named = _family(cursor)
    cursor.finish()
    return (CreateThing(thing=named.thing),)


def _alter_family(cursor: Cursor) -> tuple[Change, ...]:
    named = _family(cursor)
    if cursor.accept("ADD"):
        cursor.listed(lambda: _member(cursor))
        action = "add"
    elif cursor.accept("DROP"):
        cursor.listed(lambda: _left_out(cursor))
        action = "drop"
    else:
        return altered(cursor, named, ("RENAME", "OWNER", "SCHEMA"))
    cursor.finish()
    return (AlterThing(thing=named.thing, action=action, felt=action == "drop"),)


def _left_out(cursor: Cursor) -> None:
    cursor.expect_one("OPERATOR", "FUNCTION")
    _number(cursor)
    _types(cursor)


PRODUCTIONS: Productions = {
    ("CREATE", "OPERATOR"): _create_operator,
    ("ALTER", "OPERATOR"): _alter_operator,
    ("DROP", "OPERATOR"): drop_all(_operator),
    ("CREATE", "OPERATOR", "CLASS"): _create_class,
    ("ALTER", "OPERATOR", "CLASS"): lambda cursor: altered(
        cursor, _class(cursor), ("RENAME", "OWNER", "SCHEMA")
    ),
    ("DROP", "OPERATOR", "CLASS"): drop_one(_class),
    ("CREATE", "OPERATOR", "FAMILY"): _create_family,
    ("ALTER", "OPERATOR", "FAMILY"): _alter_family,
    ("DROP", "OPERATOR", "FAMILY"): drop_one(_family),
}

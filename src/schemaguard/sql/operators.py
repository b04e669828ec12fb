"""CREATE, ALTER and DROP of operators, their classes and families, casts, aggregates and transforms."""

from dataclasses import replace

from schemaguard.changes.alter_thing import AlterThing
from schemaguard.changes.base import Change
from schemaguard.changes.create_extension import CreateExtension
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


# Casts and transforms


def _cast(cursor: Cursor) -> Named:
    within = cursor.inside()
    source = any_type(within)
    within.expect("AS")
    target = any_type(within)
    within.finish()
    return Named(kind="cast", name=f"{source} AS {target}")


def _create_cast(cursor: Cursor) -> tuple[Change, ...]:
    named = _cast(cursor)
    if cursor.accept("WITH", "FUNCTION"):
        function(cursor)
    elif not cursor.accept("WITHOUT", "FUNCTION"):
        cursor.expect("WITH", "INOUT")
    if cursor.accept("AS"):
        cursor.expect_one("ASSIGNMENT", "IMPLICIT")
    cursor.finish()
    return (CreateThing(thing=named.thing),)


def _transform(cursor: Cursor) -> Named:
    cursor.expect("FOR")
    kind = any_type(cursor)
    cursor.expect("LANGUAGE")
    return Named(kind="transform", name=f"FOR {kind} LANGUAGE {cursor.name('a language')}")


def _create_transform(cursor: Cursor) -> tuple[Change, ...]:
    replaces = cursor.words[cursor.at - 2] == "REPLACE"
    named = _transform(cursor)
    within = cursor.inside()
    sides = within.listed(lambda: _side(within))
    within.finish()
    cursor.finish()
    if len(set(sides)) < len(sides):
        raise Reject("a transform with one side twice", cursor.offset)
    return (CreateThing(thing=named.thing, replace=replaces),)


def _side(cursor: Cursor) -> str:
    side = cursor.expect_one("FROM", "TO")
    cursor.expect("SQL", "WITH", "FUNCTION")
    function(cursor)
    return side


# Aggregates


def _aggregate(cursor: Cursor) -> Named:
    """An aggregate with the types of its arguments."""
    name = _function_name(cursor)
    return replace(name, tail=f"({', '.join(_arguments(cursor.inside()))})")


def _function_name(cursor: Cursor) -> Named:
    first = cursor.function_name("an aggregate")
    if not cursor.accept("."):
        return Named(kind="aggregate", schema="public", name=first)
    return Named(kind="aggregate", schema=first, name=cursor.label("an aggregate"))


def _arguments(cursor: Cursor) -> list[str]:
    """The types of arguments; those after ORDER BY follow, unless both are one VARIADIC."""
    if cursor.accept("*"):
        cursor.finish()
        return []
    found: list[str] = []
    variadic = False
    if not cursor.is_at("ORDER", "BY"):
        variadic = _listed(cursor, found)
    if cursor.accept("ORDER", "BY"):
        ordered: list[str] = []
        _listed(cursor, ordered)
        found += [] if variadic else ordered
    cursor.finish()
    return found


def _listed(cursor: Cursor, found: list[str]) -> bool:
    """Reads arguments, each with its mode and name or without; whether the last is VARIADIC."""
    while True:
        mode = cursor.accept_one("IN", "VARIADIC")
        place, kept = cursor.at, len(found)
        try:
            found.append(any_type(cursor))
            whole = cursor.done or cursor.word == "," or cursor.is_at("ORDER", "BY")
        except Reject:
            whole = False
        if not whole:
            # The first word was the argument's name.
            del found[kept:]
            cursor.at = place
            cursor.function_name("an argument")
            mode = mode or cursor.accept_one("IN", "VARIADIC")
            found.append(any_type(cursor))
        if not cursor.accept(","):
            return mode == "VARIADIC"


def _create_aggregate(cursor: Cursor) -> tuple[Change, ...]:
    replaces = cursor.words[cursor.at - 2] == "REPLACE"
    name = _function_name(cursor)
    ahead = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop)
    ahead.inside()
    if ahead.done:  # The old form: its argument is an option, BASETYPE.
        options = definition(cursor)
        cursor.finish()
        if "basetype" not in options:
            raise Reject("an aggregate without BASETYPE", cursor.offset)
        base = options["basetype"]
        of = "" if base.source.strip("'\"").upper() == "ANY" else any_type(base)
        return (CreateThing(thing=replace(name, tail=f"({of})").thing, replace=replaces),)
    found = _arguments(cursor.inside())
    definition(cursor)
    cursor.finish()
    return (CreateThing(thing=replace(name, tail=f"({', '.join(found)})").thing, replace=replaces),)


# Access methods and languages


def _method(cursor: Cursor) -> Named:
    return Named(kind="access method", name=cursor.name("an access method"))


def _create_method(cursor: Cursor) -> tuple[Change, ...]:
    named = _method(cursor)
    cursor.expect("TYPE")
    cursor.expect_one("INDEX", "TABLE")
    cursor.expect("HANDLER")
    cursor.relation("a function")
    cursor.finish()
    return (CreateThing(thing=named.thing),)


def _language(cursor: Cursor) -> Named:
    return Named(kind="language", name=cursor.name("a language"))


def _create_language(cursor: Cursor) -> tuple[Change, ...]:
    replaces = "REPLACE" in cursor.words[: cursor.at]
    named = _language(cursor)
    if cursor.done:
        # It is an extension that brings the language along.
        return (CreateExtension(name=named.name, if_not_exists=replaces),)
    cursor.expect("HANDLER")
    cursor.relation("a function")
    if cursor.accept("INLINE"):
        cursor.relation("a function")
    if cursor.accept("NO"):
        cursor.expect("VALIDATOR")
    elif cursor.accept("VALIDATOR"):
        cursor.relation("a function")
    cursor.finish()
    return (CreateThing(thing=named.thing, replace=replaces),)


_LANGUAGES = (("LANGUAGE",), ("PROCEDURAL", "LANGUAGE"))
_TRUSTED = (*_LANGUAGES, ("TRUSTED", "LANGUAGE"), ("TRUSTED", "PROCEDURAL", "LANGUAGE"))

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
    ("CREATE", "CAST"): _create_cast,
    ("DROP", "CAST"): drop_one(_cast),
    ("CREATE", "TRANSFORM"): _create_transform,
    ("CREATE", "OR", "REPLACE", "TRANSFORM"): _create_transform,
    ("DROP", "TRANSFORM"): drop_one(_transform),
    ("CREATE", "AGGREGATE"): _create_aggregate,
    ("CREATE", "OR", "REPLACE", "AGGREGATE"): _create_aggregate,
    ("ALTER", "AGGREGATE"): lambda cursor: altered(cursor, _aggregate(cursor), ("RENAME", "OWNER", "SCHEMA")),
    ("DROP", "AGGREGATE"): drop_all(_aggregate),
    ("CREATE", "ACCESS", "METHOD"): _create_method,
    ("DROP", "ACCESS", "METHOD"): drop_all(_method),
    **{("CREATE", *words): _create_language for words in _TRUSTED},
    **{("CREATE", "OR", "REPLACE", *words): _create_language for words in _TRUSTED},
    **{
        ("ALTER", *words): lambda cursor: altered(cursor, _language(cursor), ("RENAME", "OWNER"))
        for words in _LANGUAGES
    },
    **{("DROP", *words): drop_all(_language) for words in _LANGUAGES},
}

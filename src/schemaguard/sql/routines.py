"""CREATE and DROP of functions, procedures and triggers: their headers are read, their bodies kept."""

from dataclasses import dataclass

from schemaguard.changes.base import Change
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.drop_function import DropFunction
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.sql.constraints import attributes
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject
from schemaguard.sql.strings import content
from schemaguard.sql.type_names import type_name

_MODES = ("IN", "OUT", "INOUT", "VARIADIC")

_BEHAVIOURS = (
    "IMMUTABLE", "STABLE", "VOLATILE", "STRICT", "LEAKPROOF", "NOT LEAKPROOF", "WINDOW",
    "CALLED ON NULL INPUT", "RETURNS NULL ON NULL INPUT", "SECURITY DEFINER", "SECURITY INVOKER",
    "EXTERNAL SECURITY DEFINER", "EXTERNAL SECURITY INVOKER",
)  # fmt: skip


@dataclass(slots=True)
class _Header:
    """What has been read of a function so far."""

    language: str | None = None
    body: str | None = None
    settled: bool = False
    definer: bool = False
    settings: frozenset[str] = frozenset()


def create_function(cursor: Cursor, *, replace: bool) -> tuple[Change, ...]:
    """CREATE [OR REPLACE] FUNCTION or PROCEDURE, after these words."""
    function = cursor.relation("a function")
    _arguments(cursor)
    if cursor.accept("RETURNS"):
        if cursor.accept("TABLE"):
            _arguments(cursor)
        else:
            _argument_type(cursor)
    header = _Header()
    while not cursor.done:
        _option(cursor, header)
    if header.body is None:
        raise cursor.expected("a body")
    made = CreateFunction(
        schema=function.schema,
        name=function.name,
        replace=replace,
        body=header.body,
        language="sql" if header.language is None else header.language,
        settled=header.settled,
        definer=header.definer,
        settings=header.settings,
    )
    return (made,)


def _arguments(cursor: Cursor) -> None:
    """Arguments in parentheses, each up to its comma."""
    within = cursor.inside()
    for part in [] if within.done else within.parts():
        part.accept_one(*_MODES)
        following = part.look()
        # A name comes first if a type can still follow it.
        if following not in (
            "",
            "=",
            "DEFAULT",
            "(",
            "[",
            ".",
            "%",
            "VARYING",
            "PRECISION",
            "ARRAY",
        ) and not (part.word in ("TIMESTAMP", "TIME") and following in ("WITH", "WITHOUT")):
            part.function_name("an argument")
            part.accept_one(*_MODES)
        _argument_type(part)
        if part.accept_one("=", "DEFAULT") and part.done:
            raise part.expected("an expression")
        # A default is an expression, which is not asked for here.


def _argument_type(cursor: Cursor) -> None:
    """A type, which may be SETOF another, or that of a column."""
    cursor.accept("SETOF")
    place = cursor.at
    try:
        type_name(cursor)
    except Reject:
        cursor.at = place
        cursor.function_name("a type")
        while cursor.accept("."):
            cursor.label("a type")
        cursor.expect("%")
        cursor.expect("TYPE")


def _option(cursor: Cursor, header: _Header) -> None:
    match cursor.word:
        case "LANGUAGE":
            cursor.expect("LANGUAGE")
            header.language = _language(cursor)
        case "AS":
            cursor.expect("AS")
            header.body = _body(cursor)
        case "BEGIN" | "RETURN":
            # The body is SQL itself, and the last thing there is.
            header.body, header.settled = cursor.source, True
            if cursor.is_at("BEGIN") and (
                cursor.look() != "ATOMIC" or cursor.words[cursor.stop - 1] != "END"
            ):
                raise cursor.expected("an option of the function")
            cursor.at = cursor.stop
        case "SET":
            header.settings |= {_setting(cursor)}
        case "COST" | "ROWS":
            cursor.at += 1
            cursor.accept_one("-", "+")
            if cursor.token.kind is not Kind.NUMBER:
                raise cursor.expected("a number")
            cursor.at += 1
        case "SUPPORT":
            cursor.expect("SUPPORT")
            cursor.relation("a function")
        case "TRANSFORM":
            raise Reject("schemaguard does not know functions that TRANSFORM types", cursor.offset)
        case _:
            header.definer = _behaviour(cursor).endswith("SECURITY DEFINER") or header.definer


def _behaviour(cursor: Cursor) -> str:
    for words in _BEHAVIOURS:
        if cursor.accept(*words.split()):
            return words
    if not cursor.accept("PARALLEL"):
        raise cursor.expected("an option of the function")
    cursor.name("SAFE, RESTRICTED or UNSAFE")
    return "PARALLEL"


def _language(cursor: Cursor) -> str:
    if cursor.token.kind is Kind.STRING:
        name = content(cursor.token)
        cursor.at += 1
        return name
    return cursor.function_name("a language")


def _body(cursor: Cursor) -> str:
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a body")
    cursor.at += 1
    if cursor.word == ",":
        raise Reject("schemaguard does not know functions of compiled libraries", cursor.offset)
    return content(token)


def _setting(cursor: Cursor) -> str:
    """SET name { TO | = } value, ..., or SET name FROM CURRENT: the name."""
    cursor.expect("SET")
    if cursor.word in (
        "TIME",
        "SESSION",
        "LOCAL",
        "ROLE",
        "SCHEMA",
        "CATALOG",
        "NAMES",
        "XML",
        "TRANSACTION",
    ):
        raise Reject(f"schemaguard does not know functions that SET {cursor.word}", cursor.offset)
    name = cursor.name("a setting")
    while cursor.accept("."):
        name = f"{name}.{cursor.label('a setting')}"
    if cursor.accept("FROM", "CURRENT"):
        return name
    cursor.expect_one("=", "TO")
    if not cursor.accept("DEFAULT"):
        cursor.listed(lambda: _value(cursor))
    return name


def _value(cursor: Cursor) -> None:
    if cursor.accept_one("-", "+"):
        if cursor.token.kind is not Kind.NUMBER:
            raise cursor.expected("a number")
        cursor.at += 1
    elif cursor.token.kind in (Kind.STRING, Kind.NUMBER) or cursor.word in ("TRUE", "FALSE", "ON"):
        cursor.at += 1
    else:
        cursor.function_name("a value")


def drop_function(cursor: Cursor) -> tuple[Change, ...]:
    """DROP FUNCTION, PROCEDURE or ROUTINE, after these two words."""
    kind = cursor.look(-1)
    if_exists = cursor.accept("IF", "EXISTS")
    functions = []
    while True:
        functions.append(cursor.relation("a function"))
        if cursor.word == "(":
            _arguments(cursor)
        if not cursor.accept(","):
            break
    at = cursor.offset
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    if cascade:
        raise Reject(f"schemaguard does not know what goes with a function in DROP {kind} ... CASCADE", at)
    return tuple(
        DropFunction(schema=function.schema, name=function.name, if_exists=if_exists)
        for function in functions
    )


def create_trigger(cursor: Cursor, *, replace: bool) -> tuple[Change, ...]:
    """CREATE [OR REPLACE] [CONSTRAINT] TRIGGER, after these words."""
    name = cursor.name("the trigger's name")
    if not cursor.accept("INSTEAD", "OF"):
        cursor.expect_one("BEFORE", "AFTER")
    columns = _event(cursor)
    while cursor.accept("OR"):
        columns += _event(cursor)
    cursor.expect("ON")
    table = cursor.relation()
    other = cursor.relation() if cursor.accept("FROM") else None
    attributes(cursor, "a trigger", "deferrable", "deferred")
    if cursor.accept("REFERENCING"):
        _transition(cursor)
        while cursor.word in ("OLD", "NEW"):
            _transition(cursor)
    row = False
    if cursor.accept("FOR"):
        cursor.accept("EACH")
        row = cursor.expect_one("ROW", "STATEMENT") == "ROW"
    if cursor.accept("WHEN"):
        condition = cursor.inside()
        if condition.done:
            raise cursor.expected("an expression")
        columns += of_row(condition)
    cursor.expect("EXECUTE")
    cursor.expect_one("FUNCTION", "PROCEDURE")
    cursor.relation("a function")
    within = cursor.inside()
    for part in [] if within.done else within.parts():
        if part.token.kind not in (Kind.STRING, Kind.DOLLAR, Kind.NUMBER):
            part.label("an argument")
        else:
            part.at += 1
        part.finish()
    cursor.finish()
    return (CreateTrigger(table, name, replace, row, tuple(dict.fromkeys(columns)), other),)


def _event(cursor: Cursor) -> list[str]:
    """What calls it; the columns of UPDATE OF."""
    event = cursor.expect_one("INSERT", "DELETE", "UPDATE", "TRUNCATE")
    if event == "UPDATE" and cursor.accept("OF"):
        return cursor.listed(lambda: cursor.name("a column"))
    return []


def of_row(condition: Cursor) -> list[str]:
    """The columns that a condition names, as OLD.a and NEW.a."""
    tokens, words = condition.tokens, condition.words
    return [
        tokens[place].identifier
        for place in range(condition.at + 2, condition.stop)
        if words[place - 1] == "." and words[place - 2] in ("OLD", "NEW") and words[place] != "*"
    ]


def _transition(cursor: Cursor) -> None:
    cursor.expect_one("OLD", "NEW")
    cursor.expect_one("TABLE", "ROW")
    cursor.accept("AS")
    cursor.name()


def drop_trigger(cursor: Cursor) -> tuple[Change, ...]:
    """DROP TRIGGER, after these two words."""
    if_exists = cursor.accept("IF", "EXISTS")
    name = cursor.name("a trigger")
    cursor.expect("ON")
    table = cursor.relation()
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return (DropTrigger(table=table, name=name, if_exists=if_exists, cascade=cascade),)

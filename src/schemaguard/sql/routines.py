"""CREATE and DROP of functions and procedures: their headers are read, their bodies kept."""

from dataclasses import field

from schemaguard.changes.base import Change
from schemaguard.changes.create_function import CreateFunction
from schemaguard.changes.drop_function import DropFunction
from schemaguard.changes.set_setting import SetSetting
from schemaguard.dataclass import dataclass
from schemaguard.mentions import NOTHING
from schemaguard.names import Column, Relation
from schemaguard.routines import Arguments
from schemaguard.schema import Code, RoutineState, Volatility
from schemaguard.sql.column_type import spelled_type
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.inlined import body_mentions, body_touches, inlined
from schemaguard.sql.lexer import Kind
from schemaguard.sql.session import assignment
from schemaguard.sql.strings import content

_MODES = ("IN", "OUT", "INOUT", "VARIADIC")
#: What can come after the first word of a type's name: any other word comes after an argument's name.
_IN_TYPE = ("", "=", "DEFAULT", "(", "[", ".", "%", "VARYING", "PRECISION", "ARRAY")
VOLATILITIES = {
    "IMMUTABLE": Volatility.CONSTANT,
    "STABLE": Volatility.STABLE,
    "VOLATILE": Volatility.VOLATILE,
}
#: What is said of a function and changes nothing of what we know of it.
_WITHOUT_EFFECT = ("LEAKPROOF", "NOT LEAKPROOF", "WINDOW")


@dataclass(slots=True)
class Header:
    """What has been read of a function so far."""

    language: str | None = None
    body: str | None = None
    #: The body is SQL itself, not a text.
    parsed: bool = False
    volatility: Volatility | None = None
    strict: bool | None = None
    definer: bool | None = None
    sets: set[str] = field(default_factory=set)
    search_path: SetSetting | None = None


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument as it is written."""

    mode: str
    name: str
    type: str | Column
    #: Whether a call can leave it out.
    default: bool = False


def create_function(cursor: Cursor, kind: str, *, replace: bool) -> tuple[Change, ...]:
    """CREATE [OR REPLACE] FUNCTION or PROCEDURE, after these words."""
    function = cursor.relation("a function")
    read = arguments_at(cursor)
    returns = ""
    if cursor.accept("RETURNS"):
        if cursor.accept("TABLE"):
            arguments_at(cursor)
            returns = "SETOF record"
        else:
            several = cursor.accept("SETOF")
            of = spelled_type(cursor)
            returns = ("SETOF " if several else "") + (of if isinstance(of, str) else "")
    header = Header()
    while not cursor.done:
        _option(cursor, header)
    if header.body is None:
        raise cursor.expected("a body")
    language = "sql" if header.language is None else header.language
    reads, writes = body_touches(header.body) if language == "sql" else ((), ())
    said = body_mentions(header.body) if header.parsed else NOTHING
    reads = tuple(sorted({*reads, *said.relations} - said.filled))
    made = CreateFunction(
        function=function,
        arguments=of_all(read),
        state=_state(header, read, kind, returns, in_sql=language == "sql"),
        replace=replace,
        body=header.body,
        language=language,
        reads=reads,
        writes=writes,
        settled=header.parsed,
        said=said,
    )
    return (made,)


def _state(
    header: Header, arguments: list[Argument], kind: str, returns: str, *, in_sql: bool
) -> RoutineState:
    strict = bool(header.strict)
    given = [one for one in arguments if one.mode != "OUT"]
    body, plain = None, False
    if in_sql and kind == "function" and header.body and not returns.startswith(("SETOF", "record")):
        body, plain = inlined(header.body, tuple(one.name for one in given), strict=strict)
    return RoutineState(
        kind=kind,
        volatility=header.volatility or Volatility.VOLATILE,
        strict=strict,
        definer=bool(header.definer),
        settings=frozenset(header.sets),
        returns=returns,
        body=body,
        plain=plain,
        code=_code(header, given if kind == "function" else arguments),
    )


def _code(header: Header, given: list[Argument]) -> Code | None:
    """The body, as it will be run; None: with a search path that hangs on the session."""
    path = header.search_path
    if header.body is None or (path is not None and path.value is None):
        return None
    return Code(
        language="sql" if header.language is None else header.language,
        text=header.body,
        fewest=sum(not one.default for one in given),
        most=None if any(one.mode == "VARIADIC" for one in given) else len(given),
        search_path=None if path is None else path.value,
    )


def of_all(arguments: list[Argument]) -> Arguments:
    """Their types, with and without those of OUT."""
    return Arguments(
        types=tuple(one.type for one in arguments if one.mode != "OUT"),
        whole=tuple(one.type for one in arguments),
    )


def arguments_at(cursor: Cursor) -> list[Argument]:
    """Arguments in parentheses, each up to its comma."""
    within = cursor.inside()
    return [_argument(part) for part in ([] if within.done else within.parts())]


def _argument(part: Cursor) -> Argument:
    mode = _mode(part)
    name = ""
    following = part.look()
    zoned = part.word in ("TIMESTAMP", "TIME") and following in ("WITH", "WITHOUT")
    # A name comes first if a type can still follow it.
    if following not in _IN_TYPE and not zoned:
        name = part.function_name("an argument")
        mode = mode or _mode(part)
    kind = spelled_type(part)
    default = bool(part.accept_one("=", "DEFAULT"))
    if default:
        if part.done:
            raise part.expected("an expression")
        # A default is an expression, which is not asked for here.
        part.at = part.stop
    part.finish()
    return Argument(mode or "IN", name, kind, default)


def _mode(part: Cursor) -> str:
    mode = part.accept_one(*_MODES)
    return "INOUT" if mode == "IN" and part.accept("OUT") else mode


def _option(cursor: Cursor, header: Header) -> None:
    match cursor.word:
        case "LANGUAGE":
            cursor.expect("LANGUAGE")
            header.language = _language(cursor)
        case "AS":
            cursor.expect("AS")
            header.body = _body(cursor)
        case "BEGIN" | "RETURN":
            # The body is SQL itself, and the last thing there is.
            header.body = cursor.source
            header.parsed = True
            if cursor.is_at("BEGIN") and (
                cursor.look() != "ATOMIC" or cursor.words[cursor.stop - 1] != "END"
            ):
                raise cursor.expected("an option of the function")
            cursor.at = cursor.stop
        case "TRANSFORM":
            cursor.expect("TRANSFORM")
            while True:
                cursor.expect("FOR", "TYPE")
                spelled_type(cursor)
                if not cursor.accept(","):
                    break
        case _:
            if not behaviour(cursor, header):
                raise cursor.expected("an option of the function")


def behaviour(cursor: Cursor, header: Header) -> bool:
    """One of the options that ALTER FUNCTION has as well, if one comes next."""
    word = cursor.word
    if word in VOLATILITIES:
        cursor.at += 1
        header.volatility = VOLATILITIES[word]
        return True
    if cursor.accept("STRICT") or cursor.accept("RETURNS", "NULL", "ON", "NULL", "INPUT"):
        header.strict = True
        return True
    if cursor.accept("CALLED", "ON", "NULL", "INPUT"):
        header.strict = False
        return True
    if any(cursor.accept(*words.split()) for words in _WITHOUT_EFFECT):
        return True
    cursor.accept("EXTERNAL")
    match cursor.word:
        case "SECURITY":
            cursor.expect("SECURITY")
            header.definer = cursor.expect_one("DEFINER", "INVOKER") == "DEFINER"
        case "PARALLEL":
            cursor.expect("PARALLEL")
            cursor.name("SAFE, RESTRICTED or UNSAFE")
        case "COST" | "ROWS":
            cursor.at += 1
            cursor.accept_one("-", "+")
            if cursor.token.kind is not Kind.NUMBER:
                raise cursor.expected("a number")
            cursor.at += 1
        case "SUPPORT":
            cursor.expect("SUPPORT")
            cursor.relation("a function")
        case "SET":
            cursor.expect("SET")
            if cursor.word in ("LOCAL", "TRANSACTION") and cursor.look() not in ("=", "TO", "SNAPSHOT"):
                raise cursor.expected("a setting")
            for change in assignment(cursor):
                header.sets.add(change.name)
                if change.name == "search_path":
                    header.search_path = change
        case _:
            return False
    return True


def _language(cursor: Cursor) -> str:
    if cursor.token.kind is Kind.STRING:
        name = content(cursor.token)
        cursor.at += 1
        return name
    return cursor.function_name("a language")


def _body(cursor: Cursor) -> str:
    """A text; of a compiled library its file, and what the function is called there."""
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.DOLLAR):
        raise cursor.expected("a body")
    cursor.at += 1
    if cursor.accept(","):
        if cursor.token.kind not in (Kind.STRING, Kind.DOLLAR):
            raise cursor.expected("a name in the library")
        cursor.at += 1
    return content(token)


def drop_function(cursor: Cursor) -> tuple[Change, ...]:
    """DROP FUNCTION, PROCEDURE or ROUTINE, after these two words."""
    kind = cursor.look(-1).lower()
    if_exists = cursor.accept("IF", "EXISTS")
    functions = cursor.listed(lambda: routine_at(cursor))
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(
        DropFunction(
            function=function,
            kind=kind,
            arguments=types,
            if_exists=if_exists,
            cascade=cascade,
            beside=tuple(one for one in functions if one != (function, types)),
        )
        for function, types in functions
    )


def routine_at(cursor: Cursor) -> tuple[Relation, Arguments | None]:
    """A function's name, with the types of its arguments if they follow."""
    function = cursor.relation("a function")
    return function, of_all(arguments_at(cursor)) if cursor.word == "(" else None

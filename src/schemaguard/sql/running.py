"""COPY, EXPLAIN, PREPARE, cursors: what runs, plans or fetches the rows of another statement."""

from schemaguard.changes.base import Change
from schemaguard.changes.copy_rows import CopyRows
from schemaguard.changes.declare_cursor import DeclareCursor
from schemaguard.changes.explain_analyze import ExplainAnalyze
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.touch_no_table import TouchNoTable
from schemaguard.names import Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.plain import read as read_expression
from schemaguard.sql.productions import Productions
from schemaguard.sql.queries import is_query, is_system
from schemaguard.sql.reject import Reject
from schemaguard.sql.rows import rows
from schemaguard.sql.strings import content
from schemaguard.sql.type_names import type_name

_STATEMENTS = ("SELECT", "VALUES", "TABLE", "WITH", "(", "INSERT", "UPDATE", "DELETE", "MERGE")
_OFF = ("FALSE", "OFF", "0", "NO", "F", "N")
_SWITCHES = ("BINARY", "CSV", "FREEZE", "HEADER")
_DIRECTIONS = ("NEXT", "PRIOR", "FIRST", "LAST", "ALL", "ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD")


# COPY


def _copy(cursor: Cursor) -> tuple[Change, ...]:
    old_binary = cursor.accept("BINARY")
    table: Relation | None = None
    columns: tuple[str, ...] = ()
    reads: tuple[Relation, ...] = ()
    if cursor.word == "(" and not old_binary:
        written = rows(cursor.inside())
        if not all(isinstance(change, SelectRows) for change in written):
            raise Reject("schemaguard does not know what COPY of a writing statement does", cursor.offset)
        reads = tuple(read for one in written if isinstance(one, SelectRows) for read in one.reads)
        cursor.expect("TO")
    else:
        qualified = cursor.look() == "."
        named = cursor.relation()
        columns = cursor.names() if cursor.word == "(" else ()
        if cursor.expect_one("FROM", "TO") == "FROM":
            table = named
        elif not is_system(named, qualified=qualified):
            reads = (named,)
    program = cursor.accept("PROGRAM")
    if program or not cursor.accept_one("STDIN", "STDOUT"):
        _string(cursor)
    if cursor.accept("USING", "DELIMITERS") or cursor.accept("DELIMITERS"):
        _string(cursor)
    cursor.accept("WITH")
    if cursor.word == "(":
        for part in cursor.inside().parts():
            _option(part)
    else:
        while not cursor.done and cursor.word != "WHERE":
            _old_option(cursor)
    if cursor.word == "WHERE" and table is not None:
        cursor.expect("WHERE")
        read_expression(cursor)
    cursor.finish()
    return (CopyRows(table=table, columns=columns, reads=reads, program=program),)


def _string(cursor: Cursor) -> str:
    token = cursor.token
    if token.kind is not Kind.STRING:
        raise cursor.expected("a string")
    cursor.at += 1
    return content(token)


def _option(part: Cursor) -> tuple[str, str]:
    """``name [value]``: in capitals."""
    name = part.label("an option").upper()
    value = ""
    if part.word == "(":
        part.inside()
    elif not part.done and part.word != "*":
        part.accept_one("-", "+")
        token = part.token
        if token.kind is Kind.STRING:
            value = content(token).upper()
        elif token.kind in (Kind.NUMBER, Kind.WORD):
            value = token.upper
        else:
            raise part.expected("a value")
        part.at += 1
    else:
        part.accept("*")
    part.finish()
    return name, value


def _old_option(cursor: Cursor) -> None:
    """As they were written before 9.0, without parentheses."""
    if cursor.accept_one(*_SWITCHES):
        return
    if cursor.accept("FORCE"):
        if not cursor.accept("QUOTE"):
            cursor.accept("NOT")
            cursor.expect("NULL")
        if not cursor.accept("*"):
            cursor.listed(cursor.name)
        return
    cursor.expect_one("DELIMITER", "NULL", "QUOTE", "ESCAPE", "ENCODING")
    cursor.accept("AS")
    _string(cursor)


# EXPLAIN and PREPARE


def _explain(cursor: Cursor) -> tuple[Change, ...]:
    analyze = False
    if cursor.word == "(" and not is_query(_ahead(cursor)):
        for part in cursor.inside().parts():
            name, value = _option(part)
            if name in ("ANALYZE", "ANALYSE"):
                analyze = value not in _OFF
    else:
        analyze = bool(cursor.accept_one("ANALYZE", "ANALYSE"))
        cursor.accept("VERBOSE")
    would = _planned(cursor)
    if not analyze:
        return (PlanStatement("", would),)
    return (ExplainAnalyze(writes=any(change.moves_data for change in would)), *would)


def _ahead(cursor: Cursor) -> Cursor:
    return Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.closing() + 1)


def _planned(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.word not in _STATEMENTS:
        raise Reject(
            f"schemaguard does not know {cursor.word or 'nothing'} as a statement to plan", cursor.offset
        )
    return rows(cursor)


def _prepare(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a statement's name")
    if cursor.word == "(":
        within = cursor.inside()
        within.listed(lambda: type_name(within))
        within.finish()
    cursor.expect("AS")
    return (PlanStatement(name, _planned(cursor)),)


def _execute(cursor: Cursor) -> tuple[Change, ...]:
    raise Reject(
        "EXECUTE runs what was prepared under a name; write the statement itself, which can be read",
        cursor.offset,
    )


def _call(cursor: Cursor) -> tuple[Change, ...]:
    raise Reject("CALL runs a procedure, which may change anything and commit in between", cursor.offset)


def _deallocate(cursor: Cursor) -> tuple[Change, ...]:
    if cursor.look():
        cursor.accept("PREPARE")
    name = "" if cursor.accept("ALL") else cursor.name("a statement's name")
    cursor.finish()
    return (TouchNoTable("DEALLOCATE", name),)


# Cursors


def _declare(cursor: Cursor) -> tuple[Change, ...]:
    name = cursor.name("a cursor")
    while not cursor.accept("CURSOR"):
        if cursor.accept("NO"):
            cursor.expect("SCROLL")
        else:
            cursor.expect_one("BINARY", "ASENSITIVE", "INSENSITIVE", "SCROLL")
    hold = False
    if cursor.accept("WITH"):
        cursor.expect("HOLD")
        hold = True
    elif cursor.accept("WITHOUT"):
        cursor.expect("HOLD")
    cursor.expect("FOR")
    read = rows(cursor)
    if not all(isinstance(change, SelectRows) for change in read):
        raise cursor.expected("a query")
    return (DeclareCursor(name, hold), *read)


def _fetch(cursor: Cursor) -> tuple[Change, ...]:
    verb = cursor.look(-1)
    # A cursor can be called like a direction, too.
    if not (cursor.look() == "" or cursor.word in ("FROM", "IN")):
        word = cursor.accept_one(*_DIRECTIONS)
        if word in ("FORWARD", "BACKWARD"):
            cursor.accept("ALL")
        if word in ("ABSOLUTE", "RELATIVE", "FORWARD", "BACKWARD", ""):
            cursor.accept_one("-", "+")
            if not cursor.done and cursor.token.kind is Kind.NUMBER:
                cursor.at += 1
    cursor.accept_one("FROM", "IN")
    name = cursor.name("a cursor")
    cursor.finish()
    return (TouchNoTable(verb, name),)


def _close(cursor: Cursor) -> tuple[Change, ...]:
    name = "" if cursor.accept("ALL") else cursor.name("a cursor")
    cursor.finish()
    return (TouchNoTable("CLOSE", name),)


PRODUCTIONS: Productions = {
    ("COPY",): _copy,
    ("EXPLAIN",): _explain,
    ("PREPARE",): _prepare,
    ("EXECUTE",): _execute,
    ("CALL",): _call,
    ("DEALLOCATE",): _deallocate,
    ("DECLARE",): _declare,
    ("FETCH",): _fetch,
    ("MOVE",): _fetch,
    ("CLOSE",): _close,
}

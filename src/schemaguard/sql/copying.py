"""COPY, of a table or of what a query shows."""

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.copy_rows import CopyRows
from schemaguard.changes.select_rows import SelectRows
from schemaguard.names import Relation
from schemaguard.sql.calls import is_system
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.option_lists import option
from schemaguard.sql.plain import read as read_expression
from schemaguard.sql.productions import Productions
from schemaguard.sql.rows import rows
from schemaguard.sql.strings import content

_SWITCHES = ("BINARY", "CSV", "FREEZE", "HEADER")


def _copy(cursor: Cursor) -> tuple[Change | Unread, ...]:
    old_binary = cursor.accept("BINARY")
    table: Relation | None = None
    columns: tuple[str, ...] = ()
    reads: tuple[Relation, ...] = ()
    writes: tuple[Change | Unread, ...] = ()
    if cursor.word == "(" and not old_binary:
        shown = rows(cursor.inside())
        writes = tuple(change for change in shown if not isinstance(change, SelectRows))
        reads = tuple(read for one in shown if isinstance(one, SelectRows) for read in one.reads)
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
            option(part)
    else:
        while not cursor.done and cursor.word != "WHERE":
            _old_option(cursor)
    if cursor.word == "WHERE" and table is not None:
        cursor.expect("WHERE")
        read_expression(cursor)
    cursor.finish()
    return (*writes, CopyRows(table=table, columns=columns, reads=reads, program=program))


def _string(cursor: Cursor) -> str:
    token = cursor.token
    if token.kind is not Kind.STRING:
        raise cursor.expected("a string")
    cursor.at += 1
    return content(token)


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


PRODUCTIONS: Productions = {("COPY",): _copy}

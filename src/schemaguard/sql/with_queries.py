"""The names of the queries in a WITH, and what can follow one of them."""

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind


def names_ahead(cursor: Cursor) -> frozenset[str]:
    """The names of all queries of a WITH RECURSIVE, each of which may name all others."""
    ahead = cursor.copy()
    found = set()
    while True:
        found.add(ahead.name("a query's name"))
        if ahead.word == "(":
            ahead.names()
        ahead.expect("AS")
        if not ahead.accept("NOT", "MATERIALIZED"):
            ahead.accept("MATERIALIZED")
        ahead.inside()
        search_and_cycle(ahead)
        if not ahead.accept(","):
            return frozenset(found)


def search_and_cycle(cursor: Cursor) -> None:
    """Reads SEARCH and CYCLE, if they come next."""
    if cursor.accept("SEARCH"):
        cursor.expect_one("DEPTH", "BREADTH")
        cursor.expect("FIRST", "BY")
        cursor.listed(cursor.name)
        cursor.expect("SET")
        cursor.name("a column")
    if cursor.accept("CYCLE"):
        cursor.listed(cursor.name)
        cursor.expect("SET")
        cursor.name("a column")
        if cursor.accept("TO"):
            _constant(cursor)
            cursor.expect("DEFAULT")
            _constant(cursor)
        cursor.expect("USING")
        cursor.name("a column")


def _constant(cursor: Cursor) -> None:
    token = cursor.token
    if token.kind not in (Kind.STRING, Kind.NUMBER, Kind.DOLLAR) and cursor.word not in ("TRUE", "FALSE"):
        raise cursor.expected("a constant")
    cursor.at += 1

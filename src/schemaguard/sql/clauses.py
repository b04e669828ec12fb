"""Where the clauses of a query begin and end."""

from schemaguard.sql.cursor import Cursor

#: What can follow the last part of a query, all of them reserved words.
SET_OPERATIONS = ("UNION", "INTERSECT", "EXCEPT")
TAIL = ("ORDER", "LIMIT", "OFFSET", "FETCH", "FOR")
JOINS = ("INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", "JOIN")


def peek_inside(cursor: Cursor) -> Cursor:
    """A cursor over what the parentheses that come next hold; the other one stays where it is."""
    return cursor.copy().inside()


def begins_query(within: Cursor) -> bool:
    """Whether what is in parentheses is a query: (SELECT 1) UNION ... is, (SELECT 1) + 1 is none."""
    if within.word == "VALUES":
        return within.look() == "("
    if within.word != "(":
        return within.word in ("SELECT", "TABLE", "WITH")
    if not begins_query(peek_inside(within)):
        return False
    following = within.closing() + 1
    return following >= within.stop or within.words[following] in (*SET_OPERATIONS, *TAIL)


def is_query(cursor: Cursor) -> bool:
    """Whether a query comes next, and nothing else up to the end."""
    return begins_query(cursor.copy())


def clause(cursor: Cursor, *words: str) -> int:
    """Where the first of these clauses begins, or the end."""
    start = cursor.at
    while True:
        place = cursor.find(*words)
        if place >= cursor.stop or not is_no_clause(cursor, place):
            cursor.at = start
            return place
        cursor.at = place + 1


def is_no_clause(cursor: Cursor, place: int) -> bool:
    """Whether the word is a label, or belongs to another: a.order, AS group, IS DISTINCT FROM."""
    word, before = cursor.words[place], cursor.words[place - 1]
    if before in (".", "AS"):
        return True
    if word == "FROM":
        rows_from = before == "ROWS" and cursor.words[place + 1 : place + 2] == ["("]
        return before == "DISTINCT" or rows_from  # A column can be called rows, too.
    if word == "FOR" and before == "COLLATION":
        return True
    return word == "GROUP" and cursor.words[place + 1 : place + 2] != ["BY"]


def end_of_targets(cursor: Cursor) -> int:
    """Where what a SELECT shows ends."""
    return clause(cursor, "INTO", "FROM", "WHERE", "GROUP", "HAVING", "WINDOW", *SET_OPERATIONS, *TAIL)


def end_of_select(cursor: Cursor) -> int:
    """Where one SELECT of several ends."""
    return clause(cursor, *SET_OPERATIONS, *TAIL)


def end_of_condition(cursor: Cursor) -> int:
    """Where an ON ends: at the next join, comma, or ON of an outer one."""
    start = cursor.at
    while True:
        place = clause(cursor, ",", "ON", "USING", *JOINS)
        word = cursor.words[place] if place < cursor.stop else ""
        called = word in ("LEFT", "RIGHT") and cursor.words[place + 1 : place + 2] == ["("]
        if not called:
            cursor.at = start
            return place
        cursor.at = place + 1


def join(cursor: Cursor) -> None:
    """Reads JOIN, with NATURAL, LEFT OUTER, CROSS and the like before it."""
    cursor.accept("NATURAL")
    if cursor.accept_one("LEFT", "RIGHT", "FULL"):
        cursor.accept("OUTER")
    else:
        cursor.accept_one("INNER", "CROSS")
    cursor.expect("JOIN")


def outside_case(cursor: Cursor, *words: str) -> int:
    """Where one of these words comes next, outside of brackets and of CASE ... END."""
    start, depth = cursor.at, 0
    while True:
        place = cursor.find(*words, "CASE", "END")
        if place >= cursor.stop:
            cursor.at = start
            return place
        word = cursor.words[place]
        if cursor.words[place - 1] in (".", "AS"):
            pass
        elif word in ("CASE", "END"):
            depth += 1 if word == "CASE" else -1
        elif depth == 0:
            cursor.at = start
            return place
        cursor.at = place + 1

"""Tables that are made of what a query shows: CREATE TABLE ... AS, and SELECT ... INTO."""

from collections.abc import Callable
from dataclasses import replace

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.plan_statement import PlanStatement
from schemaguard.changes.select_rows import SelectRows
from schemaguard.names import Relation
from schemaguard.run_prepared import Use
from schemaguard.schema import Persistence
from schemaguard.sql.clauses import end_of_targets
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.prepared import executed
from schemaguard.sql.reject import Reject
from schemaguard.sql.rows import rows

_TEMPORARY = Persistence.TEMPORARY
#: What may come after the table's name and its columns, where AS and a query follow.
_BEFORE_QUERY = ("AS", "USING", "WITH", "WITHOUT", "ON", "TABLESPACE")


def persistence_of(cursor: Cursor) -> Persistence:
    """What comes before TABLE, or before the name of the table."""
    if cursor.accept("UNLOGGED"):
        return Persistence.UNLOGGED
    scoped = cursor.accept_one("LOCAL", "GLOBAL")
    if cursor.accept_one("TEMP", "TEMPORARY"):
        return _TEMPORARY
    if scoped:
        raise cursor.expected("TEMPORARY")
    return Persistence.PERMANENT


def name_of(cursor: Cursor, persistence: Persistence) -> tuple[Relation, Persistence]:
    """The table's name; a temporary one lives in the session's own schema."""
    at = cursor.offset
    written = cursor.relation()
    if written.schema == "pg_temp":
        return written, _TEMPORARY
    if persistence is not _TEMPORARY:
        return written, persistence
    if cursor.tokens[cursor.at - 2 : cursor.at - 1] and cursor.words[cursor.at - 2] == ".":
        raise Reject("a temporary table cannot be made in a schema", at)
    return Relation("pg_temp", written.name), _TEMPORARY


# CREATE TABLE ... AS


def is_of_query(cursor: Cursor) -> bool:
    """Whether AS comes next, how the rows are kept, or columns' names alone and somewhere after them AS."""
    if cursor.word != "(":
        return cursor.word in _BEFORE_QUERY
    ahead = cursor.copy()
    within = ahead.inside()
    if any(len(range(part.at, part.stop)) != 1 for part in ([] if within.done else within.parts())):
        return False
    return ahead.word in _BEFORE_QUERY and "AS" in ahead.words


def filling(cursor: Cursor, storage: Callable[[Cursor], object]) -> tuple[Change | Unread, ...]:
    """[(columns)] ... AS query [WITH [NO] DATA]: what the query does."""
    if cursor.word == "(":
        cursor.names()
    storage(cursor)
    cursor.expect("AS")
    end = cursor.stop
    empty = False
    if cursor.words[end - 3 : end] == ["WITH", "NO", "DATA"]:
        empty, end = True, end - 3
    elif cursor.words[end - 2 : end] == ["WITH", "DATA"]:
        end -= 2
    query = cursor.up_to(end)
    cursor.at = cursor.stop
    if query.accept("EXECUTE"):
        return (executed(query, Use.SHAPE if empty else Use.FILL),)
    at = query.offset
    found = rows(query)
    *writes, read = [change for change in found if isinstance(change, Change)]
    if not isinstance(read, SelectRows):
        raise Reject("only of a query a table can be made", at)
    if not empty:
        return found
    # What a WITH writes is planned only where there are to be no rows.
    planned = (PlanStatement("", tuple(writes)),) if writes else ()
    return (*planned, replace(read, empty=True))


# SELECT ... INTO


def query(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """A query, after which there may be a new table."""
    into = _into(cursor)
    if into is None:
        return rows(cursor)
    start = into.at
    into.expect("INTO")
    persistence = persistence_of(into)
    into.accept("TABLE")
    table, persistence = name_of(into, persistence)
    kept = [*range(start), *range(into.at, len(cursor.tokens))]
    tokens = [cursor.tokens[place] for place in kept]
    words = [*(cursor.words[place] for place in kept), "", ""]
    part = Cursor(cursor.text, tokens, words, cursor.at, cursor.stop - (into.at - start))
    cursor.at = cursor.stop
    made = CreateTable(table=table, columns=(), persistence=persistence, complete=False)
    return (*rows(part), made)


def _into(cursor: Cursor) -> Cursor | None:
    """A cursor at the INTO of the first SELECT; None: it has none."""
    ahead = cursor.copy()
    if ahead.word == "WITH":
        ahead.at = ahead.find("SELECT", "VALUES", "TABLE", "INSERT", "UPDATE", "DELETE", "MERGE")
    while ahead.word == "(":
        ahead = ahead.inside()
    if ahead.word != "SELECT":
        return None
    ahead.at = end_of_targets(ahead)
    return ahead if ahead.word == "INTO" else None

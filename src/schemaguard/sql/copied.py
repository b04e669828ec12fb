"""INSERT ... SELECT of the plain form: what of a table's row goes into which column of another table."""

from dataclasses import dataclass

from schemaguard.names import Relation
from schemaguard.sql.assignments import assigned
from schemaguard.sql.cursor import Cursor, over
from schemaguard.sql.lexer import tokens
from schemaguard.sql.reject import Reject

#: What may stand between the table and the end, and makes of a row something else than a row.
_MORE = (
    "GROUP",
    "HAVING",
    "WINDOW",
    "UNION",
    "INTERSECT",
    "EXCEPT",
    "ORDER",
    "LIMIT",
    "OFFSET",
    "FETCH",
    "FOR",
)


@dataclass(frozen=True, slots=True)
class Copied:
    """Of each row of ``source`` where ``where`` holds ("": of all) ``values`` become one of another table."""

    #: None: the first ones of the table.
    columns: tuple[str, ...] | None
    source: Relation
    values: tuple[str, ...]
    where: str


def copied(text: str) -> Copied:
    """What the INSERT copies. Reject where it is of another form, with what is in the way."""
    cursor = over(text, tokens(text))
    cursor.expect("INSERT", "INTO")
    cursor.relation()
    if cursor.accept("AS"):
        cursor.name("another name")
    columns = None
    if cursor.word == "(" and cursor.look() not in ("SELECT", "WITH", "("):
        columns = tuple(assigned(part) for part in cursor.inside().parts())
    query = cursor.inside() if cursor.word == "(" else cursor.up_to(cursor.find("RETURNING"))
    cursor.finish()
    query.expect("SELECT")
    if query.word in ("DISTINCT", "ALL"):
        raise _in_the_way(query, query.word)
    items = query.up_to(query.find("FROM")).parts()
    values = tuple(item.up_to(item.find("AS")).source for item in items)
    query.expect("FROM")
    source = _source(query)
    where = ""
    if query.accept("WHERE"):
        where = query.up_to(query.find(*_MORE, "ON")).source
    if query.accept("ON", "CONFLICT"):
        query.at = query.find("DO")
        if not query.accept("DO", "NOTHING"):
            raise _in_the_way(query, "ON CONFLICT DO UPDATE")
    if not query.done:
        raise _in_the_way(query, query.word)
    return Copied(columns, source, values, where)


def _source(query: Cursor) -> Relation:
    """The one table that it reads."""
    query.accept("ONLY")
    if query.word == "(":
        raise _in_the_way(query, "a query in FROM")
    source = query.relation()
    if query.accept("AS") or query.word not in ("", "WHERE", "ON", *_MORE):
        if query.word in ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", ",", "("):
            raise _in_the_way(query, "a second table")
        query.name("another name")
    if query.word in ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", ","):
        raise _in_the_way(query, "a second table")
    return source


def _in_the_way(cursor: Cursor, what: str) -> Reject:
    return Reject(what, cursor.offset)

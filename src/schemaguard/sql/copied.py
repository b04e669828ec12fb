"""INSERT ... SELECT of the plain form: what of a table's row goes into which column of another table."""

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql.assignments import into_columns
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

_SECOND = ("JOIN", "INNER", "LEFT", "RIGHT", "FULL", "CROSS", "NATURAL", ",")


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
    columns = into_columns(cursor)
    query = cursor.inside() if cursor.word == "(" else cursor.up_to(cursor.find("RETURNING"))
    cursor.finish()
    query.expect("SELECT")
    if query.word in ("DISTINCT", "ALL"):
        raise in_the_way(query, query.word)
    items = query.up_to(query.find("FROM")).parts()
    values = tuple(item.up_to(item.find("AS")).source for item in items)
    query.expect("FROM")
    source, _ = one_table(query, "WHERE", "ON", *_MORE)
    where = ""
    if query.accept("WHERE"):
        where = query.up_to(query.find(*_MORE, "ON")).source
    if query.accept("ON", "CONFLICT"):
        query.at = query.find("DO")
        if not query.accept("DO", "NOTHING"):
            raise in_the_way(query, "ON CONFLICT DO UPDATE")
    if not query.done:
        raise in_the_way(query, query.word)
    return Copied(columns, source, values, where)


def one_table(cursor: Cursor, *ends: str) -> tuple[Relation, str]:
    """A table, and what it is called. Reject where it is not the only one before one of these words."""
    cursor.accept("ONLY")
    if cursor.word == "(":
        raise in_the_way(cursor, "a query in FROM")
    table = cursor.relation()
    called = table.name
    if cursor.accept("AS") or cursor.word not in ("", *ends, *_SECOND):
        called = cursor.name("another name")
    if cursor.word in _SECOND:
        raise in_the_way(cursor, "a second table")
    return table, called


def in_the_way(cursor: Cursor, what: str) -> Reject:
    """The complaint about what comes next."""
    return Reject(what, cursor.offset)

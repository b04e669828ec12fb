"""The columns that a query of tables alone names without saying whose they are: one of these has each."""

from collections.abc import Iterable, Iterator

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.sql import plain
from schemaguard.sql.clauses import (
    JOINS,
    SET_OPERATIONS,
    TAIL,
    clause,
    end_of_condition,
    end_of_targets,
    join,
)
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.reject import Reject

_OTHER_ROWS = (*SET_OPERATIONS, "WITH", "VALUES", "TABLE", "LATERAL", "TABLESAMPLE")
_AFTER_CONDITION = ("GROUP", "HAVING", "WINDOW", *TAIL)
_AFTER_SOURCE = ("", ",", "ON", "USING", *JOINS)


@dataclass(slots=True)
class _Sources:
    """What the query reads."""

    relations: set[Relation]
    #: What these are called: as a column's, the name stands for the row.
    names: set[str]
    #: The columns of the conditions on which they are joined.
    columns: set[str]


def columns_of_row(query: Cursor, relations: Iterable[Relation]) -> frozenset[str]:
    """Those of what it shows, of ON and WHERE; none where it reads others, or is not understood."""
    words = query.words[query.at : query.stop]
    if words[:1] != ["SELECT"] or words.count("SELECT") > 1 or not set(words).isdisjoint(_OTHER_ROWS):
        return frozenset()
    query.expect("SELECT")
    if not query.accept("ALL") and query.accept("DISTINCT") and query.word == "ON":
        return frozenset()
    shown = query.up_to(end_of_targets(query))
    try:
        query.expect("FROM")
        read = _sources(query.up_to(clause(query, "WHERE", *_AFTER_CONDITION)))
    except Reject:
        return frozenset()
    if read.relations != set(relations):
        return frozenset()
    found = read.columns.union(*map(_shown, shown.parts()))
    if query.accept("WHERE"):
        found |= _named(query.up_to(clause(query, *_AFTER_CONDITION))) or frozenset()
    return frozenset(found - read.names)


def _sources(cursor: Cursor) -> _Sources:
    """Tables and views with their joins; Reject for all else, as functions and columns with other names."""
    read = _Sources(set(), set(), set())
    while True:
        cursor.accept("ONLY")
        relation = cursor.relation()
        read.relations.add(relation)
        read.names.add(relation.name)
        if cursor.accept("AS") or cursor.word not in _AFTER_SOURCE:
            read.names.add(cursor.name("another name"))
        while cursor.word in ("ON", "USING"):
            if cursor.accept("ON"):
                read.columns |= _named(cursor.up_to(end_of_condition(cursor))) or frozenset()
            elif cursor.accept("USING"):
                cursor.names()
                if cursor.accept("AS"):
                    read.names.add(cursor.name("another name"))
        if cursor.done:
            return read
        if not cursor.accept(","):
            join(cursor)


def _shown(part: Cursor) -> Iterator[str]:
    """The columns of what is shown under a name of its own or under none."""
    if part.words[part.stop - 2] == "AS":
        part = part.up_to(part.stop - 2)
    found = _named(part.copy())
    if found is None:
        found = _named(part.up_to(part.stop - 1))
    yield from found or ()


def _named(part: Cursor) -> frozenset[str] | None:
    """The columns without a table's name before them; None: it is not understood."""
    try:
        return plain.read(part, "").columns
    except Reject:
        return None

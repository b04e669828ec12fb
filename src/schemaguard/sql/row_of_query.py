"""The columns that a query of one table alone names without saying whose they are: all have to be its own."""

from collections.abc import Iterator

from schemaguard.sql import plain
from schemaguard.sql.clauses import SET_OPERATIONS, TAIL, clause, end_of_targets
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.reject import Reject

_OTHER_ROWS = (*SET_OPERATIONS, "WITH", "VALUES", "TABLE", "LATERAL")
_AFTER_SOURCE = ("", "WHERE", "GROUP", "HAVING", "WINDOW", *TAIL)


def columns_of_row(query: Cursor) -> frozenset[str]:
    """Those of what it shows and of its WHERE; none where there are other rows, or it is not understood."""
    words = query.words[query.at : query.stop]
    if words[:1] != ["SELECT"] or words.count("SELECT") > 1 or not set(words).isdisjoint(_OTHER_ROWS):
        return frozenset()
    query.expect("SELECT")
    if not query.accept("ALL") and query.accept("DISTINCT") and query.word == "ON":
        return frozenset()
    shown = query.up_to(end_of_targets(query))
    if not query.accept("FROM"):
        return frozenset()
    query.accept("ONLY")
    named = {query.relation().name}
    if query.accept("AS") or query.word not in _AFTER_SOURCE:
        named.add(query.name("another name"))
    if query.word not in _AFTER_SOURCE:
        return frozenset()
    found = {name for part in shown.parts() for name in _shown(part)}
    if query.accept("WHERE"):
        found |= _named(query.up_to(clause(query, *_AFTER_SOURCE[2:]))) or frozenset()
    return frozenset(found - named)


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

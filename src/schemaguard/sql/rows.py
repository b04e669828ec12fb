"""INSERT, UPDATE, DELETE and MERGE: what they write, by what expressions, and what other tables they read."""

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.names import Relation
from schemaguard.schema import Expression, Volatility
from schemaguard.sql import merge
from schemaguard.sql.assignments import Targets, assigned, assignment, is_query, targets
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at, facts_of_part
from schemaguard.sql.queries import Found, Queries
from schemaguard.sql.reject import Reject
from schemaguard.sql.sequence_names import sequences_in

_QUERIES = frozenset({"SELECT", "VALUES", "TABLE"})
_NONE: frozenset[str] = frozenset()


def rows(cursor: Cursor) -> tuple[Change | Unread, ...]:
    """The whole statement, which WITH may begin: the changes of what the WITH writes come first."""
    return tuple(statement(cursor, _NONE))


def statement(cursor: Cursor, known: frozenset[str]) -> list[Change | Unread]:
    """The statement that all that is left is, where these names of queries are known."""
    found = Found()
    queries = Queries(found, statement)
    start, at, outside = cursor.at, cursor.offset, known
    known = queries.queries_before(cursor, known)
    match cursor.word:
        case "INSERT":
            change = _insert(cursor, queries, known)
        case "UPDATE":
            change = _update(cursor, queries, known)
        case "DELETE":
            change = _delete(cursor, queries, known)
        case "MERGE":
            change = merge.merge(cursor, queries, known)
        case "SELECT" | "VALUES" | "TABLE" | "(":
            found.writes.clear()
            cursor.at = start
            return _query(cursor, outside)
        case _:
            raise cursor.expected("SELECT, INSERT, UPDATE, DELETE or MERGE")
    return [*found.writes, change, *found.called(cursor, at, beside=True)]


def query_at(cursor: Cursor) -> tuple[SelectRows, list[Unread]]:
    """What the query reads that all that is left is, and what it calls; it may not write."""
    at = cursor.offset
    match _query(cursor, _NONE):
        case [SelectRows() as read, *called] if not any(isinstance(one, Change) for one in called):
            return read, [one for one in called if isinstance(one, Unread)]
        case _:
            raise Reject("a query that writes cannot be part of this", at)


def _query(cursor: Cursor, known: frozenset[str]) -> list[Change | Unread]:
    found = Found()
    at = cursor.offset
    Queries(found, statement).query(cursor, known)
    read = SelectRows(found.relations, locks=found.locks, sequences=tuple(sorted(found.sequences)))
    return [*found.writes, read, *found.called(cursor, at, beside=False)]


def _target(cursor: Cursor) -> tuple[Relation, str]:
    """The table written to, and what its rows are called."""
    parentheses = cursor.accept("ONLY") and cursor.accept("(")
    table = cursor.relation()
    if parentheses:
        cursor.expect(")")
    else:
        cursor.accept("*")
    if cursor.accept("AS") or cursor.word not in ("", "SET", "USING", "WHERE", "RETURNING"):
        return table, cursor.name("another name")
    return table, table.name


def _insert(cursor: Cursor, queries: Queries, known: frozenset[str]) -> Change:
    cursor.expect("INSERT", "INTO")
    table = cursor.relation()
    if cursor.accept("AS"):
        cursor.name("another name")
    columns: tuple[str, ...] | None = None
    twice: tuple[str, ...] = ()
    if cursor.word == "(" and not is_query(cursor, 1):
        parts = cursor.inside().parts()
        twice = targets(part.copy() for part in parts).twice
        columns = tuple(assigned(part) for part in parts)
    if cursor.accept("OVERRIDING"):
        cursor.expect_one("USER", "SYSTEM")
        cursor.expect("VALUE")
    whole = False
    if cursor.accept("DEFAULT", "VALUES"):
        pass
    elif cursor.accept("VALUES"):
        # Thousands of rows are no rarity here.
        plain = _QUERIES.isdisjoint(cursor.words[cursor.at : cursor.stop])
        queries.found.sequences |= sequences_in(cursor)
        cursor.listed(lambda: _row(cursor, None if plain else queries, known))
        if cursor.word not in ("", "ON", "RETURNING"):
            raise cursor.expected("nothing more")
    elif cursor.word in ("SELECT", "TABLE", "WITH", "("):
        query = cursor.up_to(_end_of_source(cursor))
        whole = "WHERE" not in query.words[query.at : query.stop]
        queries.query(query, known)
    else:
        raise cursor.expected("VALUES or a query")
    may_skip = cursor.word == "ON"
    updated = _conflict(cursor, queries, known)
    _returning(cursor, queries, known)
    return InsertRows(
        table,
        columns,
        queries.found.relations,
        whole=whole and bool(queries.found.reads),
        may_skip=may_skip,
        twice=twice,
        updated=updated.all,
        updated_twice=updated.twice,
        sequences=tuple(sorted(queries.found.sequences)),
    )


def _end_of_source(cursor: Cursor) -> int:
    """Where ON CONFLICT or RETURNING begins; ON also joins."""
    start = cursor.at
    while True:
        place = cursor.find("ON", "RETURNING")
        word = cursor.words[place] if place < cursor.stop else ""
        conflict = cursor.words[place + 1] == "CONFLICT" and cursor.words[place + 2] in ("DO", "ON", "(")
        if place < cursor.stop and (
            cursor.words[place - 1] in (".", "AS") or (word == "ON" and not conflict)
        ):
            cursor.at = place + 1
            continue
        cursor.at = start
        return place


def _row(cursor: Cursor, queries: Queries | None, known: frozenset[str]) -> None:
    within = cursor.inside()
    if within.done:
        raise cursor.expected("a value")
    if queries is not None:
        queries.expressions(within, known)


def _conflict(cursor: Cursor, queries: Queries, known: frozenset[str]) -> Targets:
    """ON CONFLICT: the columns that it assigns."""
    if not cursor.accept("ON"):
        return Targets()
    cursor.expect("CONFLICT")
    if cursor.accept("ON"):
        cursor.expect("CONSTRAINT")
        cursor.name("a constraint")
    elif cursor.word == "(":
        cursor.inside()
        if cursor.accept("WHERE"):
            facts_at(cursor.up_to(cursor.find("DO")))
    cursor.expect("DO")
    if cursor.accept("NOTHING"):
        return Targets()
    cursor.expect("UPDATE", "SET")
    parts = cursor.up_to(_clause(cursor, "WHERE", "RETURNING")).parts()
    for part in parts:
        if part.find("=") == part.stop:
            raise part.expected('"="')
        queries.expressions(part.copy(), known)
    if cursor.accept("WHERE"):
        queries.condition(cursor.up_to(_clause(cursor, "RETURNING")), known)
    return targets(parts)


def _update(cursor: Cursor, queries: Queries, known: frozenset[str]) -> Change:
    cursor.expect("UPDATE")
    table, called = _target(cursor)
    cursor.expect("SET")
    end = _clause(cursor, "FROM", "WHERE", "RETURNING")
    assignments = []
    parts = cursor.up_to(end).parts()
    twice = targets(part.copy() for part in parts).twice
    for part in parts:
        queries.expressions(part.copy(), known)
        assignments += assignment(part, called)
    joined = cursor.accept("FROM")
    if joined:
        queries.sources(cursor.up_to(_clause(cursor, "WHERE", "RETURNING")), known)
    where = _where(cursor, called, queries, known)
    _returning(cursor, queries, known)
    return UpdateRows(
        table=table,
        assignments=tuple(assignments),
        where=where,
        reads=queries.found.relations,
        twice=twice,
        joined=joined,
    )


def _delete(cursor: Cursor, queries: Queries, known: frozenset[str]) -> Change:
    cursor.expect("DELETE", "FROM")
    table, called = _target(cursor)
    joined = cursor.accept("USING")
    if joined:
        queries.sources(cursor.up_to(_clause(cursor, "WHERE", "RETURNING")), known)
    where = _where(cursor, called, queries, known)
    _returning(cursor, queries, known)
    return DeleteRows(table, where, queries.found.relations, joined)


def _clause(cursor: Cursor, *words: str) -> int:
    """Where the next clause begins; the FROM in IS DISTINCT FROM begins none."""
    start = cursor.at
    while True:
        place = cursor.find(*words)
        if place < cursor.stop and cursor.words[place - 1] in ("DISTINCT", "."):
            cursor.at = place + 1
            continue
        cursor.at = start
        return place


def _where(cursor: Cursor, called: str, queries: Queries, known: frozenset[str]) -> Expression | None:
    if not cursor.accept("WHERE"):
        return None
    condition = cursor.up_to(_clause(cursor, "RETURNING"))
    if condition.is_at("CURRENT", "OF"):
        text = condition.source
        condition.expect("CURRENT", "OF")
        condition.name("a cursor")
        condition.finish()
        # One row, that of the cursor.
        return Expression(text=text, volatility=Volatility.STABLE)
    queries.condition(condition.copy(), known)
    return facts_of_part(condition, called)


def _returning(cursor: Cursor, queries: Queries, known: frozenset[str]) -> None:
    if cursor.accept("RETURNING"):
        _old_and_new(cursor)
        for part in cursor.rest().parts():
            if part.done:
                raise part.expected("an expression")
            queries.expressions(part, known)
    cursor.finish()


def _old_and_new(cursor: Cursor) -> None:
    """WITH (OLD AS o, NEW AS n), from 18 on."""
    if not cursor.accept("WITH"):
        return
    for part in cursor.inside().parts():
        part.expect_one("OLD", "NEW")
        part.expect("AS")
        part.name("another name")
        part.finish()

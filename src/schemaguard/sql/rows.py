"""INSERT, UPDATE and DELETE: what they write, by what expressions, and what other tables they read."""

from schemaguard.changes.base import Change
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.names import Relation
from schemaguard.schema import Expression, Volatility
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at, facts_of_part, relations_read
from schemaguard.sql.reject import Reject

_QUERIES = frozenset({"SELECT", "VALUES", "TABLE"})
_WRITES = ("INSERT", "UPDATE", "DELETE", "MERGE")


def rows(cursor: Cursor) -> tuple[Change, ...]:
    """The whole statement, which WITH may begin."""
    whole = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop)
    if cursor.accept("WITH"):
        _skip_queries(cursor)
    match cursor.word:
        case "INSERT":
            return (_insert(cursor, whole),)
        case "UPDATE":
            return (_update(cursor, whole),)
        case "DELETE":
            return (_delete(cursor, whole),)
        case "SELECT" | "MERGE" | "VALUES" | "TABLE" | "(":
            verb = "SELECT" if cursor.word == "(" else cursor.word
            raise Reject(f"schemaguard does not know what {verb} does", cursor.offset)
        case _:
            raise cursor.expected("INSERT, UPDATE or DELETE")


def _skip_queries(cursor: Cursor) -> None:
    """The queries after WITH, which may not write."""
    cursor.accept("RECURSIVE")
    while True:
        cursor.name("a query's name")
        if cursor.word == "(":
            cursor.names()
        cursor.expect("AS")
        if not cursor.accept("NOT", "MATERIALIZED"):
            cursor.accept("MATERIALIZED")
        within = cursor.inside()
        for place in range(within.at, within.stop):
            # FOR UPDATE locks rows and writes none.
            if within.words[place] in _WRITES and within.words[place - 1] not in ("FOR", "KEY"):
                verb = within.words[place]
                raise Reject(f"schemaguard does not know what {verb} inside of WITH does", within.offset)
        if cursor.word in ("SEARCH", "CYCLE"):
            raise Reject(f"schemaguard does not know what {cursor.word} does", cursor.offset)
        if not cursor.accept(","):
            return


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


def _is_query(cursor: Cursor, ahead: int = 0) -> bool:
    """Whether a query begins there; VALUES may be a column, too."""
    while cursor.look(ahead) == "(":
        ahead += 1
    word = cursor.look(ahead)
    return word in ("SELECT", "TABLE", "WITH") or (word == "VALUES" and cursor.look(ahead + 1) == "(")


def _has_comma(cursor: Cursor) -> bool:
    within = Cursor(cursor.text, cursor.tokens, cursor.words, cursor.at, cursor.stop).inside()
    return within.find(",") < within.stop


def _has_query(cursor: Cursor) -> bool:
    return not _QUERIES.isdisjoint(cursor.words[cursor.at : cursor.stop])


def _insert(cursor: Cursor, whole: Cursor) -> Change:
    cursor.expect("INSERT", "INTO")
    table = cursor.relation()
    if cursor.accept("AS"):
        cursor.name("another name")
    columns: tuple[str, ...] | None = None
    if cursor.word == "(" and not _is_query(cursor, 1):
        columns = tuple(_assigned(part) for part in cursor.inside().parts())
    if cursor.accept("OVERRIDING"):
        cursor.expect_one("USER", "SYSTEM")
        cursor.expect("VALUE")
    if cursor.accept("DEFAULT", "VALUES"):
        pass
    elif cursor.accept("VALUES"):
        # Thousands of rows are no rarity here.
        cursor.listed(lambda: _row(cursor))
    elif cursor.word in ("SELECT", "TABLE", "WITH", "("):
        return InsertRows(table, columns, relations_read(whole))
    else:
        raise cursor.expected("VALUES or a query")
    _conflict(cursor)
    _returning(cursor)
    queries = sum(word in _QUERIES for word in whole.words[whole.at : whole.stop])
    return InsertRows(table, columns, relations_read(whole) if queries > 1 else ())


def _row(cursor: Cursor) -> None:
    if cursor.inside().done:
        raise cursor.expected("a value")


def _conflict(cursor: Cursor) -> None:
    if not cursor.accept("ON"):
        return
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
        return
    cursor.expect("UPDATE", "SET")
    end = cursor.find("WHERE", "RETURNING")
    for part in cursor.up_to(end).parts():
        if part.find("=") == part.stop:
            raise part.expected('"="')
    if cursor.accept("WHERE") and cursor.up_to(cursor.find("RETURNING")).done:
        raise cursor.expected("a condition")


def _update(cursor: Cursor, whole: Cursor) -> Change:
    cursor.expect("UPDATE")
    table, called = _target(cursor)
    cursor.expect("SET")
    end = _clause(cursor, "FROM", "WHERE", "RETURNING")
    assignments = [pair for part in cursor.up_to(end).parts() for pair in _assignment(part, called)]
    reads: tuple[Relation, ...] = ()
    if cursor.word == "FROM" or _has_query(whole):
        reads = relations_read(whole)
    if cursor.accept("FROM"):
        cursor.up_to(_clause(cursor, "WHERE", "RETURNING"))
    where = _where(cursor, called)
    _returning(cursor)
    return UpdateRows(table=table, assignments=tuple(assignments), where=where, reads=reads)


def _delete(cursor: Cursor, whole: Cursor) -> Change:
    cursor.expect("DELETE", "FROM")
    table, called = _target(cursor)
    reads: tuple[Relation, ...] = ()
    if cursor.word == "USING" or _has_query(whole):
        reads = relations_read(whole)
    if cursor.accept("USING"):
        cursor.up_to(_clause(cursor, "WHERE", "RETURNING"))
    where = _where(cursor, called)
    _returning(cursor)
    return DeleteRows(table, where, reads)


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


def _where(cursor: Cursor, called: str) -> Expression | None:
    if not cursor.accept("WHERE"):
        return None
    if cursor.is_at("CURRENT", "OF"):
        raise Reject("schemaguard does not know what WHERE CURRENT OF does", cursor.offset)
    return facts_of_part(cursor.up_to(_clause(cursor, "RETURNING")), called)


def _returning(cursor: Cursor) -> None:
    if cursor.accept("RETURNING"):
        for part in cursor.rest().parts():
            if part.done:
                raise part.expected("an expression")
    cursor.finish()


def _assignment(part: Cursor, called: str) -> list[tuple[str, Expression]]:
    """One column and its value, or several: the same query, or one of a row each."""
    if part.word != "(":
        name = _assigned(part.up_to(part.find("=")))
        part.expect("=")
        return [(name, _value(part, called))]
    names = [_assigned(one) for one in part.inside().parts()]
    part.expect("=")
    row = part.accept("ROW")
    if part.word != "(":
        raise part.expected("a row or a query")
    # Of ((SELECT 1), 2) the query is only one value.
    if not row and _is_query(part) and (part.look() != "(" or not _has_comma(part)):
        value = facts_of_part(part, called)
        return [(name, value) for name in names]
    values = part.inside().parts()
    part.finish()
    if len(values) == 1 and not row:
        raise part.expected("a row or a query")
    if len(values) != len(names):
        raise part.expected(f"{len(names)} values")
    return [(name, _value(one, called)) for name, one in zip(names, values, strict=True)]


def _assigned(part: Cursor) -> str:
    """The column of which a value, a field or an element is assigned."""
    name = part.name("a column")
    while not part.done:
        if part.accept("."):
            part.label("a field")
        elif part.word == "[":
            part.at = part.closing() + 1
        else:
            raise part.expected('"="')
    return name


def _value(part: Cursor, called: str) -> Expression:
    if part.is_at("DEFAULT") and part.at + 1 == part.stop:
        part.expect("DEFAULT")
        return Expression(text="DEFAULT", volatility=Volatility.UNKNOWN)
    return facts_of_part(part, called)

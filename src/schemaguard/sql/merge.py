"""MERGE, after a WITH that it may have."""

from schemaguard.changes.base import Change
from schemaguard.changes.merge_rows import MergeRows
from schemaguard.sql.assignments import Targets, targets
from schemaguard.sql.clauses import outside_case
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.queries import Queries


def merge(cursor: Cursor, queries: Queries, known: frozenset[str]) -> Change:
    """MERGE INTO a table USING another relation, with what is done WHEN [NOT] MATCHED."""
    cursor.expect("MERGE", "INTO")
    parentheses = cursor.accept("ONLY") and cursor.accept("(")
    table = cursor.relation()
    if parentheses:
        cursor.expect(")")
    else:
        cursor.accept("*")
    if cursor.accept("AS") or cursor.word != "USING":
        cursor.name("another name")
    cursor.expect("USING")
    end = outside_case(cursor, "WHEN")
    queries.sources(cursor.up_to(end), known)
    done: set[str] = set()
    updated: frozenset[str] = frozenset()
    twice: dict[str, None] = {}
    by_source = False
    if cursor.word != "WHEN":
        raise cursor.expected("WHEN")
    while cursor.accept("WHEN"):
        by_source |= _condition(cursor, queries, known)
        verb, assigned = _action(cursor, queries, known)
        done.add(verb)
        updated |= assigned.all
        twice.update(dict.fromkeys(assigned.twice))
    returning = cursor.accept("RETURNING")
    if returning:
        if cursor.word == "WITH":
            raise cursor.expected("an expression")
        queries.condition(cursor.rest(), known)
    cursor.finish()
    return MergeRows(
        table=table,
        reads=queries.found.relations,
        inserts="INSERT" in done,
        updates=updated,
        twice=tuple(twice),
        deletes="DELETE" in done,
        by_source=by_source,
        returning=returning,
    )


def _condition(cursor: Cursor, queries: Queries, known: frozenset[str]) -> bool:
    """[NOT] MATCHED [BY ...] [AND ...]: whether it is said by whom, which is since 17."""
    by = False
    if cursor.accept("NOT"):
        cursor.expect("MATCHED")
        if cursor.accept("BY"):
            cursor.expect_one("SOURCE", "TARGET")
            by = True
    else:
        cursor.expect("MATCHED")
    if cursor.accept("AND"):
        queries.condition(cursor.up_to(outside_case(cursor, "THEN")), known)
    cursor.expect("THEN")
    return by


def _action(cursor: Cursor, queries: Queries, known: frozenset[str]) -> tuple[str, Targets]:
    """What is done, and to which columns."""
    verb = cursor.expect_one("UPDATE", "DELETE", "INSERT", "DO")
    match verb:
        case "UPDATE":
            cursor.expect("SET")
            parts = cursor.up_to(outside_case(cursor, "WHEN", "RETURNING")).parts()
            for part in parts:
                if part.find("=") == part.stop:
                    raise part.expected('"="')
                queries.expressions(part.copy(), known)
            return verb, targets(parts)
        case "INSERT":
            if cursor.word == "(":
                cursor.inside()
            if cursor.accept("OVERRIDING"):
                cursor.expect_one("USER", "SYSTEM")
                cursor.expect("VALUE")
            if not cursor.accept("DEFAULT", "VALUES"):
                cursor.expect("VALUES")
                queries.expressions(cursor.inside(), known)
        case "DO":
            cursor.expect("NOTHING")
        case _:
            pass  # DELETE is the whole action.
    return verb, Targets()

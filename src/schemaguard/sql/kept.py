"""Statements that are kept and not run: those of views, rules, policies, functions.

What the functions do that they call does not matter.
"""

from schemaguard.changes.base import Change, Unread
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.merge_rows import MergeRows
from schemaguard.changes.select_rows import SelectRows
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.mentions import Mentions
from schemaguard.names import Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_of_part
from schemaguard.sql.mentions import mentions
from schemaguard.sql.queries import Found, Queries
from schemaguard.sql.reject import Reject
from schemaguard.sql.rows import statement

_NONE: frozenset[str] = frozenset()


def kept_query(cursor: Cursor) -> tuple[Relation, ...]:
    """What the query reads that all that is left is; it may not write."""
    at = cursor.offset
    found = Found()
    Queries(found, statement).query(cursor, _NONE)
    if found.writes:
        raise Reject("a query that writes cannot be part of this", at)
    return found.relations


def condition(cursor: Cursor) -> Mentions:
    """What the condition names which all that is left is; it may not write."""
    at = cursor.offset
    whole = cursor.copy()
    found = Found()
    Queries(found, statement).condition(cursor.copy(), _NONE)
    if found.writes:
        raise Reject("a query that writes cannot be part of this", at)
    facts_of_part(cursor, "")
    return mentions(whole, found.reads)


def kept_statement(cursor: Cursor) -> tuple[Mentions, frozenset[Relation]]:
    """What the statement names which all that is left is, and the relations that it writes."""
    whole = cursor.copy()
    reads, writes = touched(cursor)
    return mentions(whole, reads, writes), frozenset(writes)


def touched(cursor: Cursor) -> tuple[set[Relation], set[Relation]]:
    """The relations that the statement reads which all that is left is, and those that it writes."""
    start = cursor.at
    found = Found()
    changes: list[Change | Unread]
    Queries(found, statement).queries_before(cursor, _NONE)
    reads: set[Relation] = set()
    if cursor.word in ("SELECT", "VALUES", "TABLE", "("):
        cursor.at = start
        found = Found()
        Queries(found, statement).query(cursor, _NONE)
        changes, reads = found.writes, found.reads
    else:
        cursor.at = start
        changes = statement(cursor, _NONE)
    writes: set[Relation] = set()
    for change in (one for one in changes if isinstance(one, Change)):
        match change:
            case InsertRows(table=table, reads=read) | UpdateRows(table=table, reads=read):
                writes.add(table)
                reads.update(read)
            case DeleteRows(table=table, reads=read) | MergeRows(table=table, reads=read):
                writes.add(table)
                reads.update(read)
            case SelectRows(reads=read):
                reads.update(read)
            case _:
                raise cursor.expected("SELECT, INSERT, UPDATE, DELETE or MERGE")
    return reads, writes

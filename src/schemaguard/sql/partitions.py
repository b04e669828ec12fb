"""How tables are parted, and which part a table is: PARTITION BY, FOR VALUES, ATTACH and DETACH."""

from schemaguard.changes.attach_partition import AttachPartition
from schemaguard.changes.base import Change
from schemaguard.changes.detach_partition import DetachPartition
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import Expression
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.index_elements import collation
from schemaguard.sql.lexer import Kind
from schemaguard.sql.reject import Reject


@dataclass(frozen=True, slots=True)
class Key:
    """What a table is parted by."""

    strategy: str = ""
    #: None: it is not.
    columns: frozenset[str] | None = None
    #: Whether it computes with them.
    computed: bool = False
    calls: frozenset[Relation] = frozenset()


def partition_by(cursor: Cursor) -> Key:
    """PARTITION BY strategy (key)."""
    cursor.expect("PARTITION", "BY")
    at = cursor.offset
    strategy = cursor.name("RANGE, LIST or HASH").upper()
    if strategy not in ("RANGE", "LIST", "HASH"):
        raise Reject(f"a partitioning strategy {strategy.lower()}", at)
    parts = [_key(part) for part in cursor.inside().parts()]
    columns = frozenset[str]().union(*(one.columns for one, _ in parts))
    calls = frozenset[Relation]().union(*(one.calls for one, _ in parts))
    return Key(strategy.lower(), columns, any(computed for _, computed in parts), calls)


def _key(part: Cursor) -> tuple[Expression, bool]:
    computed = True
    if part.word == "(":
        used = facts_at(part.inside())
    else:
        place = part.at
        part.function_name("a column")
        while part.accept("."):
            part.label()
        if part.word == "(":
            end = part.closing() + 1
            part.at = place
            used = facts_at(part.up_to(end))
        else:
            part.at = place
            used, computed = facts_at(part.up_to(place + 1)), False
    if part.accept("COLLATE"):
        collation(part)
    if not part.done:
        part.function_name("an operator class")
        if part.accept("."):
            part.label()
    part.finish()
    return used, computed


def bound(cursor: Cursor) -> str:
    """DEFAULT, or FOR VALUES with what follows, as written."""
    start = cursor.at
    if cursor.accept("DEFAULT"):
        return "DEFAULT"
    cursor.expect("FOR", "VALUES")
    if cursor.accept("IN"):
        _values(cursor)
    elif cursor.accept("WITH"):
        _hash(cursor.inside())
    else:
        cursor.expect("FROM")
        _values(cursor)
        cursor.expect("TO")
        _values(cursor)
    return Cursor(cursor.text, cursor.tokens, cursor.words, start, cursor.at).source


def _values(cursor: Cursor) -> None:
    for part in cursor.inside().parts():
        if part.word in ("MINVALUE", "MAXVALUE"):
            part.at += 1
            part.finish()
        else:
            facts_at(part)


def _hash(within: Cursor) -> None:
    for part in within.parts():
        part.expect_one("MODULUS", "REMAINDER")
        if part.token.kind is not Kind.NUMBER:
            raise part.expected("a number")
        part.at += 1
        part.finish()


def attach(part: Cursor, table: Relation) -> Change:
    """ATTACH PARTITION name bound, after the first two words."""
    partition = part.relation("the partition")
    return AttachPartition(table=table, partition=partition, bound=bound(part))


def detach(part: Cursor, table: Relation) -> Change:
    """DETACH PARTITION name [CONCURRENTLY | FINALIZE], after the first two words."""
    partition = part.relation("the partition")
    how = part.accept_one("CONCURRENTLY", "FINALIZE")
    return DetachPartition(
        table=table, partition=partition, concurrently=how == "CONCURRENTLY", finalize=how == "FINALIZE"
    )

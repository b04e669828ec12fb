"""CREATE INDEX and DROP INDEX."""

from schemaguard.changes.attach_index import AttachIndex
from schemaguard.changes.base import Change
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.move_index import MoveIndex
from schemaguard.changes.rename_index import RenameIndex
from schemaguard.changes.set_option import SetOption
from schemaguard.locks import LockMode
from schemaguard.names import Relation
from schemaguard.schema import IndexState
from schemaguard.sql.constraints import nulls_distinct
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.index_elements import index_element, options
from schemaguard.sql.lexer import Kind
from schemaguard.sql.table_actions import relation_options, statistics_target


def create_index(cursor: Cursor, *, unique: bool) -> tuple[Change, ...]:
    """CREATE [UNIQUE] INDEX, after these words."""
    concurrently = cursor.accept("CONCURRENTLY")
    if_not_exists = cursor.accept("IF", "NOT", "EXISTS")
    name = "" if cursor.word == "ON" else cursor.name("the index's name")
    cursor.expect("ON")
    only = cursor.accept("ONLY")
    table = cursor.relation()
    if not only:
        cursor.accept("*")
    method = cursor.name("an access method") if cursor.accept("USING") else "btree"
    elements = [index_element(part) for part in cursor.inside().parts()]
    columns = tuple(element.column for element in elements)
    also = frozenset[str]().union(*(element.used for element in elements))
    labels = tuple(element.label for element in elements)
    calls = frozenset[Relation]().union(*(element.calls for element in elements))
    if cursor.accept("INCLUDE"):
        included = cursor.names()
        also |= frozenset(included)
        labels += included
    nulls_distinct(cursor)
    if cursor.accept("WITH"):
        options(cursor)
    if cursor.accept("TABLESPACE"):
        cursor.name("a tablespace")
    partial = cursor.accept("WHERE")
    if partial:
        condition = facts_at(cursor)
        also |= condition.columns
        calls |= condition.calls
    cursor.finish()
    index = IndexState(
        table=table,
        columns=columns,
        method=method,
        unique=unique,
        also=also,
        partial=partial,
        calls=calls,
        labels=labels,
        definition=cursor.text,
    )
    made = CreateIndex(
        name=table.sibling(name),
        index=index,
        concurrently=concurrently,
        if_not_exists=if_not_exists,
        only=only,
        labels=labels,
    )
    return (made,)


def drop_index(cursor: Cursor) -> tuple[Change, ...]:
    """DROP INDEX, after these two words."""
    concurrently = cursor.accept("CONCURRENTLY")
    if_exists = cursor.accept("IF", "EXISTS")
    indexes: list[Relation] = cursor.listed(lambda: cursor.relation("an index"))
    cascade = cursor.accept_one("CASCADE", "RESTRICT") == "CASCADE"
    cursor.finish()
    return tuple(
        DropIndex(index=index, concurrently=concurrently, if_exists=if_exists, cascade=cascade)
        for index in indexes
    )


def alter_index(cursor: Cursor) -> tuple[Change, ...]:
    """ALTER INDEX, after these two words."""
    if_exists = cursor.accept("IF", "EXISTS")
    index = cursor.relation("an index")
    change = _alter(cursor, index, if_exists=if_exists)
    cursor.finish()
    return (change,)


def _alter(cursor: Cursor, index: Relation, *, if_exists: bool) -> Change:
    if cursor.accept("RENAME", "TO"):
        return RenameIndex(index, cursor.name("the new name"), if_exists)
    if cursor.accept("ATTACH", "PARTITION"):
        return AttachIndex(whole=index, part=cursor.relation("an index"))
    if cursor.accept("SET", "TABLESPACE"):
        return MoveIndex(index=index, tablespace=cursor.name("a tablespace"))
    # Those that lock nothing but the index, of which no query says anything.
    if cursor.accept_one("SET", "RESET"):
        relation_options(cursor, values=cursor.words[cursor.at - 1] == "SET")
        return SetOption(table=index, what="SET", mode=LockMode.SHARE_UPDATE_EXCLUSIVE, index=True)
    if cursor.accept("ALTER"):
        cursor.accept("COLUMN")
        if cursor.token.kind is not Kind.NUMBER:
            raise cursor.expected("the number of a column")
        cursor.at += 1
        cursor.expect("SET", "STATISTICS")
        statistics_target(cursor)
        return SetOption(table=index, what="SET STATISTICS", mode=LockMode.SHARE_UPDATE_EXCLUSIVE, index=True)
    cursor.accept("NO")
    cursor.expect("DEPENDS", "ON", "EXTENSION")
    cursor.name("an extension")
    return SetOption(table=index, what="DEPENDS ON EXTENSION", mode=LockMode.ACCESS_EXCLUSIVE, index=True)

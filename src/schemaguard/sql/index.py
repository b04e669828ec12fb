"""CREATE INDEX and DROP INDEX."""

from schemaguard.changes.base import Change
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.drop_index import DropIndex
from schemaguard.names import Relation
from schemaguard.schema import IndexState
from schemaguard.sql.columns import collation
from schemaguard.sql.constraints import nulls_distinct, options
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.expressions import facts_at
from schemaguard.sql.reject import Reject


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
    if cursor.accept("USING"):
        cursor.name("an access method")
    at = cursor.offset
    within = cursor.inside()
    elements = [_element(part) for part in within.parts()]
    columns = tuple(column for column, _ in elements)
    also = frozenset[str]().union(*(used for _, used in elements))
    if cursor.accept("INCLUDE"):
        also |= frozenset(cursor.names())
    nulls_distinct(cursor)
    if cursor.accept("WITH"):
        options(cursor)
    if cursor.accept("TABLESPACE"):
        cursor.name("a tablespace")
    partial = cursor.accept("WHERE")
    if partial:
        also |= facts_at(cursor).columns
    cursor.finish()
    if not name and None in columns:
        raise Reject("PostgreSQL makes the index's name out of an expression; give it a name", at)
    index = IndexState(table=table, columns=columns, unique=unique, also=also, partial=partial)
    made = CreateIndex(
        name=table.sibling(name), index=index, concurrently=concurrently, if_not_exists=if_not_exists
    )
    return (made,)


def _element(part: Cursor) -> tuple[str | None, frozenset[str]]:
    """A column, or None with the columns that the expression uses."""
    column: str | None = None
    used: frozenset[str] = frozenset()
    if part.word == "(":
        inner = part.inside()
        alone = inner.at + 1 == inner.stop
        expression = facts_at(inner)
        # PostgreSQL takes ((a)) for the column.
        if alone and expression.columns:
            (column,) = expression.columns
        else:
            used = expression.columns
    else:
        place = part.at
        part.function_name("a column")
        while part.accept("."):
            part.label()
        if part.word == "(":
            close = part.closing()
            part.at = place
            used = facts_at(part.up_to(close + 1)).columns
        else:
            part.at = place
            column = part.name("a column")
    _order(part)
    return column, used


def _order(part: Cursor) -> None:
    """Reads the collation, the operator class with its options, and the order."""
    if part.accept("COLLATE"):
        collation(part)
    if part.word not in ("", "ASC", "DESC", "NULLS"):
        part.function_name("an operator class")
        if part.accept("."):
            part.label()
        if part.word == "(":
            options(part)
    part.accept_one("ASC", "DESC")
    if part.accept("NULLS"):
        part.expect_one("FIRST", "LAST")
    part.finish()


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

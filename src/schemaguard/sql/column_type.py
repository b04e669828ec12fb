"""Types of arguments: as ``format_type`` spells them, or that of a column (%TYPE)."""

from schemaguard.column_types import spelled
from schemaguard.names import Column, Relation
from schemaguard.sql.cursor import Cursor
from schemaguard.sql.reject import Reject
from schemaguard.sql.type_names import type_name


def spelled_type(cursor: Cursor) -> str | Column:
    """A type without its modifiers, which may be SETOF another, or that of a column."""
    cursor.accept("SETOF")
    place = cursor.at
    try:
        return spelled(type_name(cursor))
    except Reject:
        cursor.at = place
    path = [cursor.function_name("a type")]
    while cursor.accept("."):
        path.append(cursor.label("a type"))
    cursor.expect("%", "TYPE")
    match path:
        case [table, column]:
            return Column(Relation(cursor.schema, table, qualified=cursor.schema != "public"), column)
        case [schema, table, column]:
            return Column(Relation(schema, table), column)
        case _:
            raise Reject("the type of a column needs the table's name, and no database's", cursor.offset)

"""EXCEPTION WHEN in PL/pgSQL: which errors are caught."""

from schemaguard.sql.cursor import Cursor
from schemaguard.sql.lexer import Kind
from schemaguard.sql.strings import content

#: The errors with which statements of a schema are refused where what they make is there, or is not.
_CODES = {
    "duplicate_alias": "42712",
    "duplicate_column": "42701",
    "duplicate_cursor": "42P03",
    "duplicate_database": "42P04",
    "duplicate_function": "42723",
    "duplicate_object": "42710",
    "duplicate_schema": "42P06",
    "duplicate_table": "42P07",
    "undefined_column": "42703",
    "undefined_function": "42883",
    "undefined_object": "42704",
    "undefined_table": "42P01",
    "invalid_schema_name": "3F000",
    "invalid_table_definition": "42P16",
    "dependent_objects_still_exist": "2BP01",
    "unique_violation": "23505",
    "foreign_key_violation": "23503",
    "not_null_violation": "23502",
    "check_violation": "23514",
    "insufficient_privilege": "42501",
    "lock_not_available": "55P03",
    "query_canceled": "57014",
}


def caught_by(cursor: Cursor) -> set[str]:
    """The SQLSTATEs up to THEN; "": any, or a name that stands for several or is not known here."""
    found = {_condition(cursor)}
    while cursor.accept("OR"):
        found.add(_condition(cursor))
    cursor.expect("THEN")
    return found


def _condition(cursor: Cursor) -> str:
    if cursor.accept("SQLSTATE"):
        token = cursor.token
        if token.kind is not Kind.STRING:
            raise cursor.expected("an SQLSTATE")
        cursor.at += 1
        return content(token)
    return _CODES.get(cursor.label("a condition"), "")

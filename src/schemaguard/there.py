"""Whether what a change makes is there already, or what it takes away is not: guards in blocks ask."""

from schemaguard.changes.base import Change
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_table import RenameTable
from schemaguard.names import Relation
from schemaguard.schema import SchemaState
from schemaguard.server import Server
from schemaguard.taken import taken

#: What the server says of a name that is taken, and of a second primary key.
_TAKEN = frozenset({"42701", "42710", "42P06", "42P07", "42P16"})


def in_the_way(change: Change, schema: SchemaState, server: Server) -> str:
    """The SQLSTATE with which the server says so; "": nothing is in the way, as far as we know."""
    refusals = (*change.refusals(schema, server), *taken(change, schema))
    there = (one.sqlstate for one in refusals if one.certain and one.sqlstate in _TAKEN)
    return _is_gone(change, schema) or next(there, "")


def _is_gone(change: Change, schema: SchemaState) -> str:
    match change:
        case DropTable(table, False) if schema.complete and not schema.has_relation(table):
            return "42P01"
        case DropIndex(index=index, if_exists=False) if schema.complete and index not in schema.indexes:
            return "42704"
        case DropView(view=view, if_exists=False) if schema.complete and view not in schema.views:
            return "42P01"
        case DropType(type=type_, if_exists=False) if schema.complete and type_ not in schema.types:
            return "42704"
        case DropColumn(column, False) if schema.knows(column.table) and schema.column(column) is None:
            return "42703"
        case DropConstraint(table=table, name=name, if_exists=False) if schema.knows(
            table
        ) and not _constrained(schema, table, name):
            return "42704"
        case RenameTable(table, _) if schema.complete and not schema.has_relation(table):
            return "42P01"
        case RenameColumn(column, _) if schema.knows(column.table) and schema.column(column) is None:
            return "42703"
        case _:
            return ""


def _constrained(schema: SchemaState, table: Relation, name: str) -> bool:
    return bool(name) and schema.known(table).constraint(name) is not None

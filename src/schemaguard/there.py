"""Whether what a change makes is there already, or what it takes away is not: guards in blocks ask."""

from schemaguard.changes.add_enum_value import AddEnumValue
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.base import Change
from schemaguard.changes.create_domain import CreateDomain
from schemaguard.changes.create_schema import CreateSchema
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_index import DropIndex
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_type import DropType
from schemaguard.changes.drop_view import DropView
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_table import RenameTable
from schemaguard.names import Relation
from schemaguard.namespaces import schema_thing
from schemaguard.schema import EnumState, SchemaState
from schemaguard.taken import taken


def in_the_way(change: Change, schema: SchemaState) -> str:
    """The SQLSTATE with which the server says so; "": nothing is in the way, as far as we know."""
    return _is_gone(change, schema) or _is_there(change, schema)


def _is_there(change: Change, schema: SchemaState) -> str:
    match change:
        case CreateSchema(name=name, if_not_exists=False) if schema_thing(name) in schema.things:
            return "42P06"
        case CreateType(type=type_) | CreateDomain(domain=type_) if type_ in schema.types:
            return "42710"
        case AddEnumValue(type=type_, value=value, if_not_exists=False) if _has_value(schema, type_, value):
            return "42710"
        case AddPrimaryKey(table) if schema.known(table).primary_key is not None:
            return "42P16"
        case _:
            return next((refusal.sqlstate for refusal in taken(change, schema)), "")


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


def _has_value(schema: SchemaState, name: Relation, value: str) -> bool:
    state = schema.types.get(name)
    return isinstance(state, EnumState) and value in state.values


def _constrained(schema: SchemaState, table: Relation, name: str) -> bool:
    return bool(name) and schema.known(table).constraint(name) is not None

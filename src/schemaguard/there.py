"""Whether what a change makes is there already, or what it takes away is not: guards in blocks ask."""

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_table import DropTable
from schemaguard.names import Relation
from schemaguard.schema import SchemaState


def in_the_way(change: Change, schema: SchemaState) -> str:
    """The SQLSTATE with which the server says so; "": nothing is in the way, as far as we know."""
    match change:
        case CreateTable(table=table, if_not_exists=False) if schema.has_relation(table):
            return "42P07"
        case CreateIndex(name=name, if_not_exists=False) if name.name and schema.has_relation(name):
            return "42P07"
        case AddColumn(table=table, column=column, if_not_exists=False) if (
            schema.known(table).column(column.name) is not None
        ):
            return "42701"
        case AddUnique(table, constraint) if _constrained(schema, table, constraint.name):
            return "42P07"
        case AddCheck(table, constraint) | AddForeignKey(table, constraint) if _constrained(
            schema, table, constraint.name
        ):
            return "42710"
        case CreateTrigger(table, name, False) if name in schema.known(table).triggers:
            return "42710"
        case DropTable(table, False) if schema.complete and not schema.has_relation(table):
            return "42P01"
        case DropColumn(column, False) if schema.knows(column.table) and schema.column(column) is None:
            return "42703"
        case DropConstraint(table=table, name=name, if_exists=False) if schema.knows(
            table
        ) and not _constrained(schema, table, name):
            return "42704"
        case _:
            return ""


def _constrained(schema: SchemaState, table: Relation, name: str) -> bool:
    return bool(name) and schema.known(table).constraint(name) is not None

"""What ALTER TABLE ONLY does to the children all the same, and when the server refuses it."""

from collections.abc import Iterator

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.keep_column import KeepColumn
from schemaguard.changes.keep_constraint import KeepConstraint
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.evidence import Refusal
from schemaguard.heirs.children import changed_table
from schemaguard.heirs.not_null import spared_not_null
from schemaguard.names import Column
from schemaguard.schema import Check, SchemaState
from schemaguard.server import Server


def spared(change: Change, before: SchemaState, server: Server) -> Iterator[Change]:
    """What ONLY does to children all the same: what they had from the table is their own."""
    table = changed_table(change, before)
    for child in before.children(table) if table is not None else ():
        yield from spared_not_null(change, child, before, server)
        if isinstance(change, DropConstraint):
            own = before.known(child).constraint(change.name)
            if isinstance(own, Check) and own.inherited:
                yield KeepConstraint(child, change.name)
    if isinstance(change, DropColumn):
        for child in before.children(change.column.table):
            if before.known(child).column(change.column.name) is not None:
                yield KeepColumn(Column(child, change.column.name))


def only_refusals(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """What PostgreSQL says to ALTER TABLE ONLY, where the children would have to be changed as well."""
    match change:
        case AddCheck(check=check) if check.own:
            return
        case AddNotNull(_, how) if how.own:
            return
        case ValidateConstraint():
            table = change.table if _unvalidated(schema, change) else None
        case AddColumn() | AddCheck() | RenameColumn() | ChangeType() | AddNotNull():
            table = changed_table(change, schema)
        case DropColumn(column) | SetNotNull(column) if schema.known(column.table).partitioned_by is not None:
            table = column.table
        case _:
            return
    if table is not None and schema.children(table):
        yield Refusal("42P16", f"the children of {table.text} would have to be changed as well")


def _unvalidated(schema: SchemaState, change: ValidateConstraint) -> bool:
    """Whether it would be validated in the children as well."""
    constraint = schema.known(change.table).constraint(change.name)
    column = schema.required_by(change.table, change.name)
    match constraint:
        case Check(own=False, valid=False):
            return True
        case None if column is not None:
            return not column.not_null_as.own and not column.not_null_as.valid
        case _:
            return False

"""What PostgreSQL refuses of foreign tables, which have no rows here. (Measured on 14 to 18.)"""

from collections.abc import Iterator

from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.lock_table import LockTable
from schemaguard.changes.move_storage import MoveStorage
from schemaguard.changes.replica_identity import ReplicaIdentity
from schemaguard.changes.row_security import RowSecurity
from schemaguard.changes.set_option import SetOption
from schemaguard.changes.set_persistence import SetPersistence
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import Check, SchemaState

#: What SetOption can set of tables with rows alone.
_OF_ROWS = ("SET", "RESET", "CLUSTER ON", "SET WITHOUT CLUSTER")


def foreign_refusals(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """Why the server refuses it of a foreign table, or as if the table were foreign."""
    match change:
        case CreateTable(foreign=True):
            if not all(isinstance(constraint, Check) for constraint in change.constraints):
                yield Refusal("0A000", f"{change.table.text} is foreign: it can have no keys")
        case DropTable(table=table, foreign=foreign) if schema.knows(table):
            if schema.known(table).foreign != foreign:
                is_ = "no foreign table" if foreign else "a foreign table"
                yield Refusal("42809", f"{table.text} is {is_}")
        case AddPrimaryKey(table) | AddUnique(table) | AddForeignKey(table) | AddExclude(table):
            if schema.known(table).foreign:
                yield Refusal("0A000", f"{table.text} is foreign: it can have no keys")
        case _:
            found = _of_rows(change)
            if found is not None and schema.known(found).foreign:
                yield Refusal("42809", f"{found.text} is foreign: it has no rows here")


def _of_rows(change: Change) -> Relation | None:
    """The table, if the change is one of tables with rows."""
    match change:
        case CreateIndex():
            return change.index.table
        case ChangeType(column, using=using) if using is not None:
            return column.table
        case SetOption(columns=(), index=False) if change.what in _OF_ROWS:
            return change.table
        case MoveStorage() | ReplicaIdentity() | LockTable():
            return change.table
        case SetPersistence(table) | RowSecurity(table):
            return table
        case _:
            return None

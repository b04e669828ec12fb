"""Checks that wait for COMMIT: until they are done, most of DDL on the table is refused (55006).

Measured on 14 and 18. Pending is what an INSERT leaves that a deferred foreign key looks at, an
UPDATE of its columns, and, on the table that it points to, a DELETE or an UPDATE of the key. RENAME,
SET SCHEMA, DROP INDEX, CREATE TRIGGER, ANALYZE, REINDEX, GRANT and COMMENT do not mind.
"""

from collections.abc import Iterator
from dataclasses import field

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.add_using_index import AddUsingIndex
from schemaguard.changes.base import Change
from schemaguard.changes.change_type import ChangeType
from schemaguard.changes.cluster_table import ClusterTable
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.delete_rows import DeleteRows
from schemaguard.changes.drop_column import DropColumn
from schemaguard.changes.drop_constraint import DropConstraint
from schemaguard.changes.drop_default import DropDefault
from schemaguard.changes.drop_not_null import DropNotNull
from schemaguard.changes.drop_table import DropTable
from schemaguard.changes.drop_trigger import DropTrigger
from schemaguard.changes.insert_rows import InsertRows
from schemaguard.changes.set_constraints import SetConstraints
from schemaguard.changes.set_default import SetDefault
from schemaguard.changes.set_not_null import SetNotNull
from schemaguard.changes.truncate_tables import TruncateTables
from schemaguard.changes.update_rows import UpdateRows
from schemaguard.changes.validate_constraint import ValidateConstraint
from schemaguard.dataclass import dataclass
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import ForeignKey, SchemaState


@dataclass(slots=True)
class Pending:
    """What is to be checked at the end of the transaction."""

    #: The table and the constraint: whether there certainly is such a row.
    checks: dict[tuple[Relation, str], bool] = field(default_factory=dict)
    #: What SET CONSTRAINTS has said of single ones, and of all.
    deferred: dict[str, bool] = field(default_factory=dict)
    all_deferred: bool | None = None

    def copy(self) -> "Pending":
        """What is pending now, to return to."""
        return Pending(dict(self.checks), dict(self.deferred), self.all_deferred)

    def obey(self, change: Change, schema: SchemaState) -> None:
        """What a change of rows, or SET CONSTRAINTS, leaves to be checked."""
        if isinstance(change, SetConstraints):
            self._set(change)
        elif change.moves_data:
            for check, certain in self._left(change, schema):
                self.checks[check] = certain or self.checks.get(check, False)

    def refusals(self, change: Change) -> Iterator[Refusal]:
        """Why the server refuses DDL on a table of which something is to be checked."""
        for touched in tables_of(change):
            found = [(name, certain) for (table, name), certain in self.checks.items() if table == touched]
            if found:
                yield Refusal(
                    "55006",
                    f"rows of {touched.text} are still to be checked for {found[0][0]},"
                    " which SET CONSTRAINTS ALL IMMEDIATE would do now",
                    certain=any(certain for _, certain in found),
                )

    def _set(self, change: SetConstraints) -> None:
        names = {name.rpartition(".")[2] for name in change.names}
        if not names:
            self.deferred, self.all_deferred = {}, change.deferred
        self.deferred.update(dict.fromkeys(names, change.deferred))
        if not change.deferred:
            kept = self.checks.items() if names else ()
            self.checks = {check: certain for check, certain in kept if check[1] not in names}

    def _is_deferred(self, key: ForeignKey) -> bool:
        said = self.deferred.get(key.name, self.all_deferred)
        return key.deferrable and (key.deferred if said is None else said)

    def _left(self, change: Change, schema: SchemaState) -> Iterator[tuple[tuple[Relation, str], bool]]:
        """The table and constraint for which a row is looked at later; whether there is one for certain."""
        match change:
            case InsertRows(table=table):
                # A trigger may take the row away.
                certain = not (change.reads or change.may_skip or schema.known(table).triggers)
                for key in filter(self._is_deferred, schema.known(table).foreign_keys()):
                    yield (table, key.name), certain
            case UpdateRows(table=table):
                written = {column for column, _ in change.assignments}
                for key in filter(self._is_deferred, schema.known(table).foreign_keys()):
                    if written & set(key.columns):
                        yield (table, key.name), False
                for _, key in schema.referencing(table):
                    if self._is_deferred(key) and written & set(key.target_columns):
                        yield (table, key.name), False
            case DeleteRows(table=table):
                for _, key in schema.referencing(table):
                    if self._is_deferred(key):
                        yield (table, key.name), False
            case _:
                pass  # MERGE is any of these: what it does hangs on the rows.


def tables_of(change: Change) -> tuple[Relation, ...]:
    """The tables that the change cannot touch while something of them is pending."""
    match change:
        case (
            AddColumn(table=table)
            | AddCheck(table=table)
            | AddForeignKey(table=table)
            | AddUnique(table=table)
            | AddPrimaryKey(table=table)
            | AddUsingIndex(table=table)
            | ValidateConstraint(table=table)
            | DropConstraint(table=table)
            | DropTable(table=table)
            | DropTrigger(table=table)
        ):
            return (table,)
        case (
            DropColumn(column=column)
            | ChangeType(column=column)
            | SetNotNull(column=column)
            | DropNotNull(column=column)
            | SetDefault(column=column)
            | DropDefault(column=column)
        ):
            return (column.table,)
        case CreateIndex():
            return (change.index.table,)
        case TruncateTables(tables=tables):
            return tables
        case ClusterTable(table=Relation() as table):
            return (table,)
        case _:
            return ()

"""Names that a statement gives and that are taken, by a thing of the same kind or another of its namespace.

Tables, indexes and views share one, sequences and composite types too; each table has a type of its name.
Temporary tables may be gone with their transaction: of these nothing is said.
(Measured on 14 to 18.)
"""

from collections import Counter
from collections.abc import Iterator

from schemaguard.changes.add_check import AddCheck
from schemaguard.changes.add_column import AddColumn
from schemaguard.changes.add_exclude import AddExclude
from schemaguard.changes.add_foreign_key import AddForeignKey
from schemaguard.changes.add_not_null import AddNotNull
from schemaguard.changes.add_primary_key import AddPrimaryKey
from schemaguard.changes.add_unique import AddUnique
from schemaguard.changes.base import Change
from schemaguard.changes.change_sequence import ChangeSequence
from schemaguard.changes.create_domain import CreateDomain
from schemaguard.changes.create_index import CreateIndex
from schemaguard.changes.create_table import CreateTable
from schemaguard.changes.create_trigger import CreateTrigger
from schemaguard.changes.create_type import CreateType
from schemaguard.changes.create_view import CreateView
from schemaguard.changes.rename_column import RenameColumn
from schemaguard.changes.rename_constraint import RenameConstraint
from schemaguard.changes.rename_index import RenameIndex
from schemaguard.changes.rename_table import RenameTable
from schemaguard.constraint_forms import in_order
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import Check, CompositeState, Constraint, Exclude, SchemaState, Unique

#: Columns that each table has.
_SYSTEM = frozenset({"ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


def taken(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """Why the server refuses the names that the change gives."""
    match change:
        case CreateTable(table=table):
            if not (change.if_not_exists and _is_relation(schema, table)):
                yield from _relation(schema, table, row=True)
                yield from _within(change, schema)
        case CreateView():
            yield from _view(change, schema)
        case CreateIndex(name=name, if_not_exists=False) if name.name:
            yield from _relation(schema, name)
        case CreateType(type=type_, state=CompositeState()) if type_ not in schema.types:
            yield from _relation(schema, type_)
        case CreateType(type=type_) | CreateDomain(domain=type_) if type_ in schema.views:
            yield Refusal("42710", f"there is a type of the rows of {type_.text} already")
        case ChangeSequence(verb="CREATE", sequence=sequence, if_exists=False):
            yield from _relation(schema, sequence, row=True)
        case RenameTable(table=table, new_name=new) if schema.has_relation(table) or not schema.complete:
            yield from _relation(schema, table.sibling(new), row=table not in schema.indexes)
        case RenameIndex(index=index, new_name=new):
            yield from _relation(schema, index.sibling(new))
        case _:
            yield from _of_table(change, schema)


def _of_table(change: Change, schema: SchemaState) -> Iterator[Refusal]:
    """What is refused of the columns, constraints and triggers of a table that is there."""
    match change:
        case AddColumn(table=table, column=column):
            there = _has_column(schema, table, column.name)
            if there and not change.if_not_exists:
                yield Refusal("42701", f"{table.text} has a column {column.name} already")
            for constraint in change.constraints if not there else ():
                yield from _constraint(schema, table, constraint)
        case AddCheck(table=table, check=constraint) | AddForeignKey(table=table, key=constraint):
            yield from _constraint(schema, table, constraint)
        case AddUnique(table=table, unique=constraint) | AddPrimaryKey(table=table, key=constraint):
            yield from _constraint(schema, table, constraint)
        case AddExclude(table=table, exclude=constraint):
            yield from _constraint(schema, table, constraint)
        case AddNotNull(column=column) if change.how.name and not schema.required_by(
            column.table, change.how.name
        ):
            yield from _name(schema, column.table, change.how.name)
        case RenameColumn(column=column, new_name=new) if _has_column(schema, column.table, new) and (
            schema.column(column) is not None or not schema.knows(column.table)
        ):
            yield Refusal("42701", f"{column.table.text} has a column {new} already")
        case RenameConstraint(table=table, name=name, new_name=new):
            indexed = isinstance(schema.known(table).constraint(name), Unique | Exclude)
            refused = tuple(_relation(schema, table.sibling(new))) if indexed else ()
            yield from refused or _name(schema, table, new)
        case CreateTrigger(table=table, name=name, replace=False) if name in schema.known(table).triggers:
            yield Refusal("42710", f"{table.text} has a trigger {name} already")
        case _:
            return


def _relation(schema: SchemaState, name: Relation, *, row: bool = False) -> Iterator[Refusal]:
    """``row``: a type of that name comes with it."""
    if name.schema == "pg_temp":
        return
    if _is_relation(schema, name):
        yield Refusal("42P07", f"there is {name.text} already")
    elif row and name in schema.types:
        yield Refusal("42710", f"there is a type {name.text} already")


def _is_relation(schema: SchemaState, name: Relation) -> bool:
    return schema.has_relation(name) or isinstance(schema.types.get(name), CompositeState)


def _view(change: CreateView, schema: SchemaState) -> Iterator[Refusal]:
    view = change.view
    if change.if_not_exists and _is_relation(schema, view):
        return
    there = schema.views.get(view)
    if change.replace and _is_relation(schema, view):
        if (there is None or there.materialized) and view.schema != "pg_temp":
            yield Refusal("42809", f"{view.text} is no view that can be replaced")
    else:
        yield from _relation(schema, view, row=True)
    for name, times in Counter(name for name in change.columns if name not in (None, "*")).items():
        if times > 1:
            yield Refusal("42701", f"{view.text} would have column {name} twice")


def _within(change: CreateTable, schema: SchemaState) -> Iterator[Refusal]:
    """What a new table has twice, and the names of the indexes that it comes with."""
    for name, times in Counter(column.name for column in change.columns).items():
        if times > 1:
            yield Refusal("42701", f"{change.table.text} would have column {name} twice")
    constraints = in_order(change.constraints)
    names = Counter(constraint.name for constraint in constraints if constraint.name)
    for constraint in constraints:
        name = constraint.name
        indexed = isinstance(constraint, Unique | Exclude)
        if names[name] > 1 and name:
            others = all(isinstance(c, Unique | Exclude) for c in constraints if c.name == name)
            yield Refusal("42P07" if others else "42710", f"{change.table.text} would have {name} twice")
        elif indexed and name == change.table.name:
            yield Refusal("42P07", f"the index of {name} would be called as its table")
        elif indexed and name:
            yield from _relation(schema, change.table.sibling(name))


def _has_column(schema: SchemaState, table: Relation, name: str) -> bool:
    return name in _SYSTEM or schema.known(table).column(name) is not None


def _constraint(schema: SchemaState, table: Relation, constraint: Constraint) -> Iterator[Refusal]:
    if not constraint.name:
        return
    if isinstance(constraint, Unique | Exclude):
        refused = tuple(_relation(schema, table.sibling(constraint.name)))
        yield from refused or _name(schema, table, constraint.name)
        return
    there = schema.known(table).constraint(constraint.name)
    # What it has from a parent becomes its own as well.
    if not (isinstance(there, Check) and there.inherited and isinstance(constraint, Check)):
        yield from _name(schema, table, constraint.name)


def _name(schema: SchemaState, table: Relation, name: str) -> Iterator[Refusal]:
    if schema.known(table).constraint(name) is not None:
        yield Refusal("42710", f"{table.text} has a constraint {name} already")

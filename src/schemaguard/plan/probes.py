"""How to see in the catalog that a change has been made, and how to take it back, where that can be said."""

from schemaguard.changes import (
    AddCheck,
    AddColumn,
    AddEnumValue,
    AddForeignKey,
    AddPrimaryKey,
    AddUnique,
    AddUsingIndex,
    ChangeType,
    CreateIndex,
    CreateTable,
    CreateTrigger,
    DetachPartition,
    DropColumn,
    DropConstraint,
    DropDefault,
    DropFunction,
    DropIndex,
    DropNotNull,
    DropTable,
    DropTrigger,
    DropType,
    RenameConstraint,
    RenameIndex,
    SetNotNull,
    ValidateConstraint,
)
from schemaguard.changes.base import Change
from schemaguard.conditions import (
    all_of,
    column_exists,
    column_has_default,
    column_has_type,
    column_is_not_null,
    constraint_exists,
    enum_has_value,
    index_is_ready,
    is_part,
    negated,
    relation_exists,
    trigger_exists,
)
from schemaguard.dataclass import dataclass
from schemaguard.loose_steps import retained
from schemaguard.names import Column, Relation, literal
from schemaguard.schema import SchemaState


@dataclass(frozen=True, slots=True)
class Ends:
    """The schema before the release, and after it."""

    start: SchemaState
    end: SchemaState


def seen(change: Change, before: SchemaState, after: SchemaState, ends: Ends) -> str:
    """A condition that is true once the change is made, and stays true; "": the catalog does not tell.

    What is made and unmade within the release cannot be seen.
    """
    if _is_so(change, ends.start) or _is_so(change, before):
        return ""
    end = ends.end
    match change:
        case CreateTable(table=table):
            return relation_exists(table) if table in end.tables else ""
        case DropTable(table=table):
            return "" if table in end.tables else negated(relation_exists(table))
        case AddColumn(table=table, column=column):
            of = Column(table, column.name)
            return column_exists(of) if end.column(of) else ""
        case DropColumn(column=column):
            return "" if end.column(column) else negated(column_exists(column))
        case SetNotNull(column=column):
            state = end.column(column)
            return column_is_not_null(column) if state and state.not_null else ""
        case DropNotNull(column=column):
            state = end.column(column)
            if state and state.not_null:
                return ""
            return all_of(
                negated(column_is_not_null(column)),
                negated(constraint_exists(column.table, retained(column))),
            )
        case DropDefault(column=column):
            state = end.column(column)
            return "" if state and state.default else negated(column_has_default(column))
        case ChangeType(column=column):
            state = end.column(column)
            return column_has_type(column, str(change.type)) if state and state.type == change.type else ""
        case AddCheck(table=table) | AddForeignKey(table=table) | AddUnique(table=table):
            return _constraint(table, before, after, end)
        case AddPrimaryKey(table=table) | AddUsingIndex(table=table):
            return _constraint(table, before, after, end)
        case ValidateConstraint(table=table, name=name):
            there = end.known(table).constraint(name)
            return constraint_exists(table, name, valid=True) if there else ""
        case DropConstraint(table=table, name=name):
            return "" if end.known(table).constraint(name) else negated(constraint_exists(table, name))
        case CreateIndex():
            index = change.chosen_name(before)
            return index_is_ready(index) if index in end.indexes else ""
        case DropIndex(index=index):
            return "" if index in end.indexes else negated(relation_exists(index))
        case RenameConstraint(table=table, new_name=name):
            return constraint_exists(table, name) if end.known(table).constraint(name) else ""
        case RenameIndex(index=index, new_name=name):
            renamed = index.sibling(name)
            return relation_exists(renamed) if renamed in end.indexes else ""
        case CreateTrigger(table=table, name=name, replace=False):
            return trigger_exists(table, name) if name in end.known(table).triggers else ""
        case DropTrigger(table=table, name=name):
            return "" if name in end.known(table).triggers else negated(trigger_exists(table, name))
        case AddEnumValue(type=type_, value=value):
            return enum_has_value(type_, value) if type_ in end.types else ""
        case DetachPartition(table=table, partition=part):
            return "" if table in end.known(part).parents else negated(is_part(part, table))
        case DropType(type=type_):
            return "" if type_ in end.types else f"to_regtype({literal(str(type_))}) IS NULL"
        case DropFunction(function=function):
            called = any((one.schema, one.name) == (function.schema, function.name) for one in end.functions)
            return "" if called else f"to_regproc({literal(str(function))}) IS NULL"
        case _:
            return ""  # Rows, defaults and the bodies of functions.


def _is_so(change: Change, start: SchemaState) -> bool:
    """Whether the catalog looks before the release as after the change: something comes in between."""
    match change:
        case DropTable(table=table):
            return start.table(table) is None
        case DropColumn(column=column):
            return start.column(column) is None
        case DropType(type=type_):
            return start.complete and type_ not in start.types
        case DropConstraint(table=table, name=name):
            return start.known(table).constraint(name) is None
        case DropTrigger(table=table, name=name):
            return name not in start.known(table).triggers
        case DropIndex(index=index):
            return start.complete and index not in start.indexes
        case DropDefault(column=column):
            state = start.column(column)
            return state is not None and state.default is None
        case DropNotNull(column=column):
            state = start.column(column)
            return state is not None and not state.not_null
        case SetNotNull(column=column):
            state = start.column(column)
            return state is not None and state.not_null
        case _:
            return False  # What is made was not there.


def _constraint(table: Relation, before: SchemaState, after: SchemaState, end: SchemaState) -> str:
    had = {constraint.name for constraint in before.known(table).constraints}
    new = [c.name for c in after.known(table).constraints if c.name not in had]
    lasting = [name for name in new if end.known(table).constraint(name)]
    return constraint_exists(table, lasting[0]) if len(lasting) == 1 else ""

"""Costs that are said and that the server does not have, with the reason why it is right to say them."""

from schemaguard.changes import AddColumn, Change, ChangeType, SetNotNull
from schemaguard.column_types import Type, is_built_in
from schemaguard.costs import Cost, Lock, Wait
from schemaguard.frame import Frame
from schemaguard.schema import SchemaState

DOMAINS = "a type that PostgreSQL does not bring along may be a domain that each row is checked for"
INTERVALS = "how intervals of some fields become others is not measured"
FUNCTIONS = "a function of the user may be volatile"
CONSTANTS = "what a constant makes of a condition is not followed"


def excuse(cost: Cost, frame: Frame) -> str:
    """The reason; "": there is none."""
    if isinstance(cost, Lock | Wait):
        return ""
    return next((reason for e in frame.effects if (reason := _of(e.change, frame.before))), "")


def _of(change: Change, before: SchemaState) -> str:
    match change:
        case AddColumn(column=column) if column.type is not None and not is_built_in(column.type):
            return DOMAINS
        case AddColumn(column=column) if column.default and "one()" in column.default.text:
            return FUNCTIONS
        case ChangeType(column=column, type=new):
            state = before.column(column)
            types = [new, *([state.type] if state and state.type else [])]
            return (
                DOMAINS if not all(map(is_built_in, types)) else INTERVALS if any(map(_fields, types)) else ""
            )
        case SetNotNull(column=column):
            checks = before.known(column.table).checks()
            return CONSTANTS if any("false" in check.expression.text.lower() for check in checks) else ""
        case _:
            return ""


def _fields(type_: Type) -> bool:
    return type_.name.startswith("interval ")

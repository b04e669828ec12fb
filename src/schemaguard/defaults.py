"""What PostgreSQL keeps of a column's default."""

import re
from dataclasses import replace

from schemaguard.column_types import Type, canonical
from schemaguard.schema import ColumnState, Expression

_NULL = re.compile(r"[\s(]*NULL[\s)]*(?:::(?P<type>[^():]*)(?:\([\d\s,]*\))?)?[\s)]*\Z", re.IGNORECASE)


def is_null(default: Expression) -> bool:
    """Whether the value is NULL."""
    return _NULL.match(default.text) is not None


def is_kept(default: Expression, column_type: Type | None) -> bool:
    """Whether the catalog has it: not if it is NULL of the column's own type, which a column without one has.

    A cast that something is left to do for is kept: NULL::varchar for a varchar(10).
    """
    null = _NULL.match(default.text)
    if null is None:
        return True
    if not null["type"] or column_type is None:
        return False
    cast = canonical(" ".join(null["type"].lower().split()))
    return cast.name != column_type.name or bool(column_type.modifiers)


def as_kept(column: ColumnState) -> ColumnState:
    """The column as the catalog has it."""
    if column.generated is None and column.default is not None and not is_kept(column.default, column.type):
        return replace(column, default=None)
    return column

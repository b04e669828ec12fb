"""What PostgreSQL keeps of a column's default."""

import re
from dataclasses import replace

from schemaguard.column_types import Type, canonical
from schemaguard.schema import ColumnState, Expression

_STRING = re.compile(r"[Ee]?'(?:[^'\\]|'')*'")
_NULL = re.compile(r"[\s(]*NULL[\s)]*(?:::(?P<type>[^():]*)(?:\([\d\s,]*\))?)?[\s)]*\Z", re.IGNORECASE)


def is_null(default: Expression) -> bool:
    """Whether the value is NULL."""
    return _NULL.match(default.text) is not None


def is_kept(default: Expression, column_type: Type | None) -> bool:
    """Whether the catalog has it: not if it is NULL of the column's own type, which a column without one has.

    NULL that is still to be made to fit is kept: that of a varchar(10), or NULL::int of a bigint. (14 to 18.)
    """
    null = _NULL.match(default.text)
    if null is None or column_type is None:
        return null is None
    cast = canonical(" ".join(null["type"].lower().split())).name if null["type"] else column_type.name
    # An interval's NULL is made to fit as it is read.
    fits = not column_type.modifiers or (not null["type"] and column_type.name.startswith("interval"))
    return cast != column_type.name or not fits


def as_kept(column: ColumnState) -> ColumnState:
    """The column as the catalog has it; what its sequence is called that knows."""
    if column.numbers.sequence is not None:
        column = replace(column, numbers=replace(column.numbers, sequence=None))
    if column.generated is None and column.default is not None and not is_kept(column.default, column.type):
        return replace(column, default=None)
    return column


def of_its_type(default: Expression, column_type: Type) -> Expression:
    """The default as it is kept where its column gets another type: a bare string is of the old one."""
    if not _STRING.fullmatch(default.text.strip()):
        return default
    # Of these two a cast without a length cuts off all but the first.
    whole = column_type if column_type.name in ("character", "bit") else replace(column_type, modifiers=())
    return replace(default, text=f"{default.text}::{whole}")

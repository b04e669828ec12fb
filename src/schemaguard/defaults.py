"""What PostgreSQL keeps of a column's default."""

import re
from dataclasses import replace

from schemaguard.schema import ColumnState, Expression

_NULL = re.compile(r"[\s(]*NULL[\s)]*(::[^()]*(\([\d\s,]*\))?)?[\s)]*\Z", re.IGNORECASE)


def is_null(default: Expression) -> bool:
    """Whether it is NULL, which PostgreSQL does not keep: a column without default has that value."""
    return _NULL.match(default.text) is not None


def as_kept(column: ColumnState) -> ColumnState:
    """The column as the catalog has it."""
    if column.generated is None and column.default is not None and is_null(column.default):
        return replace(column, default=None)
    return column

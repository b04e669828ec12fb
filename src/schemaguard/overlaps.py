"""Which indexes do the work of others."""

import re

from schemaguard.schema import IndexState

#: What an index is that sorts otherwise than its columns do, or has been given more to keep.
_SPECIAL = re.compile(r"\b(?:DESC|NULLS|COLLATE|INCLUDE)\b|_OPS\b", re.IGNORECASE)


def is_usual(index: IndexState) -> bool:
    """Whether it is about the plain values of columns, of all rows, in their usual order."""
    return (
        index.valid
        and not index.partial
        and None not in index.columns
        and not _SPECIAL.search(index.definition)
    )


def does_the_work(index: IndexState, other: IndexState) -> bool:
    """Whether whoever looks for a row with the other one is as well served with this one."""
    if (
        index.table != other.table
        or index.method != other.method
        or not (is_usual(index) and is_usual(other))
    ):
        return False
    if index.columns == other.columns:
        return index.unique or not other.unique
    # Only a B-tree is read from its first columns alone as one over these is.
    return (
        not other.unique and other.method == "btree" and index.columns[: len(other.columns)] == other.columns
    )

"""The bounds of a table's partitions: which the server takes beside those that are there."""

import re
from collections.abc import Collection, Iterator
from itertools import pairwise

from schemaguard.bound_values import End, Known, order, value
from schemaguard.bounds import DEFAULT, bound_kind
from schemaguard.column_types import Type
from schemaguard.evidence import Refusal
from schemaguard.names import Relation
from schemaguard.schema import SchemaState

#: What the words of a bound say of how its table is partitioned.
_KINDS = {"FOR VALUES IN": "list", "FOR VALUES FROM": "range", "FOR VALUES WITH": "hash"}
_RANGE = re.compile(r"FOR\s+VALUES\s+FROM\s*(\(.*\))\s*TO\s*(\(.*\))", re.IGNORECASE | re.DOTALL)
_LIST = re.compile(r"FOR\s+VALUES\s+IN\s*(\(.*\))", re.IGNORECASE | re.DOTALL)
_HASH = re.compile(r"FOR\s+VALUES\s+WITH\s*\(\s*MODULUS\s+(\d+)\s*,\s*REMAINDER\s+(\d+)\s*\)", re.IGNORECASE)
#: A value, with what it has in quotes and in parentheses.
_ITEM = re.compile(r"(?:'(?:[^']|'')*'|\([^()]*\)|[^,'()])+")

_Range = tuple[tuple[Known, ...], tuple[Known, ...]]


def misfit(schema: SchemaState, table: Relation, bound: str) -> Iterator[Refusal]:
    """What PostgreSQL says to a partition of such a bound."""
    if schema.knows(table) and schema.known(table).partitioned_by is None:
        yield Refusal("42P17", f"{table.text} is not partitioned")
    if bound == DEFAULT and (other := default_of(schema, table)) is not None:
        yield Refusal("42P17", f"{table.text} has a default partition already, {other.text}")
    strategy = schema.known(table).strategy
    fits = strategy != "hash" if bound == DEFAULT else _KINDS.get(bound_kind(bound)) == strategy
    if strategy and not fits:
        yield Refusal("42P16", f"{table.text} is partitioned by {strategy}, which has no such partitions")
    elif bound != DEFAULT:
        broken = _broken(schema, table, bound)
        if broken is not None:
            yield broken
            return
        for child in schema.children(table):
            there = schema.known(child).bound
            if there not in ("", DEFAULT) and (why := _clash(schema, table, bound, there)):
                yield Refusal("42P17", f"{why} {child.text}, which is {there}")


def default_of(schema: SchemaState, table: Relation) -> Relation | None:
    """The table's default partition."""
    return next((child for child in schema.children(table) if schema.known(child).bound == DEFAULT), None)


def _broken(schema: SchemaState, table: Relation, bound: str) -> Refusal | None:
    """What PostgreSQL says to the bound whatever others there are."""
    if (hashed := _hash(bound)) is not None:
        modulus, remainder = hashed
        return Refusal("42P16", f"{remainder} is no remainder of {modulus}") if remainder >= modulus else None
    ends = _range(bound, _key_types(schema, table))
    if ends is None:
        return None
    state = schema.known(table)
    width = len(state.partitioned_by or ())
    if not state.computed_key and width and {len(end) for end in ends} != {width}:
        return Refusal("42P16", f"each end has as many values as the key of {table.text} columns, {width}")
    if any(isinstance(one, End) and one is not following for end in ends for one, following in pairwise(end)):
        return Refusal("42804", "behind MINVALUE comes nothing but MINVALUE, and so with MAXVALUE")
    found = _order(*ends)
    return Refusal("42P17", f"no value is within {bound}") if found is not None and found >= 0 else None


def _clash(schema: SchemaState, table: Relation, bound: str, other: str) -> str:
    """Why there can be no partition of the one bound beside one of the other; "": there can, or may."""
    kinds = _key_types(schema, table)
    hashed, hashed_there = _hash(bound), _hash(other)
    if hashed is not None and hashed_there is not None:
        (less, at), (more, place) = sorted((hashed, hashed_there))
        if more % less:
            return f"the modulus {hashed[0]} is no factor or multiple of that of"
        return "it overlaps" if place % less == at else ""
    ends, ends_there = _range(bound, kinds), _range(other, kinds)
    if ends is not None and ends_there is not None:
        return "it overlaps" if _overlap(ends, ends_there) else ""
    listed, listed_there = _listed(bound), _listed(other)
    if _null(listed) and _null(listed_there):
        return "it has NULL, as has"
    values = [value(there, kinds) for there in listed_there]
    shared = (text for text in listed if any(order(value(text, kinds), there) == 0 for there in values))
    return next((f"it has {text}, as has" for text in shared), "")


def _key_types(schema: SchemaState, table: Relation) -> Collection[Type]:
    """The types of the key's columns, in no order; none: not known."""
    state = schema.known(table)
    if state.partitioned_by is None or state.computed_key:
        return ()
    columns = [state.column(name) for name in state.partitioned_by]
    kinds = [column.type for column in columns if column is not None and column.type is not None]
    return kinds if len(kinds) == len(columns) else ()


def _hash(bound: str) -> tuple[int, int] | None:
    found = _HASH.fullmatch(bound.strip())
    return (int(found[1]), int(found[2])) if found is not None else None


def _range(bound: str, kinds: Collection[Type]) -> _Range | None:
    found = _RANGE.fullmatch(bound.strip())
    if found is None:
        return None
    low, high = (tuple(value(one, kinds) for one in _items(end)) for end in found.groups())
    return low, high


def _listed(bound: str) -> list[str]:
    found = _LIST.fullmatch(bound.strip())
    return _items(found[1]) if found is not None else []


def _items(listed: str) -> list[str]:
    return [one.strip() for one in _ITEM.findall(listed.strip()[1:-1])]


def _null(listed: list[str]) -> bool:
    return any(re.fullmatch(r"NULL(?:\s*::.*)?", one, re.IGNORECASE) for one in listed)


def _overlap(one: _Range, other: _Range) -> bool:
    """Whether they certainly have a value in common, neither being empty."""
    if 0 in (_order(one[0], other[0]), _order(one[1], other[1])):
        return True
    starts, there = _order(one[0], other[1]), _order(other[0], one[1])
    return starts is not None and there is not None and starts < 0 and there < 0


def _order(one: tuple[Known, ...], other: tuple[Known, ...]) -> int | None:
    """Which of two ends comes first, column by column; behind MINVALUE and MAXVALUE nothing counts."""
    for mine, theirs in zip(one, other, strict=False):
        found = order(mine, theirs)
        if found != 0 or isinstance(mine, End):
            return found
    return 0

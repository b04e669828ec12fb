"""Whether constraints prove that all rows of a table are within a partition's bound.

PostgreSQL reads the table unless its valid CHECK and NOT NULL constraints imply the bound.
What is decided here is the usual form, one column compared with constants; anything else is
undecided, and told as such.
"""

import re
from collections.abc import Collection, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from enum import Enum

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, literal, named_relation, quote
from schemaguard.schema import TableState

DEFAULT = "DEFAULT"
_RANGE = re.compile(r"FOR\s+VALUES\s+FROM\s*\(([^(),]+)\)\s*TO\s*\(([^(),]+)\)\Z", re.IGNORECASE)
_LIST = re.compile(r"FOR\s+VALUES\s+IN\s*\(([^()]+)\)\Z", re.IGNORECASE)
_HASH = re.compile(
    r"FOR\s+VALUES\s+WITH\s*\(\s*MODULUS\s+(\d+)\s*,\s*REMAINDER\s+(\d+)\s*\)\Z", re.IGNORECASE
)
_OF_HASH = re.compile(r"satisfies_hash_partition\(+'((?:[^']|'')+)'::regclass")
_LISTED = re.compile(r"(?:'(?:[^']|'')*'|[^,'])+")
_COMPARISON = re.compile(r"(?P<column>\w+|\"[^\"]+\")(?P<operator>>=|<=|>|<|=)(?P<value>-?[\d.]+|'[^']*')\Z")
_IN = re.compile(r"(?P<column>\w+|\"[^\"]+\")(?:in|=any)(?P<values>[^a-z]+)\Z")
_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}")
_CAST = re.compile(r"::[a-z_ ]+(?:\(\d+\))?(?:\[\])?")


class Proof(Enum):
    """What can be said of the rows."""

    WITHIN = "within"
    #: No constraint speaks of the column.
    NONE = "none"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class _Range:
    """From ``low``, which is within, up to ``high``, which is not; None: without end."""

    low: str | None
    high: str | None


def proof(state: TableState, key: frozenset[str] | None, bound: str) -> Proof:
    """Whether no row of the table can be outside of the bound of a partition by ``key``."""
    if key is None:
        return Proof.UNDECIDED
    speaking = [c for c in state.checks() if c.valid and c.expression.columns & key]
    if not speaking:
        return Proof.NONE
    if len(key) != 1:
        return Proof.UNDECIDED
    (column,) = key
    own = state.column(column)
    given = own is not None and own.holds_no_null
    conjuncts = [part for check in speaking for part in _conjuncts(check.expression.text)]
    given = given or f"{column}isnotnull" in conjuncts
    if (ranged := _RANGE.match(bound.strip())) is not None:
        wanted = _Range(_value(ranged[1]), _value(ranged[2]))
        return Proof.WITHIN if given and _implied(column, wanted, conjuncts) else Proof.UNDECIDED
    if (listed := _LIST.match(bound.strip())) is not None:
        values = {_value(value) for value in listed[1].split(",")}
        return Proof.WITHIN if given and _among(column, values, conjuncts) else Proof.UNDECIDED
    return Proof.UNDECIDED


def condition(column: str, bound: str) -> str:
    """What a CHECK has to say for a partition by one column to be attached unread; "": we cannot tell."""
    name = quote(column)
    if (within := _between(name, bound)) is not None:
        return " AND ".join((f"{name} IS NOT NULL", *within))
    values, null = _values(bound)
    among = f"{name} IN ({', '.join(values)})" if values else ""
    if null:
        return f"{name} IS NULL OR {among}" if among else f"{name} IS NULL"
    return f"{name} IS NOT NULL AND {among}" if among else ""


def hash_condition(whole: Relation, column: str, bound: str) -> str:
    """The same for a table that is partitioned by hash."""
    found = _HASH.match(bound.strip())
    if found is None:
        return ""
    of = f"{literal(str(whole))}::regclass"
    return f"satisfies_hash_partition({of}, {found[1]}, {found[2]}, {quote(column)})"


def hash_whole(check: str, schema: str) -> Relation | None:
    """The table by whose hash the condition says where a row belongs, which is asked for each row."""
    found = _OF_HASH.search(check)
    return named_relation(found[1].replace("''", "'"), schema) if found else None


def default_condition(column: str, bounds: Collection[str]) -> str:
    """The same for the default partition beside others of these bounds."""
    name = quote(column)
    ranges = [within for bound in bounds if (within := _between(name, bound))]
    if len(ranges) == len(bounds):
        # As the server itself says it: of another form it is not always proved.
        each = " OR ".join(f"({' AND '.join(one)})" for one in ranges)
        return f"NOT ({name} IS NOT NULL AND ({each}))"
    lists = [_values(bound) for bound in bounds]
    if any(not values and not null for values, null in lists):
        return ""
    values = ", ".join(dict.fromkeys(value for listed, _ in lists for value in listed))
    among = f"{name} IN ({values})" if values else ""
    if any(null for _, null in lists):
        return f"NOT ({name} IS NULL OR {among})" if among else f"{name} IS NOT NULL"
    return f"NOT ({name} IS NOT NULL AND {among})"


def _between(name: str, bound: str) -> list[str] | None:
    """The comparisons of a range; None: it is none."""
    ranged = _RANGE.match(bound.strip())
    if ranged is None:
        return None
    low, high = (None if _value(one) is None else one.strip() for one in ranged.groups())
    return [*([f"{name} >= {low}"] if low else []), *([f"{name} < {high}"] if high else [])]


def _values(bound: str) -> tuple[list[str], bool]:
    """The values of a list, and whether NULL is one of them; none where it is no list."""
    listed = _LIST.match(bound.strip())
    found = [value.strip() for value in _LISTED.findall(listed[1])] if listed else []
    values = [value for value in found if not value.upper().startswith("NULL")]
    return values, len(values) < len(found)


def bound_kind(bound: str) -> str:
    """The words of a bound, without its values."""
    return " ".join(bound.upper().partition("(")[0].split())


def _conjuncts(text: str) -> Iterator[str]:
    """What the condition joins by AND, without space, casts and parentheses; nothing if it does more."""
    plain = _CAST.sub("", " ".join(text.split()))
    lower = re.sub(r"('[^']*')|([^']+)", lambda found: found[1] or found[2].lower(), plain)
    if re.search(r"\b(?:or|not\s*\(|between|case)\b", lower):
        return
    for part in re.split(r"\band\b", lower):
        yield re.sub(r"[\s()]+", "", part)


def _comparisons(column: str, conjuncts: Iterable[str]) -> Iterator[tuple[str, str]]:
    for conjunct in conjuncts:
        found = _COMPARISON.match(conjunct)
        if found is not None and found["column"].strip('"') == column:
            yield found["operator"], found["value"]


def _implied(column: str, wanted: _Range, conjuncts: list[str]) -> bool:
    compared = list(_comparisons(column, conjuncts))
    low = wanted.low is None or any(
        operator in (">=", ">", "=") and _at_most(wanted.low, value) for operator, value in compared
    )
    high = wanted.high is None or any(
        (operator == "<" and _at_most(value, wanted.high))
        or (operator in ("<=", "=") and value != wanted.high and _at_most(value, wanted.high))
        for operator, value in compared
    )
    return low and high


def _among(column: str, values: set[str | None], conjuncts: list[str]) -> bool:
    for conjunct in conjuncts:
        found = _IN.match(conjunct)
        if found is not None and found["column"].strip('"') == column:
            given = {_value(value) for value in re.sub(r"array|[\[\]]", "", found["values"]).split(",")}
            return given <= values
    return any(operator == "=" and value in values for operator, value in _comparisons(column, conjuncts))


def _value(text: str) -> str | None:
    """A constant as it is compared; None: MINVALUE or MAXVALUE."""
    plain = _CAST.sub("", text.strip())
    return None if plain.upper() in ("MINVALUE", "MAXVALUE") else plain


def _at_most(one: str, other: str) -> bool:
    """Whether the one constant is certainly not greater than the other."""
    if one == other:
        return True
    try:
        return Decimal(one.strip("'")) <= Decimal(other.strip("'"))
    except InvalidOperation:
        moments = _MOMENT.match(one.strip("'")) and _MOMENT.match(other.strip("'"))
        return bool(moments) and one <= other

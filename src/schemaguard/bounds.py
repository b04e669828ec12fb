"""Whether constraints prove that all rows of a table are within a partition's bound.

PostgreSQL reads the table unless its valid CHECK and NOT NULL constraints imply the bound.
What is decided here is the usual form, one column compared with constants; anything else is
undecided, and told as such.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import Enum

from schemaguard.names import quote
from schemaguard.schema import TableState

DEFAULT = "DEFAULT"
_RANGE = re.compile(r"FOR\s+VALUES\s+FROM\s*\(([^(),]+)\)\s*TO\s*\(([^(),]+)\)\Z", re.IGNORECASE)
_LIST = re.compile(r"FOR\s+VALUES\s+IN\s*\(([^()]+)\)\Z", re.IGNORECASE)
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
    if (ranged := _RANGE.match(bound.strip())) is not None:
        low, high = (None if _value(one) is None else one.strip() for one in ranged.groups())
        parts = [f"{name} IS NOT NULL"]
        parts += [f"{name} >= {low}"] if low is not None else []
        parts += [f"{name} < {high}"] if high is not None else []
        return " AND ".join(parts)
    listed = _LIST.match(bound.strip())
    if listed is None or re.search(r"\bNULL\b", listed[1], re.IGNORECASE):
        return ""
    return f"{name} IS NOT NULL AND {name} IN ({listed[1].strip()})"


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

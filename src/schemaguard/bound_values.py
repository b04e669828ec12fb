"""Values in the bounds of partitions: which of two comes first, as far as their texts say it."""

import re
from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import IntEnum

from schemaguard.column_types import Type, is_built_in

#: A constant: before it perhaps its type, behind it perhaps a cast.
_CONSTANT = re.compile(
    r"(?:[a-z][a-z ]*\s)?\s*(?P<text>'(?:[^']|'')*'|[-+]?(?:\d+\.?\d*|\.\d+)|true|false)"
    r"(?:\s*::[\w\s\"().]+)?",
    re.IGNORECASE,
)
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(:\d\d)?)?([+-]\d\d(?::?\d\d)?|Z)?", re.IGNORECASE)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_WHOLE = ("smallint", "integer", "bigint")
_TRUE, _FALSE = ("t", "true", "y", "yes", "on", "1"), ("f", "false", "n", "no", "off", "0")
#: No clock is farther from UTC.
_FARTHEST = timedelta(hours=16)


class End(IntEnum):
    """What is before all values, and what is behind them."""

    LEAST = -1
    MOST = 1


#: One that can be compared with others of its kind; a text only for equality.
Value = End | Decimal | datetime | str | bool
#: None: the text does not tell it.
Known = Value | None


def value(text: str, kinds: Collection[Type]) -> Known:
    """The value that is written so, for a key whose columns are of these types."""
    plain = text.strip()
    if plain.upper() in ("MINVALUE", "MAXVALUE"):
        return End.LEAST if plain.upper() == "MINVALUE" else End.MOST
    found = _CONSTANT.fullmatch(plain)
    if found is None:
        return None
    quoted = found["text"].startswith("'")
    content = found["text"][1:-1].replace("''", "'") if quoted else found["text"]
    numeric = {kind for kind in kinds if kind.name in (*_WHOLE, "numeric") and not kind.array}
    # Of several columns a number is for one that holds numbers, a string for one that does not.
    meant = set(kinds) if len(set(kinds)) == 1 else numeric if not quoted else set(kinds) - numeric
    return _of_type(content, meant.pop()) if len(meant) == 1 else None


def _of_type(content: str, kind: Type) -> Known:
    if kind.array:
        return content
    match kind.name:
        case "smallint" | "integer" | "bigint" | "numeric":
            return _number(content, kind)
        case "date" | "timestamp without time zone" | "timestamp with time zone":
            return _moment(content, kind.name)
        case "uuid":
            return content.lower() if _UUID.fullmatch(content) else None
        case "boolean":
            low = content.lower()
            return low in _TRUE if low in (*_TRUE, *_FALSE) else None
        case "character":
            return content.rstrip(" ")
        case "text" | "character varying":
            return content
        case _:
            return None if is_built_in(kind) else content


def _number(content: str, kind: Type) -> Known:
    try:
        number = Decimal(content)
    except InvalidOperation:
        return None
    rounded = kind.name in _WHOLE or bool(kind.modifiers)
    return None if not number.is_finite() or (rounded and number != number.to_integral_value()) else number


def _moment(content: str, kind: str) -> Known:
    found = _MOMENT.fullmatch(content.strip())
    if found is None:
        return None
    day, minute, second, offset = found.groups()
    zoned = kind == "timestamp with time zone"
    if zoned and offset is None and minute not in (None, "00:00"):
        return None  # Where clocks are put forward the later one of two is not always behind the other.
    moment = f"{day} {minute or '00:00'}{second or ':00'}" if kind != "date" else day
    try:
        if not zoned or offset is None:
            return datetime.fromisoformat(moment)
        return datetime.fromisoformat(moment + offset.upper()).astimezone(UTC)
    except ValueError:
        return None


def order(one: Known, other: Known) -> int | None:
    """Negative: the one comes first; 0: they are the same; None: that is not known."""
    match one, other:
        case End(), End():
            return one - other
        case End(), _ if other is not None:
            return one
        case _, End() if one is not None:
            return -other
        case Decimal(), Decimal():
            return (one > other) - (one < other)
        case bool(), bool():
            return one - other
        case datetime(), datetime():
            return _of_moments(one, other)
        case str(), str() if one == other:
            return 0
        case str(), str() if _UUID.fullmatch(one) and _UUID.fullmatch(other):
            return (one > other) - (one < other)
        case _:
            return None


def _of_moments(one: datetime, other: datetime) -> int | None:
    if (one.tzinfo is None) is (other.tzinfo is None):
        return (one > other) - (one < other)
    apart = one.replace(tzinfo=UTC) - other.replace(tzinfo=UTC)
    return None if abs(apart) < _FARTHEST else 1 if apart > timedelta() else -1

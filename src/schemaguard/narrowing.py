"""Which type changes lose a part of the values, in silence, and which refuse values that do not fit.

Measured on 14 and 18 with a value of each kind: tests/test_narrowing.py.
"""

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.type_changes import FINEST

_INTEGERS = {"smallint": 5, "integer": 10, "bigint": 19}
#: How many digits a number has at most, the whole ones before the point; a float has all kinds of numbers.
_FLOATS = {"real": 6, "double precision": 15}
_TEXTS = frozenset({"text", "character varying", "character", "bpchar"})
_NUMBERS = {*_INTEGERS, *_FLOATS, "numeric"}
_UNPADDED = frozenset({"text", "character varying"})
_BITS = frozenset({"bit", "bit varying"})
_STAMPS = frozenset({"timestamp without time zone", "timestamp with time zone"})
_FINE = _STAMPS | {"time without time zone", "time with time zone", "interval"}
#: What of a value the other type has no place for.
_WITHOUT = {
    **{(stamp, "date"): "the time of the day" for stamp in _STAMPS},
    **{(stamp, "time without time zone"): "the day" for stamp in _STAMPS},
    ("interval", "time without time zone"): "the days",
    ("time with time zone", "time without time zone"): "the time zone",
    ("json", "jsonb"): "the order of the keys, and those that come twice",
    ("inet", "cidr"): "the address within the network",
}


@dataclass(frozen=True, slots=True)
class Narrowing:
    """What becomes of values that do not fit. One of the two is ""."""

    #: What is gone from the values, in silence: "digits".
    loses: str = ""
    #: The SQLSTATE with which the server refuses the whole statement.
    refuses: str = ""


def widens(old: Type, new: Type) -> bool:
    """Whether both are numbers, or texts, and every value of the old type is one of the new."""
    kin = any(old.name in family and new.name in family for family in (_NUMBERS, _UNPADDED))
    return kin and old.array == new.array and narrowing(old, new, cast=True) is None


def narrowing(old: Type, new: Type, *, cast: bool) -> Narrowing | None:
    """What the new type has no place for; None: every value fits. ``cast``: USING says ``::``."""
    without = _WITHOUT.get((old.name, new.name))
    if without is not None:
        return Narrowing(loses=without)
    if old.name in _TEXTS | _BITS and new.name in _TEXTS | _BITS:
        return _shorter(old, new, cast=cast)
    if old.name in _FINE and new.name in _FINE:
        finer = _number(old, FINEST) > _number(new, FINEST)
        return Narrowing(loses="fractions of a second") if finer else None
    return _of_numbers(old, new)


def _shorter(old: Type, new: Type, *, cast: bool) -> Narrowing | None:
    unlimited = 10**9
    if _number(new, unlimited) >= _number(old, unlimited):
        return None
    if cast:
        return Narrowing(loses="what is longer")
    # A string of bits must be exactly as long, which "bit varying" only bounds.
    return Narrowing(refuses="22026" if new.name == "bit" else "22001")


def _of_numbers(old: Type, new: Type) -> Narrowing | None:
    if old.name in _INTEGERS and new.name in _INTEGERS:
        return Narrowing(refuses="22003") if _INTEGERS[old.name] > _INTEGERS[new.name] else None
    if old.name not in {*_INTEGERS, *_FLOATS, "numeric"}:
        return None
    if new.name in _FLOATS:
        digits = _INTEGERS.get(old.name) or _FLOATS.get(old.name) or _number(old, 10**6)
        return Narrowing(loses="digits") if digits > _FLOATS[new.name] else None
    if new.name in _INTEGERS and old.name not in _INTEGERS:
        if old.modifiers and _scale(old) == 0:
            return Narrowing(refuses="22003") if _number(old, 0) >= _INTEGERS[new.name] else None
        return Narrowing(loses="what is behind the point")
    if old.name in _FLOATS and new.name == "numeric":
        # It takes 6 of a real, and 15 of a double: fewer than tell it from the next.
        return Narrowing(loses="digits behind the point" if new.modifiers else "digits")
    if new.name != "numeric" or not new.modifiers:
        return None
    if old.name == "numeric" and (not old.modifiers or _scale(old) > _scale(new)):
        return Narrowing(loses="digits behind the point")
    whole = _INTEGERS.get(old.name) or _number(old, 0) - _scale(old)
    return Narrowing(refuses="22003") if whole > _number(new, 0) - _scale(new) else None


def _number(column_type: Type, default: int) -> int:
    """The first modifier; ``default`` where there is none."""
    first = column_type.modifiers[0] if column_type.modifiers else ""
    return int(first) if first.isdecimal() else default


def _scale(column_type: Type) -> int:
    scale = column_type.modifiers[1] if len(column_type.modifiers) > 1 else "0"
    return int(scale) if scale.lstrip("-").isdecimal() else 0

"""What ALTER COLUMN ... TYPE does to the rows, as measured: see type_changes.json."""

from collections.abc import Mapping
from dataclasses import replace
from enum import Enum
from functools import cache
from pathlib import Path

from schemaguard.column_types import Type
from schemaguard.dataclass import dataclass
from schemaguard.server import Server

FILE = Path(__file__).with_name("type_changes.json")


class TypeChange(Enum):
    """What becomes of the rows and of plain indexes. The value is the mark in the file."""

    #: The rows stay as they are, and the indexes too.
    NOTHING = "="
    #: The rows stay as they are; the column's indexes are built anew.
    INDEXES = "i"
    REWRITE = "R"


class Growth(Enum):
    """Which other modifiers of a type leave the rows as they are. The value is the name in the file."""

    #: None at all, or a greater one.
    LONGER = "longer"
    #: None at all, or more digits of which the same number is behind the point.
    MORE_DIGITS = "more digits"
    #: A greater one; none at all is 6.
    FINER = "finer"
    #: Only none at all.
    UNLIMITED = "unlimited"


#: Which values of a type stay as they are when another modifier is given.
_WITHIN = {
    Growth.LONGER: "and no longer",
    Growth.MORE_DIGITS: "with no more digits and the same scale",
    Growth.FINER: "and no finer",
    Growth.UNLIMITED: "with the same modifiers",
}

#: What a time without a precision has.
FINEST = 6


@dataclass(frozen=True, slots=True)
class Measured:
    """The file's contents for some majors."""

    marks: Mapping[tuple[str, str], str]
    growth: Mapping[str, Growth]
    #: Pairs which are better than that where the session's time zone is one of ``utc``.
    in_utc: Mapping[tuple[str, str], str]
    utc: frozenset[str]


def type_change(old: Type | None, new: Type, server: Server) -> TypeChange:
    """What it does on the worst of the majors that the server may be; all unknown is a rewrite."""
    if old is None:
        return TypeChange.REWRITE
    if old == new:
        return TypeChange.NOTHING
    found = {_on(major, old, new, server.time_zone) for major in server.majors}
    return next((c for c in (TypeChange.REWRITE, TypeChange.INDEXES) if c in found), TypeChange.NOTHING)


def free_from(new: Type, server: Server) -> str:
    """The types whose values stay as they are, in words: ``character varying or text``."""
    names = [new.name]
    for old, to in measured()[max(server.majors)].marks:
        # Which modifiers the old type may have is said below.
        kept = type_change(Type(old.removesuffix("[]"), (), old.endswith("[]")), new, server)
        if to == _named(new) and old not in (_named(new), new.name) and kept is not TypeChange.REWRITE:
            names.append(old)
    names[0] = _named(new)
    if not new.modifiers:
        return " or ".join(names)
    growth = measured()[max(server.majors)].growth.get(_named(new))
    return f"{_named(new)} already, {_WITHIN[growth] if growth else f'as {new}'}"


def _on(major: int, old: Type, new: Type, time_zone: str | None) -> TypeChange:
    known = measured().get(major)
    if known is None:
        return TypeChange.REWRITE
    if (old.name, old.array) == (new.name, new.array):
        return TypeChange.NOTHING if _grows(known, old, new) else TypeChange.REWRITE
    pair = (_named(old), _named(new))
    mark = known.marks.get(pair, TypeChange.REWRITE.value)
    if time_zone in known.utc:
        mark = known.in_utc.get(pair, mark)
    # The conversion gives a value without modifiers, from which these would have to be made.
    if mark not in ("=", "i") or not _grows(known, replace(new, modifiers=()), new):
        return TypeChange.REWRITE
    return TypeChange(mark)


def _grows(known: Measured, old: Type, new: Type) -> bool:
    if old.modifiers == new.modifiers:
        return True
    growth = known.growth.get(_named(new))
    if growth is None or not all(number.isdecimal() for number in (*old.modifiers, *new.modifiers)):
        return False
    before = [int(number) for number in old.modifiers]
    after = [int(number) for number in new.modifiers]
    match growth:
        case Growth.FINER:
            return (after or [FINEST])[0] >= (before or [FINEST])[0]
        case Growth.UNLIMITED:
            return not after
        case Growth.LONGER:
            return not after or (bool(before) and after[0] >= before[0])
        case Growth.MORE_DIGITS:
            return not after or (bool(before) and after[0] >= before[0] and after[1] == before[1])


def _named(column_type: Type) -> str:
    return column_type.name + ("[]" if column_type.array else "")


@cache
def measured() -> Mapping[int, Measured]:
    """The file's contents by major."""
    import json  # Few files change a type.

    file = json.loads(FILE.read_text())
    types = file["types"]
    found = {}
    for group in file["measured"]:
        marks = {
            (old, new): mark
            for old, row in group["pairs"].items()
            for new, mark in zip(types, row, strict=True)
        }
        known = Measured(
            marks=marks,
            growth={name: Growth(rule) for name, rule in group["modifiers"].items()},
            in_utc={(old, new): mark for old, new, mark in group["where the time zone is UTC"]},
            utc=frozenset(group["names of UTC"]),
        )
        found.update(dict.fromkeys(group["majors"], known))
    return found

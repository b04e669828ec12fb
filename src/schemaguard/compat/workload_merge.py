"""Several workloads become one, the same whatever their order and however often each is there."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import reduce
from itertools import zip_longest

from schemaguard.compat.parameters import squeezed
from schemaguard.compat.workload_types import Cover, Parameter, Query, Workload
from schemaguard.errors import UsageError

#: A statement that is sent from many places names the first of them.
PLACES = 8

# As many placeholders as there happened to be values.
_ONE = r"\$N(?: :: [\w\[\]]+)*"
_LIST = re.compile(rf"\bIN \( {_ONE}(?: , {_ONE})* \)", re.IGNORECASE)
_ROWS = re.compile(r"(VALUES \((?:[^()]|\([^()]*\))*\))(?: , \((?:[^()]|\([^()]*\))*\))+", re.IGNORECASE)


def merged(workloads: Iterable[Workload], *, app: str = "", version: str = "", role: str = "") -> Workload:
    """All that any of them has. Where they do not agree on a name, it has to be given."""
    parts = list(workloads)
    covers = [part.cover for part in parts if part.cover is not None]
    return Workload(
        app=app or _one(parts, "app", lambda part: part.app),
        version=version or _one(parts, "version", lambda part: part.version),
        role=role or _one(parts, "role", lambda part: part.role),
        driver=" + ".join(sorted({one for part in parts for one in part.driver.split(" + ") if one})),
        statements=_statements(statement for part in parts for statement in part.statements),
        unrecorded=tuple(sorted({one for part in parts for one in part.unrecorded})),
        cover=_cover(covers) if covers else None,
    )


def without_sizes(statements: Iterable[Query]) -> Iterator[Query]:
    """Of statements that differ only in how many values a list has: the shortest and the longest."""
    groups: dict[str, list[Query]] = {}
    for statement in statements:
        shape = re.sub(r"\$\d+", "$N", squeezed(statement.sql))
        shape = _ROWS.sub(r"\1", _LIST.sub("IN ( $N* )", shape))
        groups.setdefault(shape, []).append(statement)
    for group in groups.values():
        ordered = sorted(group, key=lambda one: (len(one.parameters), squeezed(one.sql)))
        yield ordered[0]
        if len(ordered) > 1:
            yield ordered[-1]


def by_place(place: str) -> tuple[bool, str, int]:
    """In order of path and line, places in tests last: the application's own function gives the name."""
    path, _, line = place.rpartition(":")
    name = path.rpartition("/")[2]
    in_tests = name.startswith(("test_", "conftest")) or "tests/" in f"{path}/"
    return in_tests, path, int(line) if line.isdecimal() else 0


def _one(parts: list[Workload], what: str, of: Callable[[Workload], str]) -> str:
    names = sorted({name for part in parts if (name := of(part))})
    if len(names) > 1:
        raise UsageError(
            f"these are workloads of more than one {what}: {', '.join(names)}",
            advice=f"If they belong together all the same, say what they are with --{what}.",
        )
    return names[0] if names else ""


def _statements(statements: Iterable[Query]) -> tuple[Query, ...]:
    groups: dict[str, list[Query]] = {}
    for statement in statements:
        groups.setdefault(statement.id, []).append(statement)
    found = without_sizes(reduce(_both, group, group[0]) for group in groups.values())
    return tuple(sorted(found, key=lambda statement: statement.id))


def _both(one: Query, other: Query) -> Query:
    pairs = zip_longest(one.parameters, other.parameters, fillvalue=Parameter(()))
    places = sorted({*one.origin, *other.origin}, key=lambda place: (by_place(place), place))
    return replace(
        one,
        name=min(one.name, other.name, key=_by_name),
        sql=min(one.sql, other.sql),
        parameters=tuple(_parameter(*pair) for pair in pairs),
        many=one.many or other.many,
        origin=tuple(places[:PLACES]),
    )


def _by_name(name: str) -> tuple[bool, bool, str]:
    """A name before none, and one of the application before one of its tests."""
    return not name, name.startswith(("test_", "conftest")), name


def _parameter(one: Parameter, other: Parameter) -> Parameter:
    return Parameter(
        types=tuple(sorted({*one.types, *other.types})),
        null=one.null or other.null,
        objects=tuple(sorted({*one.objects, *other.objects})),
    )


def _cover(covers: list[Cover]) -> Cover:
    seen = {place for cover in covers for place in cover.seen}
    unseen = {place for cover in covers for place in cover.unseen} - seen
    return Cover(_in_order(seen), _in_order(unseen))


def _in_order(places: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(places, key=lambda place: (by_place(place), place)))

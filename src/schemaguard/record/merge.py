"""What was noted of an application becomes one workload."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from schemaguard.compat.parameters import Style, numbered, squeezed
from schemaguard.compat.workload import Parameter, Query, Workload, query
from schemaguard.compat.workload_merge import PLACES, by_place, without_sizes
from schemaguard.dataclass import dataclass
from schemaguard.record.call_sites import cover_of
from schemaguard.record.names import Names

_STYLES = {
    "numeric_dollar": Style.NUMBERED,
    "numeric": Style.NAMED,
    "named": Style.NAMED,
    "pyformat": Style.PYFORMAT,
    "format": Style.PYFORMAT,
    "qmark": Style.QMARK,
    "literal": Style.LITERAL,
}


@dataclass(slots=True)
class _Seen:
    """All that was noted of one statement."""

    sql: str
    keys: tuple[str, ...]
    types: dict[str, set[str]] = field(default_factory=dict)
    objects: dict[str, set[str]] = field(default_factory=dict)
    null: set[str] = field(default_factory=set)
    many: bool = False
    places: set[tuple[str, str]] = field(default_factory=set)

    def query(self) -> Query:
        """The statement as the workload keeps it."""
        places = sorted(self.places, key=lambda place: (by_place(place[0]), place))
        parameters = (
            Parameter(
                types=tuple(sorted(self.types.get(key, {""}))),
                null=key in self.null,
                objects=tuple(sorted(self.objects.get(key, ()))),
            )
            for key in self.keys
        )
        name = next((name for _, name in places if name), "")
        origin = tuple(dict.fromkeys(place for place, _ in places if place))[:PLACES]
        return query(self.sql, name, parameters, many=self.many, origin=origin)


def merge(lines: Iterable[Mapping[str, object]], names: Names, source: Path | None = None) -> Workload:
    """One workload of all notes, the same whatever their order; ``source`` is where their places are."""
    statements: dict[str, _Seen] = {}
    drivers: set[str] = set()
    unrecorded: set[str] = set()
    places: set[str] = set()
    for line in lines:
        place = str(line.get("place", ""))
        places.add(place)
        drivers.add(str(line["driver"]))
        if "unrecorded" in line:
            at = f" sent at {place or 'an unknown place'}" if "place" in line else ""
            unrecorded.add(f"{line['unrecorded']}{at}")
            continue
        _add(statements, line)
    queries = {made.id: made for made in without_sizes(seen.query() for seen in statements.values())}
    return Workload(
        version=names.version,
        app=names.app,
        driver=" + ".join(sorted(drivers)),
        role=names.role,
        statements=tuple(queries[id_] for id_ in sorted(queries)),
        unrecorded=tuple(sorted(unrecorded)),
        cover=None if source is None else cover_of(source, places),
    )


def lines_of(notes: Path) -> Iterator[dict[str, object]]:
    """What the processes wrote into a directory."""
    for file in sorted(notes.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


def _add(statements: dict[str, _Seen], line: Mapping[str, object]) -> None:
    made = numbered(str(line["sql"]), _STYLES[str(line["style"])])
    seen = statements.setdefault(squeezed(made.sql), _Seen(made.sql, made.keys))
    types, objects = line["types"], line["objects"]
    assert isinstance(types, dict)
    assert isinstance(objects, dict)
    # Two texts that differ in the names of their parameters only are one statement.
    for theirs, ours in zip(made.keys, seen.keys, strict=True):
        type_, null = types.get(theirs, ("", False))
        if null:
            seen.null.add(ours)
        else:
            seen.types.setdefault(ours, set()).add(type_)
        if theirs in objects:
            seen.objects.setdefault(ours, set()).add(objects[theirs])
    seen.many = seen.many or bool(line["many"])
    # The text of the first in order, so that the order of the notes does not matter.
    seen.sql = min(seen.sql, made.sql)
    seen.places.add((str(line.get("place", "")), str(line.get("name", ""))))

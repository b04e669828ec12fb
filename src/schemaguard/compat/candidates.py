"""Values to try a statement with: taken from rows that are there, and from rows that could be."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from schemaguard.compat.hints import ColumnReference, Hints, Role, Use
from schemaguard.compat.observation import Row, Vector
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass

#: More than these are not tried at home.
TRIES = 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Rows of a table; ``spare`` ones could be inserted, and are not there."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    spare: tuple[Row, ...] = ()

    def value(self, rows: Sequence[Row], number: int, column: str) -> str | None:
        """The column's value in one of the rows, counted round."""
        return rows[number % len(rows)][self.columns.index(column)] if rows else None


#: By (schema, name).
Samples = Mapping[tuple[str, str], Sample]


@dataclass(frozen=True, slots=True)
class _Choice:
    """Which rows to take values from, and which parameters are NULL."""

    row: int
    spare: int
    null: frozenset[int] = frozenset()
    #: New rows with the values of old ones: for ON CONFLICT.
    collide: bool = False
    #: Only this parameter has the value of an old row.
    like: int = 0
    #: Compared with values that no row has.
    miss: bool = False


def candidates(query: Query, hints: Hints, samples: Samples, types: Sequence[str]) -> Iterator[Vector]:
    """Vectors to try, the most promising first. ``types`` are those that the server described."""
    declared = type_vectors(query)
    seen: set[Vector] = set()
    for number, choice in enumerate(_choices(query)):
        values = tuple(
            _of_parameter(query, place, choice)
            or _value(hints.uses.get(place, Use()), hints, samples, _for(place, choice), type_)
            if place not in choice.null
            else None
            for place, type_ in enumerate(types, 1)
        )
        vector = Vector(declared[number % len(declared)], values)
        if vector not in seen:
            seen.add(vector)
            yield vector


def edges(query: Query, hints: Hints, samples: Samples, types: Sequence[str]) -> Iterator[Vector]:
    """Values to write that are as long, as great or as late as types take them: all, then one by one."""
    if not may_write(query):
        return
    usual = _Choice(row=0, spare=1)
    values = [
        _of_parameter(query, place, usual)
        or _value(hints.uses.get(place, Use()), hints, samples, usual, type_)
        for place, type_ in enumerate(types, 1)
    ]
    far = {
        place: _EDGES[type_.partition("(")[0]]
        for place, type_ in enumerate(types)
        if hints.uses.get(place + 1, Use()).role in (Role.INSERTED, Role.ASSIGNED)
        and type_.partition("(")[0] in _EDGES
    }
    for places in (far.keys(), *([place] for place in far)):
        changed = tuple(far[n] if n in places else value for n, value in enumerate(values))
        yield Vector(type_vectors(query)[0], changed)


def may_write(query: Query) -> bool:
    """Whether it may write rows that others meet."""
    return query.kind in ("insert", "update", "merge")


def writing(query: Query, hints: Hints, samples: Samples, types: Sequence[str], turn: int) -> Vector | None:
    """Values with which it writes rows that no other statement writes; None: it writes none.

    ``turn``: 0 for the baseline, 1 for the canary. Rows are not deleted: what is gone, nobody trips over.
    """
    if not may_write(query) or (not query.parameters and query.kind == "update"):
        return None
    # New rows point to all old ones in turn: those of the canary to the last, which others may delete.
    choice = _Choice(row=4, spare=(3, 4)[turn] if query.kind == "insert" else (2, 5)[turn])
    values = tuple(
        _of_parameter(query, place, choice)
        or _value(hints.uses.get(place, Use()), hints, samples, choice, type_)
        for place, type_ in enumerate(types, 1)
    )
    return Vector(type_vectors(query)[0], values)


def _for(place: int, choice: _Choice) -> _Choice:
    return replace(choice, collide=True) if place == choice.like else choice


def type_vectors(query: Query) -> tuple[tuple[str, ...], ...]:
    """The declared types, in as many combinations as bring each type of each parameter once."""
    most = max((len(parameter.types) for parameter in query.parameters), default=1)
    return tuple(
        tuple(parameter.types[number % len(parameter.types)] for parameter in query.parameters)
        for number in range(most)
    )


def _choices(query: Query) -> Iterator[_Choice]:
    nullable = [place for place, parameter in enumerate(query.parameters, 1) if parameter.null]
    yield from (_Choice(0, 0), _Choice(1, 1), _Choice(0, 0, collide=True))
    yield from (_Choice(0, 0, frozenset([place])) for place in nullable[:3])
    if len(nullable) > 1:
        yield _Choice(1, 1, frozenset(nullable))
    yield from (_Choice(3, 1), _Choice(2, 0), _Choice(0, 1, miss=True))
    if query.kind == "insert" and len(query.parameters) > 1:
        yield from (_Choice(0, 0, like=place) for place in range(1, min(len(query.parameters), 4) + 1))
    yield from (_Choice(number, number % 2) for number in range(4, TRIES))


def _of_parameter(query: Query, place: int, choice: _Choice) -> str:
    """The name that the code itself sends; "": it sends none."""
    objects = query.parameters[place - 1].objects if place <= len(query.parameters) else ()
    return objects[choice.row % len(objects)] if objects else ""


def _value(use: Use, hints: Hints, samples: Samples, choice: _Choice, type_: str) -> str | None:
    if use.role is Role.LIMIT:
        return "10" if choice.row % 2 == 0 else "1"
    found = _sample(use, hints, samples)
    if found is None or use.role is Role.FREE:
        return by_type(type_, choice.row)
    sample, column = found
    match use.role:
        case Role.INSERTED | Role.ASSIGNED if not choice.collide:
            value = sample.value(sample.spare or sample.rows, choice.spare, column)
            # NULL is sent only where it was seen.
            return by_type(type_, choice.spare) if value is None else value
        case Role.LOWER:
            number = 0
        case Role.UPPER:
            number = min(2, len(sample.rows) - 1)
        case _:
            number = choice.row
    rows = sample.spare if choice.miss else sample.rows
    value = sample.value(rows, number, column)
    if value is None:
        value = next((v for n in range(len(rows)) if (v := sample.value(rows, n, column)) is not None), None)
    if value is None:
        return by_type(type_, choice.row)
    return _array(value) if use.array else value


def _sample(use: Use, hints: Hints, samples: Samples) -> tuple[Sample, str] | None:
    if use.place is not None and not use.columns:
        target = _named(hints.tables.get(hints.target), samples)
        if target is not None and use.place < len(target.columns):
            return target, target.columns[use.place]
        return None
    for reference in use.columns:
        for sample in _tables(use, reference, hints, samples):
            if reference.name in sample.columns:
                return sample, reference.name
    return None


def _tables(use: Use, reference: ColumnReference, hints: Hints, samples: Samples) -> Iterator[Sample]:
    if reference.qualifier:
        names = [hints.tables.get(reference.qualifier)]
    elif use.role is Role.INSERTED:
        names = [hints.tables.get(hints.target)]
    else:
        names = list(hints.tables.values())
    for name in names:
        sample = _named(name, samples)
        if sample is not None:
            yield sample


def _named(name: tuple[str, str] | None, samples: Samples) -> Sample | None:
    if name is None:
        return None
    if name[0]:
        return samples.get(name)
    return next((sample for (_, table), sample in samples.items() if table == name[1]), None)


def _array(value: str) -> str:
    quoted = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'{{"{quoted}"}}'


_BY_TYPE = {
    "boolean": ("true", "false"),
    "smallint": ("1", "2"),
    "integer": ("1", "2"),
    "bigint": ("1", "2"),
    "numeric": ("1.5", "2"),
    "real": ("1.5", "2"),
    "double precision": ("1.5", "2"),
    "date": ("2024-01-02", "2024-02-03"),
    "timestamp without time zone": ("2024-01-02 03:04:05", "2024-02-03 04:05:06"),
    "timestamp with time zone": ("2024-01-02 03:04:05+00", "2024-02-03 04:05:06+00"),
    "time without time zone": ("03:04:05", "04:05:06"),
    "interval": ("1 day", "2 days"),
    "uuid": ("00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"),
    "json": ('{"a": 1}', "{}"),
    "jsonb": ('{"a": 1}', "{}"),
    "bytea": ("\\x01", "\\x02"),
    "inet": ("10.0.0.1", "10.0.0.2"),
    "jsonpath": ("$.a", "$"),
    "tsquery": ("'a'", "'b'"),
}


_EDGES = {
    "text": "x" * 300,
    "character varying": "x" * 300,
    "smallint": "32767",
    "integer": "2147483647",
    "bigint": "9223372036854775807",
    "numeric": "12345678901.123456",
    "date": "2199-12-31",
    "timestamp without time zone": "2199-12-31 23:59:59.999999",
    "timestamp with time zone": "2199-12-31 23:59:59.999999+00",
}


def by_type(type_: str, number: int) -> str:
    """Some value of the type."""
    if type_.endswith("[]"):
        return f"{{{by_type(type_[:-2], number)}}}"
    pool = _BY_TYPE.get(type_.partition("(")[0], ("a", "b"))
    return pool[number % len(pool)]

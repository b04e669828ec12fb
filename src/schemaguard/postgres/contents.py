"""The rows of the users' own tables, so that those of two databases can be compared."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import psycopg
from psycopg import sql

from schemaguard.postgres.sample_tables import TABLES

Row = Mapping[str, object]

_POSITIONS = """
SELECT format('%I.%I', schemaname, sequencename), last_value, increment_by FROM pg_sequences
WHERE schemaname <> 'schemaguard'
"""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a database at one moment."""

    #: Table to its rows; of a partitioned table all of its parts'.
    rows: Mapping[str, tuple[Row, ...]]
    #: Sequence to the number that it gave last, a later one being greater; None: none yet.
    positions: Mapping[str, int | None]

    def __len__(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.rows.values()))


def read_contents(conn: psycopg.Connection) -> Contents:
    """What is there now."""
    rows = {}
    for _, schema, table in conn.execute(TABLES).fetchall():
        if schema != "schemaguard":
            query = sql.SQL("SELECT to_jsonb(t)::text FROM {} AS t").format(sql.Identifier(schema, table))
            # Numbers as they are written: a float has not all of a numeric's digits.
            rows[f"{schema}.{table}"] = tuple(
                json.loads(text, parse_float=str, parse_int=str) for (text,) in conn.execute(query).fetchall()
            )
    positions = {
        name: None if last is None else last * (1 if step > 0 else -1)
        for name, last, step in conn.execute(_POSITIONS).fetchall()
    }
    return Contents(rows, positions)


def varying(one: Contents, other: Contents) -> Mapping[str, frozenset[str]]:
    """Table to the columns that are not the same in two databases that were made alike: clocks, chance."""
    return {
        table: frozenset(
            column for column in _columns(rows) if _values(rows, column) != _values(also, column)
        )
        for table, rows in one.rows.items()
        if (also := other.rows.get(table)) is not None
    }


def unlike(
    said: Contents, seen: Contents, apart_from: Mapping[str, Collection[str]] = MappingProxyType({})
) -> Iterator[str]:
    """Where what is seen is not what was said, a line for each table or sequence.

    ``apart_from`` these columns of each table.
    """
    for table in sorted(said.rows.keys() & seen.rows.keys()):
        without = apart_from.get(table, ())
        ours, theirs = (Counter(_lines(rows[table], without)) for rows in (said.rows, seen.rows))
        missing, more = ours - theirs, theirs - ours
        if missing or more:
            example = next(iter(more or missing))
            yield (
                f"{table}: {missing.total()} of {ours.total()} rows are missing, {more.total()} are others, "
                f"such as {example}"
            )
    for sequence in sorted(said.positions.keys() & seen.positions.keys()):
        given, gives = said.positions[sequence], seen.positions[sequence]
        if given is not None and (gives is None or gives < given):
            yield f"sequence {sequence} is at {gives}, and will give again what it gave up to {given}"


def _lines(rows: Iterable[Row], without: Collection[str]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({name: row[name] for name in sorted(row) if name not in without}, ensure_ascii=False)


def _columns(rows: Iterable[Row]) -> set[str]:
    return {name for row in rows for name in row}


def _values(rows: Iterable[Row], column: str) -> Counter[str]:
    return Counter(json.dumps(row.get(column)) for row in rows)

"""The rows of the users' own tables, so that those of two databases can be compared."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

import psycopg
from psycopg import sql

from schemaguard.dataclass import dataclass
from schemaguard.postgres.repeating import ask
from schemaguard.postgres.sample_tables import TABLES

Row = Mapping[str, object]
#: Table to some of its columns.
Columns = Mapping[str, Collection[str]]

_POSITIONS = """
SELECT format('%I.%I', schemaname, sequencename), last_value, increment_by FROM pg_sequences
WHERE schemaname <> 'schemaguard'
"""
_NUMBERED = """
SELECT n.nspname || '.' || c.relname, a.attname, format('%I.%I', o.nspname, s.relname), q.seqincrement > 0
FROM pg_sequence q
JOIN pg_class s ON s.oid = q.seqrelid
JOIN pg_namespace o ON o.oid = s.relnamespace
JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = s.oid AND d.deptype IN ('a', 'i')
                AND d.refclassid = 'pg_class'::regclass
JOIN pg_class c ON c.oid = d.refobjid
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid
"""

#: Tables that one query reads: an answer takes longer to ask for than to give.
AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a database at one moment."""

    #: Table to its rows; of a partitioned table all of its parts'.
    rows: Mapping[str, tuple[Row, ...]]
    #: Sequence to the number that it gave last, a later one being greater; None: none yet.
    positions: Mapping[str, int | None]
    #: Table and column to the sequence that belongs to it, and whether that counts up.
    numbered: Mapping[tuple[str, str], tuple[str, bool]]

    def __len__(self) -> int:
        """How many rows there are."""
        return sum(map(len, self.rows.values()))


def read_contents(conn: psycopg.Connection) -> Contents:
    """What is there now."""
    cursor = conn.cursor()
    tables = [(schema, name) for _, schema, name in ask(cursor, TABLES) if schema != "schemaguard"]
    rows: dict[str, list[Row]] = {".".join(table): [] for table in tables}
    for some in (tables[begin : begin + AT_ONCE] for begin in range(0, len(tables), AT_ONCE)):
        query = sql.SQL(" UNION ALL ").join(
            sql.SQL("SELECT {}, to_jsonb(t)::text FROM {} AS t").format(
                ".".join(table), sql.Identifier(*table)
            )
            for table in some
        )
        for table, text in conn.execute(query).fetchall():
            # Numbers as they are written: a float has not all of a numeric's digits.
            rows[table].append(json.loads(text, parse_float=str, parse_int=str))
    positions = {
        name: None if last is None else last * (1 if step > 0 else -1)
        for name, last, step in ask(cursor, _POSITIONS)
    }
    numbered = {(table, column): (sequence, up) for table, column, sequence, up in ask(cursor, _NUMBERED)}
    return Contents({table: tuple(found) for table, found in rows.items()}, positions, numbered)


@contextmanager
def sequences_kept(conn: psycopg.Connection) -> Iterator[None]:
    """Set the sequences back where they were: no transaction that is rolled back does."""
    asked = {
        name: sql.SQL("SELECT last_value, is_called FROM {}").format(sql.Identifier(*name))
        for name in conn.execute("SELECT schemaname, sequencename FROM pg_sequences").fetchall()
    }
    before = {name: conn.execute(query).fetchone() for name, query in asked.items()}
    yield
    for name, query in asked.items():
        if conn.execute(query).fetchone() != before[name]:
            quoted = sql.Identifier(*name).as_string(conn)
            conn.execute("SELECT setval(%s, %s, %s)", (quoted, *(before[name] or ())))


def varying(one: Contents, other: Contents) -> Mapping[str, frozenset[str]]:
    """Table to the columns that are not the same in two databases that were made alike: clocks, chance."""
    return {
        table: frozenset(
            column for column in _columns(rows) if _values(rows, column) != _values(also, column)
        )
        for table, rows in one.rows.items()
        if (also := other.rows.get(table)) is not None
    }


def unlike(said: Contents, seen: Contents, apart_from: Columns = MappingProxyType({})) -> Iterator[str]:
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


def numbered_anew(before: Contents, after: Contents) -> Mapping[str, frozenset[str]]:
    """Table to the columns that have come with a sequence: which row has which number is not said."""
    found: dict[str, set[str]] = {}
    for (table, column), (sequence, _) in after.numbered.items():
        if (table, column) not in before.numbered and sequence not in before.positions:
            found.setdefault(table, set()).add(column)
    return {table: frozenset(columns) for table, columns in found.items()}


def misnumbered(said: Contents, seen: Contents, columns: Columns) -> Iterator[str]:
    """Where rows are not numbered as they were said to be, but for which of them has which number."""
    for table, column in ((table, column) for table, names in columns.items() for column in sorted(names)):
        ours, theirs = (_numbers(rows.get(table, ()), column) for rows in (said.rows, seen.rows))
        if len(ours) != len(theirs):
            yield f"{table}.{column} has {len(theirs)} different numbers, not {len(ours)}"
        _, up = said.numbered[table, column]
        first = min if up else max
        if ours and theirs and first(*ours, *theirs) != first(ours):
            yield f"{table}.{column} is {first(theirs)} in a row: its sequence begins at {first(ours)}"


def together(one: Columns, other: Columns) -> Columns:
    """The columns of both."""
    return {table: {*one.get(table, ()), *other.get(table, ())} for table in {*one, *other}}


def _numbers(rows: Iterable[Row], column: str) -> set[int]:
    return {int(str(row[column])) for row in rows if row.get(column) is not None}


def _lines(rows: Iterable[Row], without: Collection[str]) -> Iterator[str]:
    for row in rows:
        yield json.dumps({name: row[name] for name in sorted(row) if name not in without}, ensure_ascii=False)


def _columns(rows: Iterable[Row]) -> set[str]:
    return {name for row in rows for name in row}


def _values(rows: Iterable[Row], column: str) -> Counter[str]:
    return Counter(json.dumps(row.get(column)) for row in rows)

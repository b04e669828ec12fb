"""Gives made-up texts the form that a migration wants to see: numbers, days, values of an enum.

The server is the judge: it names the text that it does not understand, and the type that was expected.
"""

import re
from collections.abc import Iterator, MutableMapping
from dataclasses import field, replace

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import Sample
from schemaguard.dataclass import dataclass
from schemaguard.postgres.sample_tables import Name, SampleColumn
from schemaguard.postgres.sample_values import value_of

_NOT_UNDERSTOOD = re.compile(
    r'invalid input (?:syntax for type|value for enum) (?P<type>.+?)(?:: "(?P<value>.*)")?'
)
_TOKEN = re.compile(r'Token "(?P<value>.+)" is invalid\.')
_LABELS = """
SELECT array_agg(enumlabel::text ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = to_regtype(%s)
"""


@dataclass(slots=True)
class Fitting:
    """The rows as they were made, and what has become of them since."""

    samples: MutableMapping[Name, Sample]
    #: What is to be said of it.
    notes: list[str] = field(default_factory=list)
    #: Columns that have been given other values, which is done once.
    given: set[tuple[Name, str]] = field(default_factory=set)

    def fit(self, conn: psycopg.Connection, trial: psycopg.Connection, error: psycopg.Error) -> bool:
        """Whether rows that hold the text which was not understood have been changed.

        ``conn`` is where the rows are as they were made, ``trial`` where the migration failed.
        """
        found = _NOT_UNDERSTOOD.fullmatch(error.diag.message_primary or "")
        if found is None:
            return False
        token = _TOKEN.match(error.diag.message_detail or "")
        value = found["value"] or (token["value"] if token else "")
        wanted = _column(trial, found["type"])
        for name, column in self._holding(value):
            if self._give(conn, name, column, wanted):
                self.notes.append(
                    f"{'.'.join(name)}.{column}: the migration refused generated rows ({error.sqlstate}"
                    f" {found[0]}), and got others, of the form of {wanted.type}; see that yours are"
                )
                return True
        return False

    def _holding(self, value: str) -> Iterator[tuple[Name, str]]:
        """The columns that hold the value; then those of which it is a part, or which are a part of it."""
        cells = [
            (cell != value, name, column)
            for name, sample in self.samples.items()
            for row in sample.rows
            for column, cell in zip(sample.columns, row, strict=True)
            if value and cell and (value in cell or (len(cell) > 2 and cell in value))
        ]
        yield from dict.fromkeys((name, column) for _, name, column in sorted(cells))

    def _give(self, conn: psycopg.Connection, name: Name, column: str, wanted: SampleColumn) -> bool:
        """Whether each row of the table has another value in the column, of the type that is wanted."""
        if (name, column) in self.given:
            return False
        self.given.add((name, column))
        sample = self.samples[name]
        place = sample.columns.index(column)
        update = sql.SQL("UPDATE {0} SET {1} = %s WHERE {1}::text = %s").format(
            sql.Identifier(*name), sql.Identifier(column)
        )
        rows = []
        try:
            with conn.transaction():
                for number, row in enumerate(sample.rows, start=1):
                    new = None if row[place] is None else value_of(wanted, number)
                    if new is not None:
                        conn.execute(update, [new, row[place]])
                    rows.append((*row[:place], new, *row[place + 1 :]))
        except psycopg.Error:
            return False  # A constraint wants to see something else.
        self.samples[name] = replace(sample, rows=tuple(rows))
        return tuple(rows) != sample.rows


def _column(conn: psycopg.Connection, type_: str) -> SampleColumn:
    """A column of the type."""
    labels = conn.execute(_LABELS, [type_]).fetchone()
    return SampleColumn(
        name="",
        type=type_,
        base=type_,
        not_null=False,
        default="",
        labels=tuple(labels[0] or ()) if labels else (),
        domain_checks="",
    )

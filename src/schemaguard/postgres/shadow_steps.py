"""Brings a shadow database from one state to the next, also where generated rows stand in the way."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import field

import psycopg
from psycopg import sql

from schemaguard.compat.candidates import Sample
from schemaguard.compat.cells import State
from schemaguard.dataclass import dataclass
from schemaguard.names import quote
from schemaguard.postgres.sample_tables import Name
from schemaguard.sql.lexer import Kind, tokens


@dataclass(slots=True)
class Journey:
    """A shadow database on its way through the states."""

    conn: psycopg.Connection
    samples: dict[Name, Sample]
    #: Tables with rows that are none of ours: they are not emptied.
    kept: Collection[Name] = ()
    notes: list[str] = field(default_factory=list)
    #: Tables, ``schema.table``, of which generated rows had to go.
    thinned: set[str] = field(default_factory=set)
    #: What was run so that the rows went.
    removed: list[tuple[bytes, Sequence[str | None]]] = field(default_factory=list)
    #: Why the journey ended; "": it goes on.
    ended: str = ""
    #: What the server had against the last attempt.
    error: psycopg.Error | None = None
    #: What it had against rows.
    refused: list[psycopg.Error] = field(default_factory=list)

    def go(self, state: State) -> None:
        """Run what leads to the state."""
        if self.ended:
            return
        error = self._try(state)
        if error is not None and about_rows(error):
            self.refused.append(error)
        for told, remove in (
            ("the rows with NULLs", self._remove_nulls),
            ("some rows of the table", self._thin_out),
            ("the rows of the table", self._empty),
        ):
            # Real rows may be without what these have: NULL, equal values, what a CHECK to come forbids.
            if error is None or not about_rows(error):
                break
            refused = in_a_line(error)
            error = remove(state, error)
            if error is None:
                self.notes.append(
                    f"{state.title}: refused generated rows ({refused}), and went on without {told}; "
                    "see that yours are not such"
                )
        if error is not None:
            self.ended = f"{state.title}: failed with {in_a_line(error)}"
            self.notes.append(self.ended)

    def _try(self, state: State) -> psycopg.Error | None:
        self.error = None
        self.conn.execute("RESET ALL")
        try:
            if state.alone:
                for statement in state.sql:
                    self.conn.execute(statement.encode())
            else:
                with self.conn.transaction():
                    for statement in state.sql:
                        self.conn.execute(statement.encode())
        except psycopg.Error as error:
            with suppress(psycopg.Error):
                self.conn.rollback()
            self.error = error
            return error
        return None

    def _remove_nulls(self, state: State, error: psycopg.Error) -> psycopg.Error | None:
        """Without the rows that have NULL wherever they may."""
        del error
        for name, sample in self.samples.items():
            for row in sample.rows:
                if None in row:
                    self._delete(name, sample, row)
        return self._try(state)

    def _thin_out(self, state: State, error: psycopg.Error) -> psycopg.Error | None:
        """Without some rows of the table that it is about, the last first, but with one."""
        for name in self._about(state, error):
            sample = self.samples.get(name)
            for row in reversed(sample.rows[1:] if sample else ()):
                assert sample is not None
                self._delete(name, sample, row)
                answer = self._try(state)
                if answer is None:
                    return None
        return error

    def _about(self, state: State, error: psycopg.Error) -> list[Name]:
        """The table that the server names; where it names none, those that the statements do."""
        if error.diag.table_name:
            return [(error.diag.schema_name or "", error.diag.table_name)]
        words = {
            t.identifier for text in state.sql for t in tokens(text) if t.kind in (Kind.WORD, Kind.QUOTED)
        }
        return [name for name in self.samples if name[1] in words]

    def _delete(self, name: Name, sample: Sample, row: tuple[str | None, ...]) -> None:
        where = " AND ".join(f"{quote(c)}::text IS NOT DISTINCT FROM %s" for c in sample.columns)
        delete = f"DELETE FROM {quote(name[0])}.{quote(name[1])} WHERE {where}"
        # The table may have another shape by now, and others may refer to the row.
        with suppress(psycopg.Error):
            if self.conn.execute(delete.encode(), row).rowcount:
                self.thinned.add(".".join(name))
                self.removed.append((delete.encode(), row))

    def _empty(self, state: State, error: psycopg.Error) -> psycopg.Error | None:
        """Without all rows of the table that it is about, and those that refer to them."""
        before = set(self._with_rows())
        for name in (name for name in self._about(state, error) if name not in self.kept):
            truncate = sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(*name))
            with suppress(psycopg.Error):
                self.conn.execute(truncate)
                self.removed.append((truncate.as_bytes(), ()))
        self.thinned |= before - set(self._with_rows())
        return self._try(state)

    def _with_rows(self) -> Iterator[str]:
        for schema, table in self.samples:
            asked = sql.SQL("SELECT EXISTS (SELECT 1 FROM {})").format(sql.Identifier(schema, table))
            with suppress(psycopg.Error):
                found = self.conn.execute(asked).fetchone()
                if found and found[0]:
                    yield f"{schema}.{table}"


def about_rows(error: psycopg.Error) -> bool:
    """Whether other rows may help: data exceptions, integrity constraints, and what is raised on purpose."""
    return (error.sqlstate or "")[:2] in ("22", "23") or error.sqlstate == "P0001"


def in_a_line(error: psycopg.Error) -> str:
    """What the server says, in a line."""
    return f"{error.sqlstate} {str(error).splitlines()[0]}"

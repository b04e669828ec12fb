"""
What a revision is told when it asks about the database, and how sure that is.

The answers come from the history: what its earlier revisions made. What the history cannot know
(a table that it never creates; something that an unreadable revision may have done) is a *doubt*.
A revision that met a doubt is run again in the *flipped* world, where each doubtful thing is the
other way round. If the same statements come out, the answer did not matter. If not, the rendering is
approximate. Some questions have no two answers to try: they make it approximate at once (``unknown``).
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import alembic
import sqlalchemy

from .catalog import Catalog, Column, ForeignKey, Index, Key, Table
from .frames import Frames, Span

NAME = re.compile(r"[^\W\d]\w{0,62}\Z")
#: Where frames tell nothing of what the revision thinks of.
ELSEWHERE = tuple(
    str(Path(str(file)).parent) for file in (__file__, alembic.__file__, sqlalchemy.__file__, re.__file__)
)


class World:
    """A catalog that answers, and remembers what it was not sure of."""

    def __init__(
        self, catalog: Catalog, frames: Frames, *, owned: set[str], constants: set[str], flipped: bool
    ) -> None:
        #: ``owned``: names that the history creates at some time; ``constants``: strings in the revision.
        self.catalog = catalog
        self.frames = frames
        self.owned = owned
        self.constants = constants
        self.flipped = flipped
        self.doubts: dict[str, None] = {}
        self.unknowns: dict[str, None] = {}
        #: Where in the revision the first unknown thing was met, innermost call first.
        self.first_unknown: list[Span] | None = None

    def doubt(self, reason: str) -> None:
        """Note an answer that the flipped world gives the other way round."""
        self.doubts[reason] = None

    def unknown(self, reason: str) -> None:
        """Note something for which there is no second answer to try."""
        here = self.frames.here()
        if self.first_unknown is None:
            self.first_unknown = here
        self.unknowns[reason + (f" (line {here[0][0]})" if here else "")] = None

    def has_table(self, schema: str | None, name: str) -> bool:
        """Whether there is such a table or view."""
        key = self.catalog.key(schema, name)
        known = key in self.catalog.tables or key in self.catalog.views
        if key in self.catalog.doubtful_tables:
            self.doubt(f"whether table {name} exists depends on a revision that is not exactly known")
            return known is not self.flipped
        if known or name in self.owned:
            return known
        self.doubt(f"whether table {name} exists: this history does not create it")
        return self.flipped

    def has_type(self, name: str) -> bool:
        """Whether there is such a type."""
        if name in self.catalog.types or name in self.owned:
            return name in self.catalog.types
        self.doubt(f"whether type {name} exists: this history does not create it")
        return self.flipped

    def has_sequence(self, schema: str | None, name: str) -> bool:
        """Whether there is such a sequence."""
        if self.catalog.key(schema, name) in self.catalog.sequences:
            return True
        self.doubt(f"whether sequence {name} exists: this history does not create it")
        return self.flipped

    def table_names(self, schema: str | None) -> list[str]:
        """All tables of a schema; in the flipped world also those that the revision seems to think of."""
        wanted = "" if schema in (None, "public") else str(schema)
        names = {name for where, name in self.catalog.tables if where == wanted}
        maybe = {name for where, name in self.catalog.doubtful_tables if where == wanted}
        strange = {name for name in self._thought_of() if name not in self.owned} - names - maybe
        if maybe:
            self.doubt(f"whether {_list(maybe)} exist depends on a revision that is not exactly known")
        if strange:
            self.doubt("which tables exist beside those that this history creates")
        if self.flipped:
            names = (names ^ maybe) | strange
        return sorted(names)

    def table(self, schema: str | None, name: str) -> Table | None:
        """A table with its details; None when there is none."""
        if not self.has_table(schema, name):
            return None
        key = self.catalog.key(schema, name)
        table = self.catalog.tables.get(key)
        if table is None:
            self.unknown(f"what table {name} looks like: this history does not create it")
            table = Table(key, partial=True)
        elif table.partial:
            self.unknown(f"what table {name} looks like: this history does not show all of it")
        if table.doubtful:
            self.doubt(f"whether {_list(table.doubtful)} of table {name} exist is not exactly known")
        return _flipped(table) if self.flipped and table.doubtful else table

    def _thought_of(self) -> Iterator[str]:
        """Names that the revision, and the helpers which lead to this question, mention."""
        yield from self.constants
        frame = sys._getframe(1)
        while frame is not None:
            if not frame.f_code.co_filename.startswith(ELSEWHERE):
                strings = [*frame.f_code.co_consts, *frame.f_locals.values()]
                yield from (x for x in strings if type(x) is str and NAME.match(x))
            if frame.f_back is None:
                return
            frame = frame.f_back


def _flipped(table: Table) -> Table:
    """The table with each doubtful name the other way round."""
    absent = table.doubtful - set(table.columns) - set(table.indexes) - set(table.checks)
    absent -= set(table.foreign_keys) | set(table.uniques)
    key: Key = table.key
    other = Table(key, primary_key=table.primary_key, partial=table.partial, doubtful=table.doubtful)
    other.columns = {n: c for n, c in table.columns.items() if n not in table.doubtful}
    other.indexes = {n: i for n, i in table.indexes.items() if n not in table.doubtful}
    other.uniques = {n: u for n, u in table.uniques.items() if n not in table.doubtful}
    other.checks = {n: c for n, c in table.checks.items() if n not in table.doubtful}
    other.foreign_keys = {n: f for n, f in table.foreign_keys.items() if n not in table.doubtful}
    for name in sorted(absent):
        other.columns[name] = Column(name, "text")
        other.indexes[name] = Index([name], [name])
        other.uniques[name] = [name]
        other.checks[name] = "true"
        other.foreign_keys[name] = ForeignKey([name], key, [name])
    return other


def _list(names: Iterable[str]) -> str:
    found = sorted(names)
    return ", ".join(found[:4]) + (f" and {len(found) - 4} more" if len(found) > 4 else "")

"""What the history so far has made: tables, columns, keys, indexes, types, and what of it is doubtful."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

#: A table's schema ("" where none was written) and name.
Key = tuple[str, str]


@dataclass
class Column:
    """A column as the catalog would describe it."""

    name: str
    type: str
    nullable: bool = True
    default: str | None = None
    serial: bool = False
    identity: str | None = None
    generated: str | None = None


@dataclass
class ForeignKey:
    """A FOREIGN KEY constraint."""

    columns: list[str]
    table: Key
    referred: list[str]
    options: dict[str, object] = field(default_factory=dict)


@dataclass
class Index:
    """An index; ``columns`` holds None for an expression."""

    columns: list[str | None]
    expressions: list[str]
    unique: bool = False
    where: str | None = None
    method: str = "btree"
    of_constraint: bool = False


@dataclass
class Table:
    """A table; ``partial`` means that it has more than is known here."""

    key: Key
    columns: dict[str, Column] = field(default_factory=dict)
    primary_key: tuple[str, list[str]] | None = None
    uniques: dict[str, list[str]] = field(default_factory=dict)
    foreign_keys: dict[str, ForeignKey] = field(default_factory=dict)
    checks: dict[str, str] = field(default_factory=dict)
    indexes: dict[str, Index] = field(default_factory=dict)
    partial: bool = False
    #: Names of columns, constraints and indexes that may exist or not.
    doubtful: set[str] = field(default_factory=set)

    def settle(self, name: str) -> None:
        """Whatever was doubtful about ``name``: a statement that certainly ran decided it."""
        self.doubtful.discard(name)

    def drop_column(self, name: str) -> None:
        """Remove a column with all that rests on it."""
        self.settle(name)
        self.columns.pop(name, None)
        if self.primary_key and name in self.primary_key[1]:
            self.primary_key = None
        self.uniques = {n: c for n, c in self.uniques.items() if name not in c}
        self.foreign_keys = {n: f for n, f in self.foreign_keys.items() if name not in f.columns}
        self.indexes = {
            n: i
            for n, i in self.indexes.items()
            if name not in i.columns and not any(name in words.split() for words in i.expressions)
        }

    def rename_column(self, old: str, new: str) -> None:
        """Rename a column in all that names it."""

        def renamed(columns: Iterable[str]) -> list[str]:
            return [new if column == old else column for column in columns]

        self.settle(old)
        self.settle(new)
        self.columns = {new if n == old else n: c for n, c in self.columns.items()}
        if new in self.columns:
            self.columns[new].name = new
        if self.primary_key:
            self.primary_key = (self.primary_key[0], renamed(self.primary_key[1]))
        self.uniques = {n: renamed(c) for n, c in self.uniques.items()}
        for key in self.foreign_keys.values():
            key.columns = renamed(key.columns)
        for index in self.indexes.values():
            index.columns = [new if column == old else column for column in index.columns]

    def drop_constraint(self, name: str) -> None:
        """Remove a constraint, and the index behind it."""
        self.settle(name)
        if self.primary_key and self.primary_key[0] == name:
            self.primary_key = None
        self.uniques.pop(name, None)
        self.foreign_keys.pop(name, None)
        self.checks.pop(name, None)
        if name in self.indexes and self.indexes[name].of_constraint:
            del self.indexes[name]

    def drop_redundant(self) -> None:
        """
        Forget each UNIQUE that says what the primary key or an earlier UNIQUE says: from the definitions
        in one CREATE TABLE, PostgreSQL makes one index of those (transformIndexConstraints).
        """
        seen = [self.primary_key[1]] if self.primary_key else []
        for name, columns in list(self.uniques.items()):
            if columns in seen:
                del self.uniques[name]
                self.indexes.pop(name, None)
            seen.append(columns)

    def rename_constraint(self, old: str, new: str) -> None:
        """Rename a constraint and the index behind it."""
        self.settle(old)
        self.settle(new)
        if self.primary_key and self.primary_key[0] == old:
            self.primary_key = (new, self.primary_key[1])
        every: tuple[dict[str, Any], ...] = (self.uniques, self.foreign_keys, self.checks, self.indexes)
        for named in every:
            if old in named:
                named[new] = named.pop(old)

    def differences(self, other: Table) -> set[str]:
        """The names that are not the same in both."""
        found: set[str] = set()
        for mine, theirs in (
            (self.columns, other.columns),
            (self.uniques, other.uniques),
            (self.foreign_keys, other.foreign_keys),
            (self.checks, other.checks),
            (self.indexes, other.indexes),
        ):
            named: dict[str, object] = dict(mine)
            found |= {n for n in {*mine, *theirs} if named.get(n) != dict(theirs).get(n)}
        if self.primary_key != other.primary_key:
            found |= {key[0] for key in (self.primary_key, other.primary_key) if key}
        return found


@dataclass
class Catalog:
    """A database's content, as far as this history made it."""

    tables: dict[Key, Table] = field(default_factory=dict)
    views: set[Key] = field(default_factory=set)
    sequences: set[Key] = field(default_factory=set)
    types: dict[str, list[str]] = field(default_factory=dict)
    #: Tables that may exist or not.
    doubtful_tables: set[Key] = field(default_factory=set)
    #: Every table that the history created at some time.
    made: set[Key] = field(default_factory=set)
    #: Made by the revision that runs now, and the ones of these that were filled by it.
    fresh: set[Key] = field(default_factory=set)
    filled: set[Key] = field(default_factory=set)

    def key(self, schema: str | None, name: str) -> Key:
        """The key of a table; the default schema is not written."""
        return ("" if schema in (None, "public") else str(schema), name)

    def create(self, key: Key) -> Table:
        """Begin a table that now certainly exists."""
        self.doubtful_tables.discard(key)
        self.made.add(key)
        self.fresh.add(key)
        self.filled.discard(key)
        self.tables[key] = Table(key)
        return self.tables[key]

    def touch(self, key: Key) -> Table:
        """A table that must exist, since a statement changes it; if nothing made it, it is partial."""
        self.doubtful_tables.discard(key)
        return self.tables.setdefault(key, Table(key, partial=True))

    def drop(self, key: Key) -> None:
        """Remove a table and the foreign keys to it."""
        self.doubtful_tables.discard(key)
        self.tables.pop(key, None)
        self.fresh.discard(key)
        for table in self.tables.values():
            table.foreign_keys = {n: f for n, f in table.foreign_keys.items() if f.table != key}

    def rename(self, old: Key, new: Key) -> None:
        """Give a table another name or schema."""
        table = self.touch(old)
        del self.tables[old]
        table.key = new
        self.tables[new] = table
        self.doubtful_tables.discard(new)
        self.made.add(new)
        for names in (self.fresh, self.filled):
            if old in names:
                names.discard(old)
                names.add(new)
        for other in self.tables.values():
            for key in other.foreign_keys.values():
                if key.table == old:
                    key.table = new

    def owner_of_index(self, name: str) -> Table | None:
        """The table that has an index of this name."""
        for table in self.tables.values():
            if name in table.indexes:
                return table
        return None

    def doubt(self, names: set[str]) -> None:
        """Each known table among ``names`` may have, or lack, any of the others."""
        for key, table in self.tables.items():
            if key[1] in names:
                table.doubtful |= names - {key[1]}

    def doubt_difference(self, one: Catalog, other: Catalog) -> None:
        """Whatever ``one`` and ``other`` do not agree about may be or not be."""
        self.doubtful_tables |= set(one.tables) ^ set(other.tables)
        # What was in doubt before and was settled in one world only is still in doubt.
        self.doubtful_tables |= one.doubtful_tables | other.doubtful_tables
        for key, table in self.tables.items():
            if key in one.tables and key in other.tables:
                mine, theirs = one.tables[key], other.tables[key]
                table.doubtful |= mine.differences(theirs) | mine.doubtful | theirs.doubtful

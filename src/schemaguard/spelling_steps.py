"""Another spelling of an enum's value, step by step: until the contract each row keeps the old one.

The new spelling comes as a value of its own, so that code may write it; a trigger, the
first of all, lets each row keep the old one. In the contract the two values exchange
their names: what the rows have is called anew, at once, and what no row has is called
as before. Functions and triggers name values by what they are, not by how they are
spelled, so they do right on both sides of the exchange.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemaguard.conditions import (
    FIRST,
    SYNC,
    all_of,
    ask,
    either,
    enum_has_value,
    enum_is_ordered,
    negated,
    no_row,
    regclass,
    routine_exists,
    trigger_exists,
)
from schemaguard.dataclass import dataclass
from schemaguard.locks import LockMode
from schemaguard.names import Relation, digest_of, literal, quote
from schemaguard.phase import Phase
from schemaguard.recipe import Step
from schemaguard.steps import at_once, ensure, own_name, slug
from schemaguard.trigger_text import create_function, create_trigger, drop_triggers

#: The type that stands in the first place, and all that is made of it, be it through others.
_MADE_OF = """
WITH RECURSIVE made (oid) AS (
    SELECT to_regtype({type})::oid
    UNION
    SELECT t.oid FROM made AS m JOIN pg_catalog.pg_type AS t ON t.typelem = m.oid OR t.typbasetype = m.oid
        OR EXISTS (SELECT FROM pg_catalog.pg_range AS r
                   WHERE r.rngsubtype = m.oid AND r.rngtypid = t.oid)
        OR EXISTS (SELECT FROM pg_catalog.pg_attribute AS a
                   WHERE a.attrelid = t.typrelid AND a.atttypid = m.oid AND a.attnum > 0)
)
SELECT FROM pg_catalog.pg_attribute AS a JOIN pg_catalog.pg_class AS c ON c.oid = a.attrelid
WHERE a.atttypid IN (SELECT oid FROM made) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
    AND c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition{but}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Respelled:
    """A value of an enum, its other spelling, and the columns that may hold it."""

    type: Relation
    old: str
    new: str
    #: Of each table, but partitions, its columns of the type, and whether they hold arrays of it.
    tables: Mapping[Relation, Mapping[str, bool]]

    @property
    def _digest(self) -> str:
        return digest_of(self.type.text, self.old, self.new)

    @property
    def _slug(self) -> str:
        """Tells its steps from those of another value in the same release."""
        return re.sub(r"\W+", "_", self.new)

    @property
    def kept(self) -> Relation:
        """The function that gives the value that a row keeps; there is one for arrays, too."""
        return self.type.sibling(own_name(SYNC, self.type.name, "kept", self._digest))

    def function(self, table: Relation) -> Relation:
        """The function of the table's trigger."""
        return table.sibling(own_name(SYNC, table.name, self._digest))

    def trigger(self, table: Relation) -> str:
        """The name of the table's trigger. It sorts before others."""
        return own_name(FIRST, table.name, self._digest)

    # SQL

    def create_kept(self) -> tuple[str, ...]:
        """The statements that make both forms of ``kept``."""
        old, new = (f"{literal(label)}::{self.type}" for label in (self.old, self.new))
        head = "LANGUAGE sql IMMUTABLE PARALLEL SAFE RETURN"
        one = f"CASE $1 WHEN {new} THEN {old} ELSE $1 END"
        all_ = f"array_replace($1, {new}, {old})"
        return (
            f"CREATE OR REPLACE FUNCTION {self.kept}({self.type}) RETURNS {self.type} {head} {one}",
            f"CREATE OR REPLACE FUNCTION {self.kept}({self.type}[]) RETURNS {self.type}[] {head} {all_}",
        )

    def drop_kept(self) -> tuple[str, ...]:
        """The statements that drop them."""
        return tuple(f"DROP FUNCTION IF EXISTS {self.kept}({self.type}{form})" for form in ("", "[]"))

    def create(self, table: Relation) -> tuple[str, ...]:
        """The statements that make the table's function and trigger."""
        new = f"{literal(self.new)}::{self.type}"
        body, holds = [], []
        for name, array in self.tables[table].items():
            column = f"NEW.{quote(name)}"
            # A domain over the type has no operators of its own.
            value = f"{column}::{self.type}{'[]' if array else ''}"
            body.append(f"    {column} := {self.kept}({value});")
            holds.append(f"{new} = ANY ({value})" if array else f"{value} = {new}")
        # Who writes through a view may have no right to the schema that the function is in.
        function = create_function(self.function(table), body, definer=True)
        trigger = create_trigger(
            self.trigger(table), table, self.function(table), "INSERT OR UPDATE", " OR ".join(holds)
        )
        return function, trigger

    def drop(self, table: Relation) -> tuple[str, ...]:
        """The statements that take them away."""
        return drop_triggers((self.trigger(table),), table, self.function(table))

    def exchange(self) -> tuple[str, ...]:
        """The statements after which each of the two values is called as the other was."""
        between = own_name(self.new, self._digest)
        names = ((self.new, between), (self.old, self.new), (between, self.old))
        return tuple(
            f"ALTER TYPE {self.type} RENAME VALUE {literal(one)} TO {literal(other)}" for one, other in names
        )

    @property
    def apart(self) -> str:
        """What leads from where RENAME VALUE ends to where the steps end."""
        return f"ALTER TYPE {self.type} ADD VALUE {literal(self.old)} AFTER {literal(self.new)}"

    # Conditions

    @property
    def exchanged(self) -> str:
        """Whether the new spelling is in the place of the old one."""
        return enum_is_ordered(self.type, self.new, self.old)

    @property
    def _kept_exists(self) -> str:
        return f"to_regprocedure({literal(f'{self.kept}({self.type})')}) IS NOT NULL"

    def at_work(self, table: Relation) -> str:
        """Whether the table's trigger fires."""
        return trigger_exists(table, self.trigger(table), enabled=True)

    def over(self, table: Relation) -> str:
        """Whether the trigger has been taken away again."""
        return all_of(self.exchanged, negated(routine_exists(self.function(table))))

    def free_of(self, table: Relation, label: str) -> str:
        """Whether no row of the table has a value of that spelling, whichever there are."""
        columns = self.tables[table]
        where = either(
            *(
                f"{literal(label)} = ANY ({quote(column)}::text[])"
                if array
                else f"{quote(column)}::text = {literal(label)}"
                for column, array in columns.items()
            )
        )
        return no_row(table, where, {c: "text[]" if array else "text" for c, array in columns.items()})

    # Steps

    def steps(self) -> Iterator[Step]:
        """All of them, in their order within each phase."""
        yield from self._asked()
        yield from self._begin()
        for table in self.tables:
            yield ensure(
                slug(table.name, "keeps", self._slug),
                f"no row of {table.text} has {literal(self.new)}",
                Phase.CONTRACT,
                either(self.exchanged, self.free_of(table, self.new)),
            )
        yield at_once(
            slug(self.type.name, "rename-value", self._slug),
            f"let {literal(self.old)} of {self.type.text} be called {literal(self.new)}, in all rows at once",
            Phase.CONTRACT,
            self.exchange(),
            probe=self.exchanged,
            locks=(),
            undo=None,
        )
        yield from self._end()

    def _asked(self) -> Iterator[Step]:
        known = "".join(
            f"\n    AND NOT (c.oid = {regclass(table)} AND a.attname = {literal(column)})"
            for table, columns in self.tables.items()
            for column in columns
        )
        found = _MADE_OF.format(type=literal(str(self.type)), but=known).strip()
        yield ensure(
            slug(self.type.name, "known"),
            f"no other column than those of the migration's history holds {self.type.text}",
            Phase.EXPAND,
            f"NOT EXISTS ({found})",
        )
        for table in self.tables:
            earlier = (
                "NOT EXISTS (SELECT FROM pg_catalog.pg_trigger WHERE NOT tgisinternal AND tgtype & 3 = 3"
                f" AND (tgrelid = {regclass(table)}"
                f" OR tgrelid IN (SELECT relid FROM pg_partition_tree({regclass(table)})))"
                f" AND tgenabled <> 'D' AND tgname NOT LIKE {literal(f'{FIRST}%')}"
                f' AND tgname::text COLLATE "C" < {literal(self.trigger(table))})'
            )
            yield ensure(
                slug(table.name, "first-trigger"),
                f"no BEFORE trigger of {table.text} comes before the one that lets it keep"
                f" {literal(self.old)}",
                Phase.EXPAND,
                earlier,
            )

    def _begin(self) -> Iterator[Step]:
        yield at_once(
            slug(self.type.name, "add-value", self._slug),
            f"add {literal(self.new)} to {self.type.text}",
            Phase.EXPAND,
            (f"ALTER TYPE {self.type} ADD VALUE {literal(self.new)} AFTER {literal(self.old)}",),
            probe=enum_has_value(self.type, self.new),
            locks=(),
            undo=None,
        )
        if not self.tables:
            return
        yield at_once(
            slug(self.type.name, "kept", self._slug),
            f"say what is kept of {literal(self.new)}",
            Phase.EXPAND,
            self.create_kept(),
            probe=either(self._kept_exists, self.exchanged),
            locks=(),
            undo=self.drop_kept(),
        )
        for table in self.tables:
            step = at_once(
                slug(table.name, "keep", self._slug),
                f"let {table.text} keep {literal(self.old)} where {literal(self.new)} is written",
                Phase.EXPAND,
                self.create(table),
                probe=either(self.at_work(table), self.over(table)),
                locks=((table, LockMode.SHARE_ROW_EXCLUSIVE),),
                undo=self.drop(table),
            )
            yield replace(step, check=ask(self.at_work(table)))

    def _end(self) -> Iterator[Step]:
        for table in self.tables:
            yield at_once(
                slug(table.name, "drop-trigger", self._slug),
                f"take away the trigger that let {table.text} keep {literal(self.old)}",
                Phase.CONTRACT,
                self.drop(table),
                probe=self.over(table),
                locks=((table, LockMode.ACCESS_EXCLUSIVE),),
                undo=None,
            )
        if self.tables:
            yield at_once(
                slug(self.type.name, "drop-kept", self._slug),
                f"no longer say what is kept of {literal(self.new)}",
                Phase.CONTRACT,
                self.drop_kept(),
                probe=all_of(self.exchanged, negated(self._kept_exists)),
                locks=(),
                undo=None,
            )
        for table in self.tables:
            yield ensure(
                slug(table.name, "has", self._slug),
                f"no row of {table.text} has {literal(self.old)} any more",
                Phase.CONTRACT,
                all_of(self.over(table), self.free_of(table, self.old)),
            )

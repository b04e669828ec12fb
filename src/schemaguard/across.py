"""Keeping columns of a table in step with those of another one, which has a row for each: the triggers' text.

After each row that is written, on both sides. A function looks at what the two rows say
now, not at what called it, and changes nothing where they say the same: so what it writes
itself, which calls the other one, ends there. It needs no setting and no trigger depth.

The functions have the rights of who makes them, for who may write one table may not write
the other; and the writer's search_path, as the application's triggers on the other table
want it. So, as in the server's own triggers for foreign keys, each name in them has its schema.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from schemaguard.across_text import (
    IS,
    Trigger,
    about,
    changed,
    create_function,
    differ,
    differ_here,
    key_changed,
    matching,
)
from schemaguard.column_types import Type
from schemaguard.conditions import FIRST, SYNC
from schemaguard.names import Column, Relation, quote, quote_all
from schemaguard.sql.words import replaced
from schemaguard.steps import own_name
from schemaguard.trigger_text import drop_triggers


@dataclass(frozen=True, slots=True, kw_only=True)
class Across:
    """Columns that move from ``source`` to ``target``, a new table, and what both rows have in common."""

    release: str
    source: Relation
    target: Relation
    #: Column of the source to that of the target: those that say which rows belong together.
    key: Mapping[str, str]
    #: And those that move.
    moved: Mapping[str, str]
    #: The types of the source's columns that move.
    types: Mapping[str, Type]
    #: What new rows of the target have beside these: column to a literal and its type.
    given: Mapping[str, tuple[str, Type]]
    #: Over the source's moved columns: which rows have one in the target; "": all.
    where: str
    #: Rows that say nothing have one, too, and there may be such rows.
    every: bool = False
    #: ``where`` only asks which columns are NULL.
    plain: bool = True
    #: Columns of the source whose like in the target is NOT NULL.
    required: frozenset[str] = frozenset()
    #: A row of the target may be there before that of the source.
    early: bool = False

    @property
    def columns(self) -> frozenset[Column]:
        """The columns that move."""
        return frozenset(Column(self.source, name) for name in self.moved)

    # Names

    @property
    def _digest(self) -> str:
        whole = (self.release, self.source.text, self.target.text)
        return hashlib.sha256("\0".join(whole).encode()).hexdigest()[:8]

    @property
    def from_source(self) -> Relation:
        """The function that lets the target follow."""
        return self.source.sibling(own_name(SYNC, self.source.name, "to", self._digest))

    @property
    def from_target(self) -> Relation:
        """The function that lets the source follow."""
        return self.target.sibling(own_name(SYNC, self.target.name, "from", self._digest))

    @property
    def triggers(self) -> tuple[Trigger, ...]:
        """All of them, of both tables."""
        return (*self._of_source(), *self._of_target())

    def _of_source(self) -> Iterator[Trigger]:
        function, name = self.from_source, self.from_source.name
        # Before the foreign key to this row is looked at, whose trigger is called RI_ConstraintTrigger.
        first = own_name(FIRST, self.source.name, self._digest)
        said = "" if self.early else self._any("NEW")

        def trigger(name: str, event: str, when: str = "", each: str = "ROW") -> Trigger:
            return Trigger(name=name, table=self.source, event=event, function=function, each=each, when=when)

        yield trigger(own_name(name, "i"), "INSERT", said)
        moves = " OR ".join(changed(column, type_) for column, type_ in self.types.items())
        yield trigger(own_name(name, "u"), "UPDATE", moves)
        yield trigger(own_name(first, "k"), "UPDATE", key_changed(self.key))
        yield trigger(own_name(first, "d"), "DELETE")
        yield trigger(own_name(name, "t"), "TRUNCATE", each="STATEMENT")

    def _of_target(self) -> Iterator[Trigger]:
        function, name = self.from_target, self.from_target.name
        moved = (changed(there, self.types[here]) for here, there in self.moved.items())
        moves = f"{' OR '.join(moved)} OR {key_changed(self.key.values())}"

        def trigger(letter: str, event: str, when: str = "", each: str = "ROW") -> Trigger:
            return Trigger(
                name=own_name(name, letter),
                table=self.target,
                event=event,
                function=function,
                each=each,
                when=when,
            )

        yield trigger("i", "INSERT")
        yield trigger("u", "UPDATE", moves)
        yield trigger("d", "DELETE")
        yield trigger("t", "TRUNCATE", each="STATEMENT")

    # SQL

    def create(self) -> tuple[str, ...]:
        """The statements that make functions and triggers."""
        return (
            *(() if self.plain or not self.where else self._create_choosing()),
            *create_function(self.from_source, self._follow_source()),
            *create_function(self.from_target, self._follow_target()),
            *(trigger.create() for trigger in self.triggers),
        )

    def drop(self) -> tuple[str, ...]:
        """The statements that take them away: the triggers first."""
        of_source = [trigger.name for trigger in self._of_source()]
        of_target = [trigger.name for trigger in self._of_target()]
        return (
            *drop_triggers(of_source, self.source, self.from_source),
            *drop_triggers(of_target, self.target, self.from_target),
            *(() if self.plain or not self.where else (f"DROP FUNCTION IF EXISTS {self._choosing_as}",)),
        )

    @property
    def _choosing(self) -> Relation:
        return self.source.sibling(own_name(SYNC, self.source.name, "chosen", self._digest))

    @property
    def _choosing_as(self) -> str:
        return f"{self._choosing}({', '.join(f'{quote(c)} {type_}' for c, type_ in self.types.items())})"

    def _create_choosing(self) -> tuple[str, str]:
        """What the author's operators mean, they mean here; not in the session of who writes."""
        create = f"CREATE OR REPLACE FUNCTION {self._choosing_as} RETURNS boolean LANGUAGE sql IMMUTABLE"
        revoke = f"REVOKE ALL ON FUNCTION {self._choosing_as} FROM PUBLIC"
        return f"{create} RETURN {self.where}", revoke

    def _follow_source(self) -> Iterator[str]:
        source, target = f"{self.source} AS here", f"{self.target} AS there"
        new, old = (matching(row, self.key, "here", self.key) for row in ("NEW", "OLD"))
        yield about(self.moved, self.target)
        yield f"    IF TG_OP {IS} 'TRUNCATE' THEN"
        yield f"        DELETE FROM {target}"
        yield f"        WHERE NOT EXISTS (SELECT FROM {source} WHERE {self._together});"
        yield "        RETURN NULL;"
        yield f"    ELSIF TG_OP {IS} 'DELETE' THEN"
        yield "        /* A row that goes to another partition is there again. */"
        yield f"        DELETE FROM {target} WHERE {matching('OLD', self.key, 'there', self.key.values())}"
        yield f"            AND NOT EXISTS (SELECT FROM {source} WHERE {old});"
        yield "        RETURN NULL;"
        yield f"    ELSIF TG_OP {IS} 'UPDATE' AND NOT ({matching('OLD', self.key, 'NEW', self.key)}) THEN"
        pairs = {**self.key, **self.moved}.items()
        sets = ", ".join(f"{quote(there)} = here.{quote(here)}" for here, there in pairs)
        yield f"        UPDATE {target} SET {sets} FROM {source}"
        yield f"        WHERE {new} AND {matching('OLD', self.key, 'there', self.key.values())};"
        yield "    END IF;"
        if self.early:
            yield f"    IF TG_OP {IS} 'INSERT' THEN"
            yield f"        UPDATE {source} SET {self._sets('there')} FROM {target}"
            yield f"        WHERE {new} AND {self._together} AND NOT ({self._any('here')})"
            yield f"            AND ({self.differing});"
            yield "    END IF;"
        yield from self._upsert(source, new)
        together = f"{new} AND {self._together} AND NOT ({self.wanted})"
        if self.where:
            yield f"    DELETE FROM {target} USING {source}"
        else:
            sets = ", ".join(f"{quote(there)} = here.{quote(here)}" for here, there in self.moved.items())
            yield f"    UPDATE {target} SET {sets} FROM {source}"
        yield f"    WHERE {together} AND ({self.differing});"
        yield "    RETURN NULL;"

    def _upsert(self, source: str, new: str) -> Iterator[str]:
        columns = (*self.key.values(), *self.moved.values(), *self.given)
        values = [
            *(f"here.{quote(c)}" for c in (*self.key, *self.moved)),
            *(value for value, _ in self.given.values()),
        ]
        sets = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in self.moved.values())
        unlike = self._unlike("there", self.moved.values(), "excluded", self.moved.values())
        yield f"    INSERT INTO {self.target} AS there ({quote_all(columns)})"
        yield f"    SELECT {', '.join(values)} FROM {source} WHERE {new} AND {self.wanted}"
        yield f"    ON CONFLICT ({quote_all(self.key.values())}) DO UPDATE SET {sets} WHERE {unlike};"

    def _follow_target(self) -> Iterator[str]:
        source, target = f"{self.source} AS here", f"{self.target} AS there"
        nothing = ", ".join(f"{quote(column)} = NULL" for column in self.moved)
        given = self._unlike("here", self.moved, "OLD", self.moved.values())
        old = matching("OLD", self.key.values(), "here", self.key)
        yield about(self.moved.values(), self.source)
        yield f"    IF TG_OP {IS} 'TRUNCATE' THEN"
        yield f"        UPDATE {source} SET {nothing} WHERE {self._any('here')};"
        yield "        RETURN NULL;"
        yield f"    ELSIF NOT TG_OP {IS} 'DELETE' THEN"
        yield f"        UPDATE {source} SET {self._sets('there')} FROM {target}"
        yield f"        WHERE {matching('NEW', self.key.values(), 'there', self.key.values())}"
        yield f"            AND {self._together} AND ({self.differing});"
        yield "    END IF;"
        yield "    /* It is gone from there, unless it has followed the source's own key. */"
        stays = matching("OLD", self.key.values(), "NEW", self.key.values())
        yield f"    IF TG_OP {IS} 'DELETE' OR TG_OP {IS} 'UPDATE' AND FOUND AND NOT ({stays}) THEN"
        yield f"        UPDATE {source} SET {nothing}"
        yield f"        WHERE {old} AND ({self._any('here')}) AND ({self.wanted} OR NOT ({given}))"
        gone = matching("OLD", self.key.values(), "there", self.key.values())
        yield f"            AND NOT EXISTS (SELECT FROM {target} WHERE {gone});"
        yield "    END IF;"
        yield "    RETURN NULL;"

    def _sets(self, row: str) -> str:
        return ", ".join(f"{quote(here)} = {row}.{quote(there)}" for here, there in self.moved.items())

    # Conditions on rows: ``here`` is the source's, ``there`` the target's.

    def same_key(self, here: str, there: str, equals: str = "=") -> str:
        """Whether the two rows belong together."""
        pairs = self.key.items()
        return " AND ".join(f"{there}.{quote(t)} {equals} {here}.{quote(h)}" for h, t in pairs)

    @property
    def _together(self) -> str:
        return self.same_key("here", "there", IS)

    def chosen(self, here: str) -> str:
        """Whether the migration itself gives the row one in the target, and one that says something."""
        any_ = f"({self._any(here)})"
        if not self.where:
            return any_
        columns = {column: f"{here}.{quote(column)}" for column in self.moved}
        if self.plain:
            return f"({replaced(self.where, columns)}) AND {any_}"
        return f"{self._choosing}({', '.join(columns.values())}) IS TRUE AND {any_}"

    @property
    def wanted(self) -> str:
        """Whether the row ``here`` has one in the target."""
        present = [f"here.{quote(column)} IS NOT NULL" for column in self.moved if column in self.required]
        return " AND ".join((f"({self.chosen('here')})", *present))

    @property
    def contradicting(self) -> str:
        """Whether two rows that belong together differ."""
        pairs = self.moved.items()
        return " OR ".join(
            differ_here(f"here.{quote(a)}", f"there.{quote(b)}", self.types[a]) for a, b in pairs
        )

    @property
    def differing(self) -> str:
        """The same in any search_path."""
        return self._unlike("here", self.moved, "there", self.moved.values())

    def _any(self, row: str) -> str:
        return " OR ".join(f"{row}.{quote(column)} IS NOT NULL" for column in self.moved)

    def _unlike(self, row: str, columns: Iterable[str], other: str, others: Iterable[str]) -> str:
        each = zip(columns, others, self.types.values(), strict=True)
        return " OR ".join(differ(f"{row}.{quote(a)}", f"{other}.{quote(b)}", type_) for a, b, type_ in each)

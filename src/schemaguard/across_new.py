"""Columns that move to a table which their release makes: it has a row for each that says something."""

from collections.abc import Iterator, Mapping

from schemaguard.across import Across
from schemaguard.across_text import IS, Trigger, about, changed, key_changed, matching
from schemaguard.column_types import Type
from schemaguard.conditions import FIRST, SYNC
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, quote, quote_all
from schemaguard.recipe import Backfill
from schemaguard.sql.words import replaced
from schemaguard.steps import own_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossNew(Across):
    """The same to a new table, whose rows come and go with what the source says."""

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

    # Triggers

    def of_source(self) -> Iterator[Trigger]:
        """The triggers of the source."""
        function, name = self.from_source, self.from_source.name
        # Before the foreign key to this row is looked at, whose trigger is called RI_ConstraintTrigger.
        first = own_name(FIRST, self.source.name, self.digest)
        said = "" if self.early else self.any_of("NEW")

        def trigger(name: str, event: str, when: str = "", each: str = "ROW") -> Trigger:
            return Trigger(name=name, table=self.source, event=event, function=function, each=each, when=when)

        yield trigger(own_name(name, "i"), "INSERT", said)
        moves = " OR ".join(changed(column, type_) for column, type_ in self.types.items())
        yield trigger(own_name(name, "u"), "UPDATE", moves)
        yield trigger(own_name(first, "k"), "UPDATE", key_changed(self.key))
        yield trigger(own_name(first, "d"), "DELETE")
        yield trigger(own_name(name, "t"), "TRUNCATE", each="STATEMENT")

    def of_target(self) -> Iterator[Trigger]:
        """The triggers of the target."""
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
        choosing = () if self.plain or not self.where else self._create_choosing()
        return (*choosing, *Across.create(self))

    def drop(self) -> tuple[str, ...]:
        """The statements that take them away: the triggers first."""
        choosing = () if self.plain or not self.where else (f"DROP FUNCTION IF EXISTS {self._choosing_as}",)
        return (*Across.drop(self), *choosing)

    @property
    def _choosing(self) -> Relation:
        return self.source.sibling(own_name(SYNC, self.source.name, "chosen", self.digest))

    @property
    def _choosing_as(self) -> str:
        return f"{self._choosing}({', '.join(f'{quote(c)} {type_}' for c, type_ in self.types.items())})"

    def _create_choosing(self) -> tuple[str, str]:
        """What the author's operators mean, they mean here; not in the session of who writes."""
        create = f"CREATE OR REPLACE FUNCTION {self._choosing_as} RETURNS boolean LANGUAGE sql IMMUTABLE"
        revoke = f"REVOKE ALL ON FUNCTION {self._choosing_as} FROM PUBLIC"
        return f"{create} RETURN {self.where}", revoke

    def follow_source(self) -> Iterator[str]:
        """What is done when the source's row was written."""
        source, target = f"{self.source} AS here", f"{self.target} AS there"
        new, old = (matching(row, self.key, "here", self.key) for row in ("NEW", "OLD"))
        yield about(self.moved, self.target)
        yield f"    IF TG_OP {IS} 'TRUNCATE' THEN"
        yield f"        DELETE FROM {target}"
        yield f"        WHERE NOT EXISTS (SELECT FROM {source} WHERE {self.together});"
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
        yield from self.take_what_is_there(new)
        yield from self._upsert(source, new)
        together = f"{new} AND {self.together} AND NOT ({self.wanted})"
        if self.where:
            yield f"    DELETE FROM {target} USING {source}"
        else:
            yield f"    UPDATE {target} SET {self.sets_there} FROM {source}"
        yield f"    WHERE {together} AND ({self.differing});"
        yield "    RETURN NULL;"

    def _upsert(self, source: str, new: str) -> Iterator[str]:
        columns = (*self.key.values(), *self.moved.values(), *self.given)
        values = [
            *(f"here.{quote(c)}" for c in (*self.key, *self.moved)),
            *(value for value, _ in self.given.values()),
        ]
        sets = ", ".join(f"{quote(c)} = excluded.{quote(c)}" for c in self.moved.values())
        unlike = self.unlike("there", self.moved.values(), "excluded", self.moved.values())
        yield f"    INSERT INTO {self.target} AS there ({quote_all(columns)})"
        yield f"    SELECT {', '.join(values)} FROM {source} WHERE {new} AND {self.wanted}"
        yield f"    ON CONFLICT ({quote_all(self.key.values())}) DO UPDATE SET {sets} WHERE {unlike};"

    def follow_target(self) -> Iterator[str]:
        """What is done when the target's row was written."""
        source, target = f"{self.source} AS here", f"{self.target} AS there"
        nothing = ", ".join(f"{quote(column)} = NULL" for column in self.moved)
        given = self.unlike("here", self.moved, "OLD", self.moved.values())
        old = matching("OLD", self.key.values(), "here", self.key)
        yield about(self.moved.values(), self.source)
        yield f"    IF TG_OP {IS} 'TRUNCATE' THEN"
        yield f"        UPDATE {source} SET {nothing} WHERE {self.any_of('here')};"
        yield "        RETURN NULL;"
        yield f"    ELSIF NOT TG_OP {IS} 'DELETE' THEN"
        yield f"        UPDATE {source} SET {self.sets('there')} FROM {target}"
        yield f"        WHERE {matching('NEW', self.key.values(), 'there', self.key.values())}"
        yield f"            AND {self.together} AND ({self.differing});"
        yield "    END IF;"
        yield "    /* It is gone from there, unless it has followed the source's own key. */"
        stays = matching("OLD", self.key.values(), "NEW", self.key.values())
        yield f"    IF TG_OP {IS} 'DELETE' OR TG_OP {IS} 'UPDATE' AND FOUND AND NOT ({stays}) THEN"
        yield f"        UPDATE {source} SET {nothing}"
        yield f"        WHERE {old} AND ({self.any_of('here')}) AND ({self.wanted} OR NOT ({given}))"
        gone = matching("OLD", self.key.values(), "there", self.key.values())
        yield f"            AND NOT EXISTS (SELECT FROM {target} WHERE {gone});"
        yield "    END IF;"
        yield "    RETURN NULL;"

    # Conditions

    def chosen(self, here: str) -> str:
        """Whether the migration itself gives the row one in the target, and one that says something."""
        any_ = f"({self.any_of(here)})"
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
    def without(self) -> str:
        """True for rows of the source, by its own name, that have none in the target."""
        same = self.same_key(quote(self.source.name), "there")
        return f"NOT EXISTS (SELECT FROM {self.target} AS there WHERE {same})"

    @property
    def missing(self) -> str:
        """The same of those that should have one."""
        return f"({self.chosen(quote(self.source.name))}) AND {self.without}"

    @property
    def wrong(self) -> str:
        """What stands behind FROM to find what is not in step."""
        (first, *_) = self.key.values()
        lacks = f"there.{quote(first)} IS NULL"
        return (
            f"{self.source} AS here LEFT JOIN {self.target} AS there ON {self.same_key('here', 'there')}"
            f" WHERE CASE WHEN {lacks} THEN {self.chosen('here')} ELSE {self.contradicting()} END"
        )

    def backfill(self) -> Backfill:
        """The rows of the target that are missing."""
        columns = {there: quote(here) for here, there in {**self.key, **self.moved}.items()}
        given = {column: f"{value}::{type_}" for column, (value, type_) in self.given.items()}
        return Backfill(table=self.source, values={**columns, **given}, where=self.missing, into=self.target)

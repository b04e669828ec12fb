"""Columns that move to a table which code uses already: its rows are no affair of ours."""

from collections.abc import Iterator

from schemaguard.across import Across
from schemaguard.across_text import IS, Trigger, about, changed, differ, key_changed, matching
from schemaguard.dataclass import dataclass
from schemaguard.names import quote
from schemaguard.recipe import Backfill
from schemaguard.steps import own_name


@dataclass(frozen=True, slots=True, kw_only=True)
class AcrossInUse(Across):
    """New columns of ``target``, whose rows come and go as code will have it.

    A row that is inserted without them gets what the source says, as does one that goes to
    another row of the source; what is deleted leaves the source as it is.
    """

    def of_source(self) -> Iterator[Trigger]:
        """Where a row is deleted nothing has to follow."""
        function, name = self.from_source, self.from_source.name
        moves = " OR ".join(changed(column, type_) for column, type_ in self.types.items())
        for letter, event, when in (
            ("i", "INSERT", "" if self.early else self.any_of("NEW")),
            ("u", "UPDATE", f"{moves} OR {key_changed(self.key)}"),
        ):
            yield Trigger(
                name=own_name(name, letter), table=self.source, event=event, function=function, when=when
            )

    def of_target(self) -> Iterator[Trigger]:
        """Where a row is deleted nothing has to follow."""
        function, name = self.from_target, self.from_target.name
        moved = (changed(there, self.types[here]) for here, there in self.moved.items())
        moves = f"{' OR '.join(moved)} OR {key_changed(self.key.values())}"
        for letter, event, when in (("i", "INSERT", ""), ("u", "UPDATE", moves)):
            yield Trigger(
                name=own_name(name, letter), table=self.target, event=event, function=function, when=when
            )

    def follow_source(self) -> Iterator[str]:
        """What the source's row says, that of the target says."""
        new = matching("NEW", self.key, "here", self.key)
        yield about(self.moved, self.target)
        yield from self.take_what_is_there(new)
        yield from self._told("    ", new)
        yield "    RETURN NULL;"

    def follow_target(self) -> Iterator[str]:
        """What it is given counts; in what it is not given, what the source says."""
        new = matching("NEW", self.key.values(), "there", self.key.values())
        given = " OR ".join(
            differ(f"OLD.{quote(there)}", f"NEW.{quote(there)}", self.types[here])
            for here, there in self.moved.items()
        )
        pairs = [(f"here.{quote(here)}", f"there.{quote(there)}") for here, there in self.moved.items()]
        sets = ", ".join(
            f"{quote(to)} = coalesce(there.{quote(to)}, here.{quote(c)})" for c, to in self.moved.items()
        )
        lacks = " OR ".join(f"{there} IS NULL AND {here} IS NOT NULL" for here, there in pairs)
        yield about(self.moved.values(), self.source)
        yield f"    IF TG_OP {IS} 'INSERT' THEN"
        yield f"        UPDATE {self.target} AS there SET {sets} FROM {self.source} AS here"
        yield f"        WHERE {new} AND {self.together} AND ({lacks});"
        yield f"    ELSIF NOT ({given}) THEN"
        yield from self._told("        ", new)
        yield "    END IF;"
        yield f"    UPDATE {self.source} AS here SET {self.sets('there')} FROM {self.target} AS there"
        yield f"    WHERE {new} AND {self.together} AND ({self.differing});"
        yield "    RETURN NULL;"

    def _told(self, indent: str, new: str) -> Iterator[str]:
        yield f"{indent}UPDATE {self.target} AS there SET {self.sets_there} FROM {self.source} AS here"
        yield f"{indent}WHERE {new} AND {self.together} AND ({self.differing});"

    @property
    def missing(self) -> str:
        """True for rows of the source, by its own name, whose like in the target says something else."""
        name = quote(self.source.name)
        same = self.same_key(name, "there")
        return f"EXISTS (SELECT FROM {self.target} AS there WHERE {same} AND ({self.contradicting(name)}))"

    @property
    def wrong(self) -> str:
        """What stands behind FROM to find what is not in step."""
        return (
            f"{self.source} AS here JOIN {self.target} AS there ON {self.same_key('here', 'there')}"
            f" WHERE {self.contradicting()}"
        )

    def backfill(self) -> Backfill:
        """The rows of the target that say something else."""
        name = quote(self.source.name)
        return Backfill(
            table=self.source,
            values={there: f"{name}.{quote(here)}" for here, there in self.moved.items()},
            where=self.missing,
            into=self.target,
            match={there: f"{name}.{quote(here)}" for here, there in self.key.items()},
        )

"""Keeping two forms of the same facts in step: one trigger function for all pairs of a table.

The function works on what has changed, not on who writes: where a new column
changed, the old ones follow, unless they say the same already; where only an old one
changed, the new ones follow; where none did, nothing is touched. In an INSERT there is
no row before, all of whose columns count as NULL: what is given has changed.

So it needs no setting, no search_path and no trigger depth, and it looks at the
rows that cascades and other triggers write as at any other.
"""

import re
from collections.abc import Mapping

from schemaguard.conditions import (
    SYNC,
    all_of,
    column_exists,
    column_has_type,
    differ,
    either,
    negated,
    routine_exists,
    trigger_exists,
)
from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation, digest_of, quote
from schemaguard.pair_text import PairText
from schemaguard.recipe import Pair
from schemaguard.round_trip import RoundTrip, round_trip
from schemaguard.sql.words import named
from schemaguard.steps import own_name
from schemaguard.trigger_text import create_function, create_trigger, drop_triggers, moved

_INTEGERS = {"smallint", "integer", "bigint"}
_TEXTS = {"text", "character varying"}
#: Built-in types without a collation, which can be compared.
_VALUES = {"boolean", "date", "uuid", "timestamp without time zone", "timestamp with time zone", "bytea"}
_MODIFIERS = re.compile(r"\([\d,\s]*\)")


def _base(type_: str) -> str:
    """The type without its length or precision."""
    return _MODIFIERS.sub("", type_)


def ended(table: Relation, pair: Pair) -> str:
    """Whether only the new form of the pair is left. Before the release that is false."""
    new, old = ([Column(table, name) for name in names] for names in (pair.new, pair.dropped))
    if pair.in_place:
        ((hidden, type_),) = pair.new.items()
        return all_of(negated(column_exists(Column(table, hidden))), column_has_type(old[0], type_))
    return all_of(*map(column_exists, new), *(negated(column_exists(column)) for column in old))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """The trigger of a table and a release, and the steps that make it, fill the columns, and end it."""

    table: Relation
    pairs: tuple[Pair, ...]
    release: str
    #: All columns of the table to their types, the new ones included.
    types: Mapping[str, str]

    @property
    def name(self) -> str:
        """The name of the function; those of the triggers begin with it."""
        digest = digest_of(self.release, self.table.text)
        return own_name(SYNC, self.table.name, digest)

    @property
    def function(self) -> Relation:
        """The function, in the table's schema."""
        return self.table.sibling(self.name)

    @property
    def on_insert(self) -> str:
        """The name of the trigger on INSERT."""
        return own_name(self.name, "i")

    @property
    def on_update(self) -> str:
        """The name of the trigger on UPDATE."""
        return own_name(self.name, "u")

    @property
    def added(self) -> tuple[str, ...]:
        """The new columns."""
        return tuple(column for pair in self.pairs for column in pair.new)

    @property
    def up(self) -> Mapping[str, str]:
        """Each new column to its expression over the old ones."""
        return {column: text for pair in self.pairs for column, text in pair.up.items()}

    @property
    def dropped(self) -> tuple[str, ...]:
        """The old columns that go away in the end."""
        return tuple(column for pair in self.pairs for column in pair.dropped)

    @property
    def sources(self) -> tuple[str, ...]:
        """The old columns."""
        return tuple(dict.fromkeys(column for pair in self.pairs for column in pair.old))

    @property
    def watched(self) -> tuple[str, ...]:
        """The columns whose change in an UPDATE calls the function."""
        found = [c for pair in self.pairs for c in (*pair.old, *(pair.new if pair.down else ()))]
        return tuple(dict.fromkeys(found))

    @property
    def round_trips(self) -> tuple[RoundTrip, ...]:
        """Those of its pairs with both directions."""
        found = (round_trip(pair, self.up, self.types) for pair in self.pairs)
        return tuple(trip for trip in found if trip is not None)

    # SQL

    def create(self) -> tuple[str, ...]:
        """The statements that make the function and its triggers."""
        triggers = [create_trigger(self.on_insert, self.table, self.function, "INSERT")]
        if self.watched:
            # First: what the other one has filled must follow from then on, should they come apart.
            triggers.insert(
                0, create_trigger(self.on_update, self.table, self.function, "UPDATE", self.called)
            )
        said = [PairText(number, pair, self.types) for number, pair in enumerate(self.pairs, 1)]
        body = [line for one in said for line in one.body()]
        variables = [line for one in said for line in one.variables()]
        return (create_function(self.function, body, variables), *triggers)

    @property
    def called(self) -> str:
        """Whether an UPDATE of a row calls the function; for WHEN."""
        changed = {c: moved((c,), self.types, new="OLD", old="NEW") for c in self.watched}
        for pair in self.pairs:
            if pair.down and (source := self._same(pair)):
                # A backfill writes what says the same: it need not be told so a row at a time.
                (new,) = pair.new
                changed[new] += f" AND NEW.{quote(new)} IS DISTINCT FROM NEW.{quote(source)}"
                if _base(self.types[new]) in _TEXTS:
                    # Bytes count: two columns may have two collations, and no statement is to fail for that.
                    changed[new] += ' COLLATE pg_catalog."C"'
        return " OR ".join(f"({text})" if " AND " in text else text for text in changed.values())

    def _same(self, pair: Pair) -> str:
        """The old column of which the only new one is a copy; "": it is another value, or of another type."""
        ((new, text), *others) = pair.up.items()
        source = next((column for column in pair.old if text == quote(column)), "")
        types = {_base(self.types[new]), _base(self.types[source])} if source else set()
        same = (len(types) == 1 and types <= _TEXTS | _VALUES) or types <= _INTEGERS
        return source if not others and source and same else ""

    def drop(self) -> tuple[str, ...]:
        """The statements that take them away: the triggers first."""
        names = [self.on_insert, *([self.on_update] if self.watched else [])]
        return drop_triggers(names, self.table, self.function)

    # Conditions

    @property
    def known(self) -> dict[str, str]:
        """The columns that the pairs' expressions and their own are about, with types."""
        texts = [text for pair in self.pairs for text in (*pair.up.values(), *pair.down.values())]
        own = {c for pair in self.pairs for c in (*pair.old, *pair.new)}
        used = own.union(*(named(text, self.types) for text in texts))
        return {column: self.types[column] for column in used}

    @property
    def over(self) -> str:
        """Whether the trigger has been taken away again, its columns having been made together with it."""
        each = (ended(self.table, pair) for pair in self.pairs)
        return all_of(*each, negated(routine_exists(self.function)))

    @property
    def at_work(self) -> str:
        """Whether the new columns are there and the triggers fire."""
        names = [self.on_insert, *([self.on_update] if self.watched else [])]
        return all_of(
            *(column_exists(Column(self.table, column)) for column in self.added),
            *(trigger_exists(self.table, name, enabled=True) for name in names),
        )

    def unfilled(self, pair: Pair) -> str:
        """True for rows that were there before the trigger, and have not been filled yet."""
        empty = " AND ".join(f"{quote(column)} IS NULL" for column in pair.new)
        wanted = " OR ".join(f"({text}) IS NOT NULL" for text in pair.up.values())
        # New code may have emptied them: then the old ones follow.
        emptied = f" AND ({self._unequal(pair.down)})" if pair.down and not pair.required else ""
        return f"{empty} AND ({wanted}){emptied}"

    def beyond(self, pair: Pair) -> str:
        """True for rows in which the new columns say what does not follow from the old ones."""
        given = " OR ".join(f"{quote(column)} IS NOT NULL" for column in pair.new)
        return f"({given}) AND ({self._unequal(pair.up)})"

    @property
    def differing(self) -> str:
        """True for rows with two forms that contradict each other, whichever side one looks from."""
        # Where nobody writes the new column it is right if it follows from the old one.
        return either(
            *(
                " AND ".join(f"({self._unequal(side)})" for side in (pair.up, pair.down) if side)
                for pair in self.pairs
                if pair.dropped
            )
        )

    def _unequal(self, values: Mapping[str, str]) -> str:
        # Cast as the assignment would.
        each = (differ(quote(c), f"({text})::{self.types[c]}", self.types[c]) for c, text in values.items())
        return " OR ".join(each)

    @property
    def constraint(self) -> str:
        """The name of the CHECK that proves in the end that both forms say the same."""
        return own_name(self.table.name, "in", "step")

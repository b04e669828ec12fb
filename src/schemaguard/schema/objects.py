"""Views, sequences, and objects of which only their being there is known."""

from collections.abc import Mapping
from dataclasses import field

from schemaguard.dataclass import dataclass
from schemaguard.names import Column, Relation


@dataclass(frozen=True, slots=True, kw_only=True)
class ViewState:
    """A view or materialized view."""

    materialized: bool = False
    #: The columns of other relations that its query uses; a relation's whole row is column "".
    uses: frozenset[Column] = field(default=frozenset(), compare=False)
    #: Names of its own columns; (): not known.
    columns: tuple[str, ...] = field(default=(), compare=False)
    #: The functions that its query calls.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False)

    @property
    def reads(self) -> frozenset[Relation]:
        """The relations that its query reads."""
        return frozenset(column.table for column in self.uses)


@dataclass(frozen=True, slots=True, kw_only=True)
class SequenceState:
    """A sequence."""

    #: The column with which it goes.
    owned_by: Column | None = None

    def goes_with(self, owner: Relation | Column) -> bool:
        """Whether it is dropped with the table or column."""
        mine = self.owned_by
        return mine is not None and owner in (mine, mine.table)


def without_owned(
    sequences: Mapping[Relation, SequenceState], owner: Relation | Column
) -> dict[Relation, SequenceState]:
    """Those that are left when the table or column is gone."""
    return {name: state for name, state in sequences.items() if not state.goes_with(owner)}


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """Any other object, of which only its being there is known: an extension, policy, publication..."""

    #: The words after CREATE, in lower case: ``extension``, ``text search configuration``.
    kind: str
    #: As people write it, with the schema if it lives in one: ``public.my_stats``; ``pgcrypto``.
    name: str
    #: The table it belongs to, if it belongs to one: policies, rules, statistics.
    table: Relation | None = None
    #: The columns that it uses, as those of a view.
    uses: frozenset[Column] = field(default=frozenset(), compare=False, repr=False)
    #: The functions that it calls.
    calls: frozenset[Relation] = field(default=frozenset(), compare=False, repr=False)
    #: Of a server: the foreign data wrapper with which it goes.
    wrapper: str = field(default="", compare=False, repr=False)

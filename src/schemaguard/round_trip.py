"""Old columns made new and old again: queries for the rows in which that does not give what they were."""

from collections.abc import Mapping

from schemaguard.conditions import differ
from schemaguard.dataclass import dataclass
from schemaguard.names import Relation, quote, quote_all
from schemaguard.recipe import Pair
from schemaguard.sql.words import named, only_column


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundTrip:
    """A pair with both directions, in a table whose rows have the old form."""

    table: Relation
    #: The new columns of the pair.
    new: tuple[str, ...]
    #: Each new column of the table, also of other pairs, to its expression over the old ones.
    up: Mapping[str, str]
    #: Each old column of the pair to its expression over the new ones.
    down: Mapping[str, str]
    #: All these columns, and others that the expressions name, to their types.
    types: Mapping[str, str]

    @property
    def old(self) -> tuple[str, ...]:
        """The old columns of the pair."""
        return tuple(self.down)

    def lossy(self, among: str = "true") -> str:
        """A query for the old form, the new one and the old one again, as text, of the rows that differ.

        ``among``: a condition on a row of the table, ``t``.
        """
        texts = (*self.up.values(), *self.down.values())
        rest = sorted(set(self.old).union(*(named(text, self.types) for text in texts)) - set(self.up))
        again = {column: f"again_{place}" for place, column in enumerate(self.old, 1)}
        made = self._columns(self.up, {column: quote(column) for column in self.up})
        both = [quote(column) for column in (*self.old, *self.new)]
        shown = ", ".join(f"{name}::text" for name in (*both, *again.values()))
        unlike = " OR ".join(differ(quote(old), name, self.types[old]) for old, name in again.items())
        return (
            f"SELECT {shown} FROM (SELECT {', '.join(both)}, {self._columns(self.down, again)}"
            f" FROM (SELECT {quote_all(rest)}, {made} FROM {self.table} AS t WHERE {among} OFFSET 0) AS made"
            f" OFFSET 0) AS back WHERE {unlike}"
        )

    def _columns(self, said: Mapping[str, str], names: Mapping[str, str]) -> str:
        return ", ".join(f"({text})::{self.types[name]} AS {names[name]}" for name, text in said.items())

    @property
    def count(self) -> str:
        """A query for the number of such rows."""
        return f"SELECT count(*) FROM ({self.lossy()}) AS lossy"


def round_trip(pair: Pair, up: Mapping[str, str], types: Mapping[str, str]) -> RoundTrip | None:
    """The pair's. None where there is no way back, or where both forms are the same by another name.

    ``up``: of each new column of the table; ``types``: of all its columns.
    """
    columns = {**pair.up, **pair.down}
    same = len(pair.new) == 1 and all(
        (other := only_column(text, types)) is not None and types[other] == types[column]
        for column, text in columns.items()
    )
    if not pair.down or same:
        return None
    texts = (*up.values(), *pair.down.values())
    known = {*up, *pair.down}.union(*(named(text, types) for text in texts))
    return RoundTrip(
        table=pair.table,
        new=tuple(pair.new),
        up=dict(up),
        down=dict(pair.down),
        types={column: types[column] for column in sorted(known)},
    )

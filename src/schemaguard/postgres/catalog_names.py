"""What the catalog's oids, numbers and expression trees stand for."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from schemaguard.dataclass import dataclass
from schemaguard.names import Relation
from schemaguard.schema import Expression
from schemaguard.sql.expressions import facts
from schemaguard.sql.reject import Reject

#: How a column of the table itself stands in a stored expression tree.
_VARIABLE = re.compile(r"\{VAR :varno 1 :varattno (\d+)")


@dataclass(frozen=True, slots=True)
class Names:
    """What oids and numbers stand for."""

    tables: Mapping[int, Relation]
    columns: Mapping[int, Mapping[int, str]]

    def of(self, table: int, numbers: Iterable[int]) -> tuple[str, ...]:
        # 0 is the whole row.
        return tuple(self.columns[table][number] for number in numbers if number)

    def within(self, table: int, *trees: str | None) -> frozenset[str]:
        """The columns that stored expression trees refer to."""
        numbers = {int(n) for tree in trees for n in _VARIABLE.findall(tree or "")}
        return frozenset(self.of(table, numbers))


@lru_cache(maxsize=4096)
def expression_of(text: str, columns: frozenset[str]) -> Expression:
    """The server's text; which columns it refers to the server knows better than we."""
    try:
        known = facts(text)
    except Reject:
        return Expression(text=text, columns=columns)
    return replace(known, text=text, columns=columns)

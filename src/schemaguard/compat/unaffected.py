"""When a change of the schema cannot have changed what a statement does.

The server does what its analysed tree says, with the rows of the catalogue that it consults and with the
data. A statement whose tree and whose part of the catalogue are what they were, and whose tables no step has
written, does what it did, whatever the values are. The part is taken too large rather than too small: where
code can reach anything, it is all of the catalogue.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field

from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.sql.lexer import tokens

_KINDS = frozenset(("select", "values", "table", "insert", "update", "delete", "merge"))
#: What asks the catalogue by a name that is a value, or looks at where and when rows were written.
_ASKS = tuple(
    "pg_ to_reg has_ txid_ lo_ dblink query_to_ table_to_ schema_to_ cursor_to_ database_to_".split()
)
_LOOKS = frozenset(
    "information_schema currval lastval nextval setval set_config current_setting ctid xmin xmax cmin cmax "
    "tableoid regclass regproc regprocedure regtype regoper regoperator regrole regnamespace regcollation "
    "regconfig regdictionary format_type obj_description col_description shobj_description tablesample "
    "current_schemas loread lowrite".split()
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Footing:
    """What a statement rests on at one schema state."""

    #: The tree that the server has made of it; "": it makes none that can be kept.
    tree: str = ""
    #: What is consulted of the catalogue, by what it is about.
    facts: Mapping[str, str] = field(default_factory=dict)
    #: ``schema.name`` of all relations whose rows it may read or write.
    relations: frozenset[str] = frozenset()
    #: Whether its code may reach any table.
    reaches_all: bool = False

    def touches(self, tables: frozenset[str]) -> bool:
        """Whether it may read or write one of them."""
        return bool(tables) and (self.reaches_all or bool(self.relations & tables))


def can_be_proven(query: Query) -> bool:
    """Whether the rule holds for such a statement at all."""
    if query.kind not in _KINDS:
        return False
    words = {token.text.strip('"').lower() for token in tokens(query.sql)}
    return not words & _LOOKS and not any(word.startswith(_ASKS) for word in words)


def is_unaffected(then: Footing | None, now: Footing | None) -> bool:
    """Whether it rests on the same, so that it does the same on the same rows."""
    if then is None or now is None or not then.tree:
        return False
    return then.tree == now.tree and then.facts == now.facts and then.reaches_all == now.reaches_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The rule between two states; statements go by numbers."""

    then: Mapping[int, Footing]
    now: Mapping[int, Footing]
    #: Tables whose rows were changed in between, or taken away.
    moved: frozenset[str]

    def same(self, number: int) -> bool:
        """Whether it does what it did, on rows that are what they were."""
        now = self.now.get(number)
        return now is not None and is_unaffected(self.then.get(number), now) and not now.touches(self.moved)

    def left_alone(self, writers: Sequence[int]) -> frozenset[int]:
        """Those that do what they did, also after these wrote, in this order.

        A writer that does not do what it did, or did not write then, may have put other rows wherever it can.
        """
        reached: frozenset[str] = frozenset()
        for writer in writers:
            if self.same(writer) and not self.now[writer].touches(reached):
                continue
            own = [side[writer] for side in (self.then, self.now) if writer in side]
            if writer not in self.now or any(not one.tree or one.reaches_all for one in own):
                return frozenset()
            reached = reached.union(*(one.relations for one in own))
        return frozenset(n for n, now in self.now.items() if self.same(n) and not now.touches(reached))

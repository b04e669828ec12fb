"""Which statements of the baseline rest at a state on what they rested on before the release."""

from collections.abc import Mapping, Sequence

from schemaguard.compat.observation import Described, Write
from schemaguard.compat.unaffected import Footing, is_unaffected
from schemaguard.compat.workload import Query
from schemaguard.dataclass import dataclass
from schemaguard.postgres.footings import Ground


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """The frame rule at one state."""

    #: By the id of their queries, before the release and now.
    then: Mapping[str, Footing]
    now: Mapping[str, Footing]
    #: What the canary writes, as it is analysed here.
    others: Mapping[str, Footing]
    #: Tables whose rows a step has changed, or taken away.
    moved: frozenset[str]

    def proves(self, query: Query, writes: Sequence[Write]) -> bool:
        """Whether it does what it did, also after these were written."""
        footing = self.now.get(query.id)
        if footing is None or not self._same(query.id):
            return False
        return all(self._leaves(footing, write.query.id) for write in writes)

    def _same(self, query_id: str) -> bool:
        now = self.now.get(query_id)
        same = is_unaffected(self.then.get(query_id), now)
        return same and now is not None and not now.touches(self.moved)

    def _leaves(self, footing: Footing, written: str) -> bool:
        """What the baseline writes as it did, it may read; what the canary writes, must be elsewhere."""
        if written in self.now and written not in self.others:
            return self._same(written)
        other = self.others.get(written)
        if other is None or not other.tree or other.reaches_all or footing.reaches_all:
            return False
        return not footing.touches(other.relations)


def footings_of(ground: Ground, queries: Sequence[tuple[Query, Described]], role: str) -> dict[str, Footing]:
    """By the id of each query."""
    found = ground.footings(dict(enumerate(queries)), role)
    return {queries[number][0].id: footing for number, footing in found.items()}

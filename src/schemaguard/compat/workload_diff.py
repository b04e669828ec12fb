"""What another version of the code asks that this one does not."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from schemaguard.compat.workload_types import Query, Workload
from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """The statements that two workloads do not share."""

    added: tuple[Query, ...]
    removed: tuple[Query, ...]
    #: Another text from the same function, or the same text with other parameters.
    changed: tuple[tuple[Query, Query], ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


def difference(before: Workload, after: Workload) -> Difference:
    """By id, and what has no partner by the name of the function that sends it."""
    old = {statement.id: statement for statement in before.statements}
    new = {statement.id: statement for statement in after.statements}
    changed = [
        (old[id_], new[id_]) for id_ in old.keys() & new.keys() if _needs(old[id_]) != _needs(new[id_])
    ]
    gone = [old[id_] for id_ in old.keys() - new.keys()]
    come = [new[id_] for id_ in new.keys() - old.keys()]
    pairs = list(_pairs(gone, come))
    paired = {statement.id for pair in pairs for statement in pair}
    return Difference(
        added=_in_order(statement for statement in come if statement.id not in paired),
        removed=_in_order(statement for statement in gone if statement.id not in paired),
        changed=tuple(sorted([*changed, *pairs], key=lambda pair: (pair[1].name, pair[1].id))),
    )


def _needs(statement: Query) -> object:
    """What counts beside the text; that it is sent from another line does not."""
    return statement.parameters, statement.many


def _pairs(gone: list[Query], come: list[Query]) -> Iterator[tuple[Query, Query]]:
    """Of the same name and kind, the most alike first."""
    possible = sorted(
        (-SequenceMatcher(None, old.sql, new.sql, autojunk=False).ratio(), old.id, new.id, old, new)
        for old in gone
        for new in come
        if old.name and (old.name, old.kind) == (new.name, new.kind)
    )
    taken: set[str] = set()
    for *_, old, new in possible:
        if taken.isdisjoint((old.id, new.id)):
            taken |= {old.id, new.id}
            yield old, new


def _in_order(statements: Iterable[Query]) -> tuple[Query, ...]:
    return tuple(sorted(statements, key=lambda statement: (statement.name, statement.id)))

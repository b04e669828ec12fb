"""What hangs on something, and what hangs on that."""

from collections.abc import Callable, Iterable

from schemaguard.names import Relation


def reached(start: Relation, step: Callable[[Relation], Iterable[Relation]]) -> list[Relation]:
    """What can be reached by steps from the start, each once."""
    found: dict[Relation, None] = {}
    ahead = [start]
    while ahead:
        new = [one for one in step(ahead.pop()) if one not in found]
        found.update(dict.fromkeys(new))
        ahead += new
    return list(found)

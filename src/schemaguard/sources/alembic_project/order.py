"""The order in which a history's revisions run, and what is wrong with it."""

from collections.abc import Iterator, Sequence

from schemaguard.dataclass import dataclass
from schemaguard.sources.alembic_project.headers import Header


@dataclass(frozen=True, slots=True)
class Ordered:
    """A revision in its place. One that is not ``runnable`` is only reported."""

    header: Header
    problems: tuple[tuple[str, int], ...]
    runnable: bool = True
    #: The other heads, if it is one of several, and no branch has a label, which would say that it is meant.
    beside: tuple[str, ...] = ()


def ordered(headers: Sequence[Header]) -> tuple[Ordered, ...]:
    """All of ``headers``, each after what it rests on; those that have no place come last."""
    by_id: dict[str, list[Header]] = {}
    for header in headers:
        if header.id is not None and not header.problem:
            by_id.setdefault(header.id, []).append(header)
    unique = {id_: found[0] for id_, found in by_id.items()}
    labels = _labels(unique)
    arranged, circular = _arranged(unique, labels)
    heads = _heads(unique, labels)
    result = [
        Ordered(
            unique[id_],
            tuple(_problems(unique[id_], by_id, labels)),
            beside=tuple(other for other in heads if other != id_) if id_ in heads else (),
        )
        for id_ in arranged
    ]
    for id_ in circular:
        message = "is its own ancestor: down_revision and depends_on lead in a circle"
        result.append(Ordered(unique[id_], ((message, unique[id_].down_line),), runnable=False))
    placed = {id(item.header) for item in result}
    for header in headers:
        if id(header) in placed:
            continue
        if header.problem:
            result.append(Ordered(header, ((header.problem, header.problem_line),), runnable=False))
        else:
            result.append(Ordered(header, tuple(_problems(header, by_id, labels)), runnable=False))
    return tuple(result)


def _labels(unique: dict[str, Header]) -> dict[str, str]:
    """Branch labels and unambiguous beginnings of ids stand for revisions in ``depends_on``."""
    return {label: id_ for id_, header in unique.items() for label in header.labels}


def _heads(unique: dict[str, Header], labels: dict[str, str]) -> list[str]:
    if labels:
        return []
    followed = {parent for header in unique.values() for parent in _parents(header, unique, labels)}
    return sorted(unique.keys() - followed)


def _parents(header: Header, unique: dict[str, Header], labels: dict[str, str]) -> Iterator[str]:
    for name in header.down:
        if name in unique:
            yield name
    for name in header.depends_on:
        found = _resolved(name, unique, labels)
        if found is not None:
            yield found


def _resolved(name: str, unique: dict[str, Header], labels: dict[str, str]) -> str | None:
    if name in unique:
        return name
    if name in labels:
        return labels[name]
    beginning = [id_ for id_ in unique if len(name) >= 4 and id_.startswith(name)]
    return beginning[0] if len(beginning) == 1 else None


def _arranged(unique: dict[str, Header], labels: dict[str, str]) -> tuple[list[str], list[str]]:
    """Ids in running order, staying on a branch as long as possible; and those in or behind a circle."""
    waiting = {id_: set(_parents(header, unique, labels)) for id_, header in unique.items()}
    children: dict[str, list[str]] = {id_: [] for id_ in unique}
    for id_, parents in waiting.items():
        for parent in sorted(parents):
            children[parent].append(id_)
    ready = sorted((id_ for id_, parents in waiting.items() if not parents), reverse=True)
    done: list[str] = []
    while ready:
        id_ = ready.pop()
        done.append(id_)
        for child in sorted(children[id_], reverse=True):
            waiting[child].discard(id_)
            if not waiting[child]:
                ready.append(child)
    finished = set(done)
    return done, sorted(id_ for id_ in unique if id_ not in finished)


def _problems(
    header: Header, by_id: dict[str, list[Header]], labels: dict[str, str]
) -> Iterator[tuple[str, int]]:
    unique = {id_: found[0] for id_, found in by_id.items()}
    twins = [twin.path.name for twin in by_id.get(header.id or "", []) if twin is not header]
    if twins:
        yield f"has the id {header.id}, and so has {', '.join(twins)}", 1
    for name in header.down:
        if name not in unique:
            yield f"follows {name}, which is not in this history", header.down_line
    for name in header.depends_on:
        if _resolved(name, unique, labels) is None:
            yield f"depends on {name}, which is not in this history", header.down_line

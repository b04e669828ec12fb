"""Of the many rows of one VALUES, those that are like the first but for their constants."""

from collections.abc import Callable, Iterator

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Alike:
    """A row that says nothing new."""

    #: From the comma before it to behind its bracket.
    places: tuple[int, int]
    #: Where the first row has a constant, and where this one has.
    twins: tuple[tuple[int, int], ...]


def rows_like_the_first(
    words: list[str], opened: list[int | None], constant: Callable[[int], bool]
) -> list[Alike]:
    """Two rows stay, as more than one may mean something else than one."""
    return [
        Alike((row[0] - 1, row[1]), twins)
        for place, word in enumerate(words)
        if word == "VALUES"
        for first, row in _pairs(_rows(words, opened, place + 1))
        if (twins := _twins(words, constant, first, row)) is not None
    ]


def _pairs(rows: list[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    return ((rows[0], row) for row in rows[2:])


def _twins(
    words: list[str], constant: Callable[[int], bool], first: tuple[int, int], row: tuple[int, int]
) -> tuple[tuple[int, int], ...] | None:
    """None: the row has another form."""
    if first[1] - first[0] != row[1] - row[0]:
        return None
    found = []
    for one, other in zip(range(*first), range(*row), strict=True):
        if constant(one) and constant(other):
            found.append((one, other))
        elif constant(one) or constant(other) or words[one] != words[other]:
            return None
    return tuple(found)


def _rows(words: list[str], opened: list[int | None], at: int) -> list[tuple[int, int]]:
    """The places of each row, its brackets among them."""
    level = opened[at - 1]
    rows: list[tuple[int, int]] = []
    while at < len(words) and words[at] == "(" and opened[at] == level:
        end = at + 1
        while end < len(words) and not (words[end] == ")" and opened[end] == at):
            end += 1
        rows.append((at, end + 1))
        if end + 1 >= len(words) or words[end + 1] != ",":
            break
        at = end + 2
    return rows

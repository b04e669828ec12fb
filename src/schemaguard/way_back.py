"""How a step is taken back: what of it is sent together, and what by itself."""

from collections.abc import Iterable, Iterator

from schemaguard.dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Apart:
    """A statement that takes its time, under locks that let reads and writes through: sent by itself."""

    sql: str
    #: A query that returns one boolean: has an attempt that was killed done it? "": it may come twice.
    done: str = ""
    #: What does the same within a transaction, under locks that stop others. "": it may be sent there itself.
    inside: str = ""


#: Statements in their order. Those between two that are sent apart are one transaction.
WayBack = tuple[str | Apart, ...]


@dataclass(frozen=True, slots=True)
class Turn:
    """Statements that are sent together, or one that is apart."""

    sql: tuple[str, ...]
    apart: bool = False
    #: As of Apart.
    done: str = ""
    inside: str = ""


def turns(way: Iterable[str | Apart]) -> Iterator[Turn]:
    """What is sent together, in order."""
    together: list[str] = []
    for one in way:
        if isinstance(one, str):
            together.append(one)
            continue
        if together:
            yield Turn(tuple(together))
            together = []
        yield Turn((one.sql,), apart=True, done=one.done, inside=one.inside)
    if together:
        yield Turn(tuple(together))


def texts(way: Iterable[str | Apart]) -> tuple[str, ...]:
    """All statements, in order."""
    return tuple(one if isinstance(one, str) else one.sql for one in way)

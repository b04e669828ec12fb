"""Which new columns hang together by the old ones that they are made of, and may be made of them."""

from collections.abc import Collection, Iterator, Mapping

from schemaguard.dataclass import dataclass
from schemaguard.errors import InputError
from schemaguard.names import Column
from schemaguard.schema import Volatility
from schemaguard.sql.expressions import facts
from schemaguard.sql.words import named


@dataclass(frozen=True, slots=True)
class Group:
    """New columns with the dropped ones that they are made from; without any, they are only filled."""

    new: tuple[str, ...]
    old: tuple[str, ...]


def groups(up: Mapping[str, str], dropped: Collection[str]) -> Iterator[Group]:
    """The new columns of a table, with those of the dropped ones that their expressions name."""
    made_of = {name: named(text, dropped) for name, text in up.items()}
    left = dict.fromkeys(made_of)
    while left:
        first = next(iter(left))
        new, old = {first}, set(made_of[first])
        while more := {name for name in left if name not in new and made_of[name] & old}:
            new |= more
            old |= set().union(*(made_of[name] for name in more))
        # Columns that are only filled have nothing to do with each other.
        yield Group(tuple(name for name in left if name in new), tuple(d for d in dropped if d in old))
        for name in new:
            del left[name]


def be_repeatable(column: Column, text: str, dropped: Collection[str]) -> None:
    """What follows from a column that goes must be the same each time. InputError where it is not."""
    sources = [name for name in dropped if name in named(text, {name})]
    if sources and facts(text).volatility is Volatility.VOLATILE:
        raise InputError(
            f"{column.text} follows from {sources[0]} by an expression whose value changes: {text}",
            advice="Use an expression that gives the same for the same row.",
        )

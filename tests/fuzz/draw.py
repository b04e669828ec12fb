"""Choices by a seed, and the statements that come of them, in parts that can be left out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """A statement. Without some of its parts it is one, too."""

    head: str
    parts: tuple[str, ...] = ()
    tail: str = ""

    @property
    def text(self) -> str:
        return self.head + ", ".join(self.parts) + self.tail

    def without(self, place: int) -> "Made":
        """The same without one part."""
        return Made(self.head, (*self.parts[:place], *self.parts[place + 1 :]), self.tail)


@dataclass(frozen=True, slots=True)
class Draw:
    """The same seed draws the same."""

    seed: int
    random: Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "random", Random(self.seed))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def between(self, lowest: int, highest: int) -> int:
        return self.random.randint(lowest, highest)

    def one(self, of: Iterable[T]) -> T:
        return self.random.choice(list(of))

    def some(self, of: Iterable[T], lowest: int = 1, highest: int = 3) -> list[T]:
        """Different ones, in any order."""
        among = list(of)
        return self.random.sample(among, min(len(among), self.between(lowest, highest)))

    def weighed(self, of: Sequence[tuple[int, Callable[[], T]]]) -> T:
        """What one of the functions gives, by their weights."""
        chosen = self.random.choices([make for _, make in of], [weight for weight, _ in of])[0]
        return chosen()

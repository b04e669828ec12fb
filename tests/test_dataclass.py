"""Ours are what Python's own are, one by one, but that their methods are written later."""

import copy
import dataclasses
import pickle
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import field
from functools import partial
from threading import Barrier
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from schemaguard import dataclass as ours

Make = Callable[..., Any]


def classes(dataclass: Make) -> SimpleNamespace:
    @dataclass(frozen=True, slots=True)
    class Point:
        """Two numbers."""

        KIND: ClassVar[str] = "point"
        x: int
        y: int = 2

        def moved(self) -> "Point":
            return dataclasses.replace(self, x=self.x + 1)

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Named(Point):
        """With a name, and a default of its own."""

        name: str
        y: int = 3
        parts: tuple[int, ...] = field(default_factory=tuple)
        apart: int = field(default=0, compare=False, repr=False)

    @dataclass(slots=True)
    class Open:
        """Can be changed."""

        found: list[int] = field(default_factory=list)
        twice: int = field(init=False)

        def __post_init__(self) -> None:
            self.twice = 2 * len(self.found)

    @dataclass(frozen=True, slots=True, order=True)
    class Ordered:
        """Has an order."""

        major: int
        minor: int = 0

    @dataclass(slots=True, eq=False)
    class Itself:
        """Equal to itself only."""

        x: int

    @dataclass(frozen=True, slots=True)
    class Spoken:  # noqa: PLW1641 - what is written has one
        """Says itself what it is."""

        x: int

        def __repr__(self) -> str:
            return f"<{self.x}>"

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Spoken)

    @dataclass(frozen=True)
    class Roomy:
        """Without slots."""

        x: int = 1

    class Plain(Point):
        """None itself."""

    return SimpleNamespace(**{name: kind for name, kind in locals().items() if isinstance(kind, type)})


def said(question: str, of: SimpleNamespace) -> str:
    try:
        return repr(QUESTIONS[question](of))
    except (TypeError, AttributeError) as error:
        return f"{type(error).__name__}: {error}"


QUESTIONS: dict[str, Callable[[SimpleNamespace], Any]] = {
    "repr": lambda c: repr(c.Named(x=1, name="a", apart=5)),
    "repr of its own": lambda c: repr(c.Spoken(1)),
    "equal": lambda c: c.Named(x=1, name="a", apart=1) == c.Named(x=1, name="a", apart=2),
    "not equal": lambda c: c.Point(1) == c.Named(x=1, name="a"),
    "equal by its own": lambda c: c.Spoken(1) == c.Spoken(2),
    "only itself": lambda c: c.Itself(1) == c.Itself(1),
    "hash": lambda c: hash(c.Named(x=1, name="a")) == hash(c.Named(x=1, name="a", apart=9)),
    "hash beside an own equality": lambda c: hash(c.Spoken(1)) == hash(c.Spoken(1)),
    "no hash": lambda c: hash(c.Open()),
    "hash of what is itself": lambda c: hash(c.Itself(1)) != 0,
    "in a set before anything else": lambda c: len({c.Point(1), c.Point(1)}),
    "order": lambda c: (
        sorted([c.Ordered(2), c.Ordered(1, 5), c.Ordered(1)]) == [c.Ordered(1), c.Ordered(1, 5), c.Ordered(2)]
    ),
    "no order": lambda c: c.Point(1) < c.Point(2),
    "max": lambda c: max(c.Ordered(1), c.Ordered(1, 1)).minor,
    "replace": lambda c: repr(dataclasses.replace(c.Named(x=1, name="a"), y=7)),
    "replace in a method": lambda c: repr(c.Point(1).moved()),
    "fields, before there is one": lambda c: [f.name for f in dataclasses.fields(c.Named)],
    "of a field": lambda c: [(f.type, f.default, f.kw_only) for f in dataclasses.fields(c.Point)],
    "asdict": lambda c: dataclasses.asdict(c.Open([1])),
    "is one": lambda c: [dataclasses.is_dataclass(kind) for kind in vars(c).values()],
    "positions": lambda c: [kind.__match_args__ for kind in (c.Point, c.Named, c.Plain)],
    "slots": lambda c: [kind.__slots__ for kind in (c.Point, c.Named, c.Open)],
    "no room": lambda c: c.Open().__dict__,
    "frozen": lambda c: setattr(c.Point(1), "x", 2),
    "frozen for good": lambda c: delattr(c.Point(1), "x"),
    "can be changed": lambda c: c.Open().__setattr__("twice", 2),
    "too little": lambda c: c.Named(1, name="a", wrong=1),
    "nothing": lambda c: c.Point(),
    "a name by position": lambda c: c.Named(1, 2, "a"),
    "a factory each time": lambda c: c.Open().found is c.Open().found,
    "after the start": lambda c: c.Open([1, 2]).twice,
    "copied": lambda c: repr(copy.deepcopy(c.Named(x=1, name="a", parts=(1, 2)))),
    "of the class": lambda c: (c.Point.KIND, c.Point(1).KIND),
    "a class below": lambda c: repr(c.Plain(4)),
    "without slots": lambda c: (c.Roomy(), hash(c.Roomy()) == hash(c.Roomy(1))),
    "names": lambda c: (c.Point.__name__, c.Point.__module__, c.Point.__doc__, c.Named.__qualname__[-5:]),
    "annotations": lambda c: list(c.Named.__annotations__),
}


@pytest.fixture(scope="module")
def pythons() -> dict[str, str]:
    """What Python's own dataclasses answer."""
    own = classes(dataclasses.dataclass)
    return {question: said(question, own) for question in QUESTIONS}


@pytest.mark.parametrize("first", QUESTIONS)
def test_whatever_is_asked_first_the_answers_are_those_of_pythons_own(
    first: str, pythons: dict[str, str]
) -> None:
    found = classes(ours.dataclass)

    assert said(first, found) == pythons[first]
    assert {question: said(question, found) for question in QUESTIONS} == pythons


@ours.dataclass(frozen=True, slots=True)
class Kept:
    """Can be found by its name."""

    x: int
    rest: tuple[str, ...] = ()


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_it_is_pickled(protocol: int) -> None:
    kept = Kept(1, ("a",))

    assert pickle.loads(pickle.dumps(kept, protocol)) == kept


def test_nothing_is_written_of_what_nobody_uses() -> None:
    @ours.dataclass(frozen=True, slots=True)
    class Idle:
        """Nobody needs it."""

        x: int

    assert Idle.__init__.__name__ == "first"
    assert Idle(1) == Idle(1)
    assert Idle.__init__.__name__ == "__init__"


def test_what_was_taken_before_still_works_after_the_first_use() -> None:
    found = classes(ours.dataclass)
    begin, same = found.Named.__init__, found.Named.__eq__
    first, second = found.Named(x=1, name="a"), object.__new__(found.Named)
    begin(second, x=1, name="a")

    assert same(first, second)
    assert found.Named(x=1, name="b").parts == ()


def test_several_threads_begin_at_the_same_time(request: pytest.FixtureRequest) -> None:
    request.addfinalizer(partial(sys.setswitchinterval, sys.getswitchinterval()))
    sys.setswitchinterval(1e-6)
    for _ in range(50):
        found, together = classes(ours.dataclass), Barrier(4)

        def begin(found: SimpleNamespace = found, together: Barrier = together) -> Any:
            together.wait()
            return found.Named(x=1, name="a")

        with ThreadPoolExecutor(4) as threads:
            made = [threads.submit(begin) for _ in range(4)]

        assert {one.result().parts for one in made} == {()}

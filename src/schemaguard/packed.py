"""Values of our own as tuples, strings and numbers, which ``kept`` can keep, and back."""

from collections.abc import Callable, Iterator
from enum import Enum
from importlib import import_module
from itertools import chain
from typing import Any

_PLAIN = frozenset({type(None), bool, int, float, str, bytes})
#: What the first number of a tuple says that it is; the numbers after these are of classes.
_TUPLE, _SET, _MAPPING, _FIRST = range(4)


def packed(value: object) -> tuple[list[str], object]:
    """The names of the classes that it is made of, and the value. TypeError: somebody else's class is in it.

    What is in several places of the value is packed once.
    """
    classes: dict[type, int] = {}
    done: dict[int, object] = {}

    def pack(one: object) -> object:
        if type(one) in _PLAIN:
            return one
        if id(one) not in done:
            done[id(one)] = number(one), *map(pack, _parts(one))
        return done[id(one)]

    def number(one: object) -> int:
        kind = type(one)
        if kind in _CONTAINERS:
            return _CONTAINERS[kind]
        return classes.setdefault(kind, _FIRST + len(classes))

    whole = pack(value)
    return [f"{kind.__module__}:{kind.__qualname__}" for kind in classes], whole


def unpacked(names: list[str], whole: Any) -> Any:
    """The value again. ValueError, TypeError, LookupError, AttributeError, ImportError: it is no such one."""
    makers: tuple[Callable[[list[Any]], object], ...] = (tuple, frozenset, _mapping, *map(_maker, names))
    done: dict[int, object] = {}

    def unpack(one: Any) -> Any:
        if type(one) is not tuple:
            return one
        if id(one) not in done:
            done[id(one)] = makers[one[0]]([unpack(part) for part in one[1:]])
        return done[id(one)]

    return unpack(whole)


_CONTAINERS: dict[type, int] = {tuple: _TUPLE, frozenset: _SET, dict: _MAPPING}


def _parts(one: Any) -> Iterator[object]:
    if isinstance(one, dict):
        return chain.from_iterable(one.items())
    if type(one) in _CONTAINERS:
        return iter(one)
    if isinstance(one, Enum):
        return iter((one.name,))
    return (getattr(one, name) for name in _slots(type(one)))


def _mapping(parts: list[Any]) -> dict[Any, Any]:
    return dict(zip(parts[::2], parts[1::2], strict=True))


def _slots(kind: type) -> list[str]:
    if not kind.__module__.startswith("schemaguard.") or "__dict__" in dir(kind):
        raise TypeError(f"{kind.__qualname__} has more to it than we know")
    return [name for base in reversed(kind.__mro__) for name in base.__dict__.get("__slots__", ())]


def _maker(name: str) -> Callable[[list[Any]], object]:
    module, _, path = name.partition(":")
    if not module.startswith("schemaguard."):
        raise ValueError(name)
    kind: Any = import_module(module)
    for part in path.split("."):
        kind = getattr(kind, part)
    if issubclass(kind, Enum):
        return lambda parts: kind[parts[0]]
    setters = [getattr(kind, slot).__set__ for slot in _slots(kind)]

    def made(parts: list[Any]) -> object:
        one = object.__new__(kind)
        for setter, part in zip(setters, parts, strict=True):
            setter(one, part)
        return one

    return made

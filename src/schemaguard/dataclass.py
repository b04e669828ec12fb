"""Dataclasses that cost little to define: the methods of one are written when it is first used.

Python writes and compiles six functions for each, which was nearly half the time of a short command.
"""

import dataclasses
from collections.abc import Callable
from inspect import get_annotations
from threading import RLock
from typing import TYPE_CHECKING, Any, ClassVar, get_origin

__all__ = ["dataclass"]

_OF_PLAIN = frozenset({"__dict__", "__weakref__"})
_DESCRIBED = ("__dataclass_fields__", "__dataclass_params__", "__match_args__")
_ORDERED = ("__lt__", "__le__", "__gt__", "__ge__")
#: Python can write the methods of a class once only. To write those of one may need those that it is made of.
_WRITING = RLock()


def _dataclass(plain: type | None = None, *, slots: bool = False, **options: bool) -> Any:
    """As ``dataclasses.dataclass``, which writes the methods in the end."""
    if slots:
        return lambda plain: _slotted(plain, options)
    return dataclasses.dataclass(plain, **options)


def _slotted(plain: type, options: dict[str, bool]) -> type:
    names = [name for name, kind in get_annotations(plain).items() if _is_field(kind)]
    taken = {slot for base in plain.__mro__[1:] for slot in base.__dict__.get("__slots__", ())}
    body = {name: told for name, told in plain.__dict__.items() if name not in _OF_PLAIN.union(names)}
    later = [name for name in _methods(options) if body.get(name) is None]

    def written() -> type:
        with _WRITING:
            if isinstance(made.__dict__["__match_args__"], _Description):
                done: type = dataclasses.dataclass(**options)(plain)
                for name in (*later, *_DESCRIBED):
                    setattr(made, name, done.__dict__[name])
        return made

    if options.get("frozen"):
        body |= {
            "__setattr__": _refuse,
            "__delattr__": _refuse,
            "__getstate__": _state,
            "__setstate__": _restore,
        }
    elif options.get("eq", True):
        body.setdefault("__hash__", None)
    body |= {name: _method(name, written) for name in later}
    body |= {name: _Description(name, written) for name in _DESCRIBED}
    body["__slots__"] = tuple(name for name in names if name not in taken)
    made = type(plain)(plain.__name__, plain.__bases__, body)
    made.__qualname__ = plain.__qualname__
    return made


def _is_field(kind: object) -> bool:
    return ClassVar not in (kind, get_origin(kind))


def _methods(options: dict[str, bool]) -> tuple[str, ...]:
    equal = ("__eq__", "__hash__") if options.get("frozen") else ("__eq__",)
    return (
        "__init__",
        "__repr__",
        *(equal if options.get("eq", True) else ()),
        *(_ORDERED if options.get("order") else ()),
    )


def _method(name: str, written: Callable[[], type]) -> Callable[..., Any]:
    """Stands where that method will be."""

    def first(self: object, *values: object, **named: object) -> Any:
        return written().__dict__[name](self, *values, **named)

    return first


class _Description:
    """Stands where ``dataclasses`` will say what the class is."""

    def __init__(self, name: str, written: Callable[[], type]) -> None:
        self.name = name
        self.written = written

    def __get__(self, instance: object, owner: type) -> Any:
        return self.written().__dict__[self.name]


def _refuse(_: object, name: str, *value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")


def _state(self: Any) -> list[object]:
    return [getattr(self, field.name) for field in dataclasses.fields(self)]


def _restore(self: Any, state: list[object]) -> None:
    for field, value in zip(dataclasses.fields(self), state, strict=True):
        object.__setattr__(self, field.name, value)


if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    dataclass = _dataclass

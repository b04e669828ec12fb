"""
Stand-ins for modules that cannot be imported, so that a revision still runs.

A stand-in remembers that it was used where the outcome could depend on it. Being imported,
or asked to write to a log, does not count.
"""

from __future__ import annotations

import re
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import sqlalchemy
from sqlalchemy.types import UserDefinedType

LOG_METHODS = {"debug", "info", "warning", "warn", "error", "exception", "critical", "log", "bind", "adebug"}
LOGGER = re.compile(
    r"(^|[._])(log|logs|logger|logging|getlogger|get_logger|structlog|loguru)([._(]|$)", re.IGNORECASE
)

LIBRARY = str(Path(str(sqlalchemy.__file__)).parent)

#: Hears of each use; set by whoever runs the revision.
Report = Callable[[str], None]
_report: list[Report] = []


def report_to(report: Report) -> None:
    """From now on ``report`` hears of uses."""
    _report[:] = [report]


def _used(stub: Stub, how: str) -> None:
    for report in _report:
        report(f"{stub.schemaguard_path} cannot be imported here, and was {how}")


def _asked_by_sqlalchemy() -> bool:
    return sys._getframe(2).f_code.co_filename.startswith(LIBRARY)


class Stub:
    """Anything, of a module that is not there."""

    def __init__(self, path: str) -> None:
        self.__dict__["schemaguard_path"] = path

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__") and name not in ("__tablename__", "__table__"):
            raise AttributeError(name)
        if name in ("_sa_instance_state", "_is_type_decorator", "_with_collation", "_default_dialect"):
            raise AttributeError(name)
        return Stub(f"{self.schemaguard_path}.{name}")

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        last = self.schemaguard_path.rpartition(".")[2].partition("(")[0]
        if LOGGER.search(self.schemaguard_path) and last in LOG_METHODS:
            return None
        if len(arguments) == 1 and not named and isinstance(arguments[0], (types.FunctionType, type)):
            # A decorator: the function it is given is the best guess at what it makes.
            _used(self, "used as a decorator")
            return arguments[0]
        if last[:1].isupper() or _asked_by_sqlalchemy():
            return TypeStub(f"{self.schemaguard_path}()")
        if not LOGGER.search(self.schemaguard_path):
            _used(self, "called")
        return Stub(f"{self.schemaguard_path}()")

    #: SQLAlchemy takes the stub for a column's type; then it calls it.
    _sqla_type = True

    def __mro_entries__(self, bases: Any) -> tuple[type, ...]:
        _used(self, "used as a base class")
        return (type(self.schemaguard_path.rpartition(".")[2] or "Unknown", (), {}),)

    def __bool__(self) -> bool:
        if not _asked_by_sqlalchemy():
            _used(self, "asked yes or no")
        return True

    def __iter__(self) -> Iterator[Any]:
        _used(self, "iterated over")
        return iter(())

    def __len__(self) -> int:
        _used(self, "counted")
        return 0

    def __contains__(self, item: Any) -> bool:
        _used(self, "searched")
        return False

    def __getitem__(self, key: Any) -> Any:
        return Stub(f"{self.schemaguard_path}[...]")

    def __str__(self) -> str:
        _used(self, "written into text")
        return re.sub(r"\W+", "_", self.schemaguard_path).strip("_")

    def __format__(self, spec: str) -> str:
        return str(self)

    def __repr__(self) -> str:
        return f"<stand-in for {self.schemaguard_path}>"

    def __int__(self) -> int:
        _used(self, "used as a number")
        return 1

    __index__ = __int__

    def __float__(self) -> float:
        return float(int(self))

    def __hash__(self) -> int:
        return hash(self.schemaguard_path)

    def __eq__(self, other: object) -> bool:
        if other is not self and not _asked_by_sqlalchemy():
            _used(self, "compared")
        return other is self

    def _compared(self, other: Any) -> bool:
        _used(self, "compared")
        return False

    __lt__ = __le__ = __gt__ = __ge__ = _compared

    def _computed(self, other: Any) -> Any:
        if isinstance(other, str):
            return str(self)
        return Stub(f"{self.schemaguard_path}()")

    __add__ = __sub__ = __mul__ = __truediv__ = __mod__ = __or__ = __and__ = _computed
    __rsub__ = __rmul__ = __rtruediv__ = __ror__ = __rand__ = _computed

    def __radd__(self, other: Any) -> Any:
        return other + str(self) if isinstance(other, str) else Stub(self.schemaguard_path)

    def __enter__(self) -> Any:
        _used(self, "entered as a context")
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __setattr__(self, name: str, value: Any) -> None:
        self.__dict__[name] = value

    def __setitem__(self, key: Any, value: Any) -> None:
        return None


class TypeStub(Stub, UserDefinedType):  # type: ignore[type-arg,unused-ignore]
    """An instance of a class that is not there: perhaps a column's type."""

    cache_ok = True

    def adapt(self, *_: Any, **__: Any) -> Any:
        """A copy for a dialect: SQLAlchemy 1.4 would call the constructor without the path."""
        return TypeStub(self.schemaguard_path)

    def get_col_spec(self, **_: Any) -> str:
        """The name of the type: a guess."""
        _used(self, "used as a type")
        name = self.schemaguard_path.partition("(")[0].rpartition(".")[2]
        return re.sub(r"\W", "_", name).lower()


class StubModule(types.ModuleType):
    """A module that has every name."""

    __path__ = []  # noqa: RUF012 - a package, for the import system

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        made = Stub(f"{self.__name__}.{name}")
        setattr(self, name, made)
        return made

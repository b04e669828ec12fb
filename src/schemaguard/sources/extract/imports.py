"""
Imports of a revision, and of the project's own modules, never fail: what is missing is stood in for.

Only files of the project get stand-ins. A library that looks for an optional module must not find one.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import linecache
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

from .stubs import StubModule

#: Hears why an import went wrong, and in which file.
Note = Callable[[str, str], None]


class StandInLoader(importlib.abc.Loader):
    """Makes a module that has every name."""

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return StubModule(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """There is nothing to run."""


class ForgivingLoader(importlib.abc.Loader):
    """Runs a module; if that fails, the module has every name from then on."""

    def __init__(self, real: Any) -> None:
        self.real = real

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self.real.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        try:
            self.real.exec_module(module)
        except (Exception, SystemExit):  # noqa: BLE001 - whatever a module raises, it could not be imported
            module.__class__ = StubModule

    def __getattr__(self, name: str) -> Any:
        return getattr(self.real, name)


class ProjectImports(importlib.abc.MetaPathFinder):
    """Finds stand-ins for what the project's files import in vain."""

    def __init__(self, roots: Sequence[str], note: Note) -> None:
        #: ``roots``: the directories of the project's own files.
        self.roots = tuple(str(Path(root)) + "/" for root in roots)
        self.note = note
        self._busy = False

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """What the other finders find, forgivingly; a stand-in if they find nothing."""
        if self._busy or name.partition(".")[0] in ("alembic", "sqlalchemy", "schemaguard_extract"):
            return None
        importer = _importer()
        file = importer.f_code.co_filename if importer is not None else ""
        if not self._of_project(file):
            return None
        spec = self._real(name, path, target)
        if spec is None:
            if _is_guarded(file, importer.f_lineno):
                self.note(f"{name} cannot be imported here, and {Path(file).name} goes on without it", file)
                return None
            return importlib.machinery.ModuleSpec(name, StandInLoader(), is_package=True)
        if spec.origin and self._of_project(spec.origin) and spec.loader is not None:
            spec.loader = ForgivingLoader(spec.loader)
        return spec

    def _of_project(self, path: str) -> bool:
        return (
            path.startswith(self.roots) and "/site-packages/" not in path[len(_longest(self.roots, path)) :]
        )

    def _real(self, name: str, path: Any, target: Any) -> importlib.machinery.ModuleSpec | None:
        self._busy = True
        try:
            for finder in sys.meta_path:
                if finder is not self and hasattr(finder, "find_spec"):
                    found: importlib.machinery.ModuleSpec | None = finder.find_spec(name, path, target)
                    if found is not None:
                        return found
        finally:
            self._busy = False
        return None


def _longest(roots: Sequence[str], path: str) -> str:
    return max((root for root in roots if path.startswith(root)), key=len, default="")


def _importer() -> Any:
    """The frame whose import statement is being carried out."""
    frame: Any = sys._getframe(2)
    while frame is not None and (
        frame.f_code.co_filename.startswith("<frozen importlib") or frame.f_code.co_filename == __file__
    ):
        frame = frame.f_back
    return frame


def _is_guarded(path: str, line: int) -> bool:
    """Whether the line is inside a ``try`` that handles its failure."""
    try:
        tree = ast.parse("".join(linecache.getlines(path)))
    except SyntaxError:
        return False
    return any(
        node.body[0].lineno <= line <= (node.body[-1].end_lineno or 0)
        for node in ast.walk(tree)
        if isinstance(node, ast.Try) and node.handlers
    )

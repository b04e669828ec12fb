"""A revision's module, and what is told when it fails."""

from __future__ import annotations

import ast
import sys
import traceback
from pathlib import Path
from types import ModuleType
from typing import Any

from . import names


class Loaded:
    """A revision's source, and its module as soon as it has been imported."""

    def __init__(self, revision: dict[str, Any], tree: ast.Module) -> None:
        self.path: str = revision["path"]
        self.tree = tree
        self.strings = names.strings(tree)
        self._module: ModuleType | None = None

    def module(self) -> ModuleType:
        """Import the revision, once."""
        if self._module is None:
            name = "schemaguard_revision_" + str(abs(hash(self.path)))
            module = ModuleType(name)
            module.__file__ = self.path
            sys.modules[name] = module
            # Compiled here, so that no bytecode is left in the user's directory.
            exec(compile(Path(self.path).read_bytes(), self.path, "exec", dont_inherit=True), module.__dict__)
            self._module = module
        return self._module


def failed(problem: dict[str, Any]) -> dict[str, Any]:
    return {"statements": [], "problem": problem, "approximate": []}


def problem_of(error: BaseException, path: str) -> dict[str, Any]:
    """What happened, and in which line of the revision."""
    if isinstance(error, SyntaxError) and error.filename in (path, None, "<unknown>"):
        return {
            "message": f"not valid Python: {error.msg}",
            "line": error.lineno or 0,
            "column": error.offset or 0,
        }
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == path]
    text = " ".join(str(error).split())
    text = text if len(text) <= 300 else text[:299] + "…"
    return {
        "message": f"{type(error).__name__}: {text}" if text else type(error).__name__,
        "line": (lines or [0])[-1],
    }

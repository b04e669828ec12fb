"""
The naming convention of a project's metadata, which names the constraints that revisions leave unnamed.

Alembic takes it from ``target_metadata``, which only env.py knows, and env.py is not run. But the
convention is nearly always written down as a dictionary, in env.py or where the metadata is made.
"""

import ast
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path

from schemaguard.dataclass import dataclass
from schemaguard.sources.alembic_project.headers import is_revision

_MENTION = b"naming_convention"
#: Directories that hold other people's code, or nobody's.
_PASSED_OVER = re.compile(r"\..*|node_modules|site-packages|__pycache__|venv|env|build|dist|tests?")


@dataclass(frozen=True, slots=True)
class Naming:
    """A naming convention, perhaps empty; not ``certain`` if several were found: it is none of them."""

    convention: Mapping[str, str] = field(default_factory=dict)
    certain: bool = True


def find_naming(environment: Path | None, roots: Iterable[Path]) -> Naming:
    """The convention in env.py; else the only one in the project's Python files; else none."""
    if environment is not None:
        own = list(_conventions(environment))
        if own:
            return _agreed(own)
    return _agreed([found for file in _mentioning(roots) for found in _conventions(file)])


def _agreed(found: list[dict[str, str]]) -> Naming:
    if not found:
        return Naming()
    if all(other == found[0] for other in found):
        return Naming(found[0])
    return Naming(certain=False)


def _mentioning(roots: Iterable[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for root in roots:
        for directory, below, files in os.walk(root):
            below[:] = sorted(name for name in below if not _PASSED_OVER.fullmatch(name))
            for name in sorted(files):
                file = Path(directory, name)
                if name.endswith(".py") and file not in seen:
                    seen.add(file)
                    # A revision may have a convention for one batch of its own.
                    if _MENTION in _content(file) and not is_revision(file):
                        yield file


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        # Unreadable for us, and so for the one who runs the migrations.
        return b""


def _conventions(file: Path) -> Iterator[dict[str, str]]:
    """Every dictionary in a file that is a naming convention by its name."""
    try:
        tree = ast.parse(_content(file))
    except (SyntaxError, ValueError):
        return
    named: dict[str, ast.Dict] = {}
    used: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=[ast.Name(id=name) | ast.Attribute(attr=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case ast.keyword(arg=str(name), value=value):
                pass
            case _:
                continue
        if isinstance(value, ast.Dict):
            named[name] = value
        if "naming_convention" in name.lower():
            used.append(value)
    for value in used:
        dictionary = named.get(value.id) if isinstance(value, ast.Name) else value
        if isinstance(dictionary, ast.Dict):
            yield from _literal(dictionary)


def _literal(node: ast.Dict) -> Iterator[dict[str, str]]:
    try:
        found = ast.literal_eval(node)
    except ValueError:
        return
    if all(isinstance(key, str) and isinstance(text, str) for key, text in found.items()):
        yield {str(key): str(text) for key, text in found.items()}
